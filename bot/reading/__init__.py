"""Free text into facts with quotes: by a model (chain) or without one (cues)."""
