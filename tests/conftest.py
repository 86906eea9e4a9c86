"""What holds for every test: hypothesis counts and never times, for machines are noisy."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("counts", deadline=None)
settings.load_profile("counts")
