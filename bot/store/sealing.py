"""Keeps texts unreadable at rest: sealed with the newest key, opened with any that we hold."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from bot.errors import BadSetting, StoreUnreadable

_FILE = "keys"
# No text begins with this.
_PACKED = b"\x00z"
_FAST = 1
_WORTH_PACKING = 4_000
"""Bytes from which packing saves more than it costs: our choice, after some turns of a case."""


class Seal:
    """Seals and opens texts; Fernet's tokens are signed, so a changed one does not open."""

    def __init__(self, keys: Iterable[str]) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys])
        except (ValueError, TypeError) as error:
            raise BadSetting(
                "ENCRYPTION_KEYS cannot be used: each key is 32 random bytes, base64 with - and _. "
                "Make one: openssl rand -base64 32 | tr '+/' '-_'"
            ) from error

    def close(self, text: str) -> str:
        """Return the text sealed, and smaller where that is worth it."""
        # Half a character, as some clients send, becomes a question mark.
        plain = text.encode("utf-8", "replace")
        if len(plain) >= _WORTH_PACKING:
            plain = _PACKED + zlib.compress(plain, _FAST)
        return self._fernet.encrypt(plain).decode()

    def open(self, sealed: str) -> str:
        """Return the text; raises StoreUnreadable where none of our keys opens it."""
        try:
            plain = self._fernet.decrypt(sealed.encode())
            if plain.startswith(_PACKED):
                plain = zlib.decompress(plain.removeprefix(_PACKED))
            return plain.decode()
        except (InvalidToken, zlib.error, UnicodeDecodeError) as error:
            raise StoreUnreadable(
                "Something kept cannot be opened: was a key taken out of ENCRYPTION_KEYS?"
            ) from error


def keys_of(setting: str | None, folder: Path) -> tuple[str, ...]:
    """Return the keys that are set, or those of this machine, made when first needed."""
    if setting:
        return tuple(key.strip() for key in setting.split(",") if key.strip())
    file = folder / _FILE
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(Fernet.generate_key().decode(), "utf-8")
    return tuple(file.read_text("utf-8").split())
