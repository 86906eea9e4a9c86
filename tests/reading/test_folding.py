"""Folding forgives case, quotes, dashes and blanks, and always leads back to the author's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reading.folding import folded, folded_text, folds_alike

# A character without a fast way, that ends nothing and folds to itself.
_SLOWLY = "語"
ASCII = st.text(st.characters(codec="ascii"))

ALIKE = {
    "case": ("It INVENTS berths", "it invents berths"),
    "blanks": ("it\t invents \n berths", "it invents berths"),
    "quotes": ("it “invents” berths", 'it "invents" berths'),
    "dashes": ("it invents — berths", "it invents - berths"),
    "what nobody sees": ("it in\u200bvents berths", "it invents berths"),
    "composed letters": ("caf\u0065\u0301", "café"),
}


@pytest.mark.parametrize(("written", "alike"), ALIKE.values(), ids=ALIKE)
def test_what_differs_in_form_alone_is_the_same(written: str, alike: str) -> None:
    assert folded_text(written) == folded_text(alike)


@given(ASCII)
def test_the_fast_way_for_plain_letters_gives_what_the_slow_one_gives(text: str) -> None:
    fast, slow = folded(text), folded(text + _SLOWLY)

    assert slow.text == fast.text + _SLOWLY
    assert list(slow.starts[: len(fast.starts)]) == list(fast.starts)
    assert list(slow.ends[: len(fast.ends)]) == list(fast.ends)


@given(st.text(st.sampled_from("aZ é’-¶\u3042\u2028İ\u0301 "), max_size=30))
def test_a_text_folded_in_place_is_folded_as_any_other(text: str) -> None:
    # Two blanks keep it from the quick way, and are folded to one.
    quick, slow = folded(f"é {text}"), folded(f"é  {text}")

    assert slow.text == quick.text
    assert [at - 1 for at in slow.starts[2:]] == list(quick.starts[2:])
    assert [at - 1 for at in slow.ends[2:]] == list(quick.ends[2:])


@given(st.text().filter(folds_alike))
def test_what_nfkc_leaves_alone_folds_to_the_same_in_both_forms(text: str) -> None:
    assert folded(text, "NFKC") == folded(text)


def test_a_sign_that_nfkc_takes_apart_does_not_fold_alike() -> None:
    assert not folds_alike("½ of it")


@given(st.text())
def test_the_text_alone_is_the_folded_text_without_blanks_at_its_ends(text: str) -> None:
    assert folded_text(text) == folded(text).text.strip()


@given(st.text(min_size=1))
def test_every_character_leads_back_into_the_text(text: str) -> None:
    one = folded(text)

    assert len(one.starts) == len(one.ends) == len(one.text)
    assert all(
        0 <= start < end <= len(text) for start, end in zip(one.starts, one.ends, strict=True)
    )
    assert list(one.starts) == sorted(one.starts)
