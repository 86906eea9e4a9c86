"""How many tokens a text has, estimated from its characters: no tokenizer, no network."""

from __future__ import annotations

import re

# OpenAI, What are tokens and how to count them: about four characters of English a token
# (from memory).
LATIN_CHARACTERS = 4
# Our choice for Greek, Cyrillic, Arabic, Indic and Thai letters, which vary from model to model.
OTHER_CHARACTERS = 2
TOKENS_PER_MESSAGE = 3
"""What frames a message of a chat: OpenAI Cookbook, How to count tokens with tiktoken (quoted)."""
# Chinese, Japanese and Korean characters, and emoji, count one each: our choice.
_WHOLE = re.compile("[\u2e80-\ua4cf\uac00-\ud7af\uf900-\ufaff\uff00-\uffef\U0001f000-\U0003ffff]")
_OTHER = re.compile("[\u0370-\u1dff\ua4d0-\uabff\ufb1d-\ufdff\ufe70-\ufefc]")


def tokens_in(text: str) -> int:
    """Return the estimate, rounded up."""
    if text.isascii():
        return -(-len(text) // LATIN_CHARACTERS)
    whole, other = len(_WHOLE.findall(text)), len(_OTHER.findall(text))
    latin = len(text) - whole - other
    return whole - (-other // OTHER_CHARACTERS) - (-latin // LATIN_CHARACTERS)
