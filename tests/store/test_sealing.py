"""Texts at rest open with the keys that we hold, old ones too, and with no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.errors import BadSetting, StoreUnreadable
from bot.store.sealing import Seal, keys_of

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def test_a_sealed_text_opens_again_and_does_not_show_what_it_holds() -> None:
    sealed = Seal([NEW]).close("our bot invents berths 🛥")

    assert "berths" not in sealed
    assert Seal([NEW]).open(sealed) == "our bot invents berths 🛥"


def test_a_key_that_was_replaced_still_opens_what_it_sealed() -> None:
    assert Seal([NEW, OLD]).open(Seal([OLD]).close("kept")) == "kept"


def test_another_key_opens_nothing() -> None:
    with pytest.raises(StoreUnreadable, match="ENCRYPTION_KEYS"):
        Seal([NEW]).open(Seal([OLD]).close("kept"))


def test_a_key_of_another_form_is_named_with_how_to_make_one() -> None:
    with pytest.raises(BadSetting, match="openssl rand"):
        Seal(["short"])


def test_without_a_setting_this_machine_makes_its_own_key_once(tmp_path: Path) -> None:
    made = keys_of(None, tmp_path / "data")

    assert keys_of(None, tmp_path / "data") == made
    assert (tmp_path / "data" / "keys").stat().st_mode & 0o077 == 0
    assert keys_of(f"{NEW}, {OLD}", tmp_path) == (NEW, OLD)


def test_a_long_text_is_kept_smaller_than_it_is() -> None:
    seal = Seal([Fernet.generate_key().decode()])
    text = "our bot makes things up about refunds. " * 200

    assert len(seal.close(text)) < len(text) / 4
    assert seal.open(seal.close(text)) == text


def test_what_was_sealed_before_there_was_packing_still_opens() -> None:
    key = Fernet.generate_key()
    text = '{"schema": 1}' + "x" * 1_000

    assert Seal([key.decode()]).open(Fernet(key).encrypt(text.encode()).decode()) == text
