"""Our own tables load; a table that is off is refused with its file, its row and its field."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from bot.domain.market import Method, OpenTo, PriceKind
from bot.errors import BadInput, RulebookBroken
from bot.market import loader
from bot.market.loader import load_market

DAY = date(2026, 11, 22)
OFFER = """
[[offer]]
id = "a-host"
provider = "A"
model = "a-1"
methods = ["sft"]
route = "hosted"
open_to = "anyone"
source = "A's page"
address = "https://a.example"
as_of = 2026-11-22
mark = "verified"
"""
PRICE = """
[[price]]
id = "a-calls"
provider = "A"
model = "a-1"
kind = "token"
input = 0.1
output = 2
source = "A's page"
address = "https://a.example"
as_of = 2026-11-22
mark = "quoted"
"""


def tables(folder: Path, offers: str = OFFER, prices: str = PRICE) -> Path:
    (folder / "providers.toml").write_text(offers, "utf-8")
    (folder / "prices.toml").write_text(prices, "utf-8")
    return folder


def test_a_folder_of_ones_own_is_read_with_exact_prices(tmp_path: Path) -> None:
    market = load_market(tables(tmp_path))
    assert market.offers[0].methods == (Method.SFT,)
    assert market.offers[0].open_to is OpenTo.ANYONE
    assert market.offers[0].since is None
    assert market.prices[0].kind is PriceKind.TOKEN
    assert market.prices[0].input == Decimal("0.1")
    assert market.prices[0].as_of == DAY


def test_layout_and_comments_leave_the_digest_alone(tmp_path: Path) -> None:
    plain = load_market(tables(tmp_path)).digest
    dressed = "# a remark\n" + PRICE.replace("input = 0.1", "input    =  0.10")
    assert load_market(tables(tmp_path, prices=dressed)).digest == plain


BROKEN_OFFERS = {
    "an unknown route": ('"hosted"', '"rented"', "row 1 (a-host), field route: Input should be"),
    "an unknown method": ('["sft"]', '["ppo"]', "field methods: Input should be 'sft'"),
    "a missing field": ('provider = "A"\n', "", "field provider: Field required"),
    "an empty field": ('model = "a-1"', 'model = " "', "field model: must not be empty"),
    "a field that there is not": ("as_of", "asof", "field asof: there is no such field"),
    "a date that is none": ("2026-11-22", '"soon"', "field as_of: "),
    "an address that is none": ("https://a.example", "a.example", "field address: an https://"),
    "no method though open": ('["sft"]', "[]", "field methods: an offer that is open needs"),
    "an end before its start": (
        'mark = "verified"',
        'mark = "verified"\nsince = 2026-05-07\nuntil = 2026-05-07',
        "field until: 2026-05-07 is not after since",
    ),
    "own machines for a hosted model": (
        'mark = "verified"',
        'mark = "verified"\nown_machines = true',
        "field own_machines: only open weights",
    ),
}


@pytest.mark.parametrize(
    ("old", "new", "sentence"), BROKEN_OFFERS.values(), ids=BROKEN_OFFERS.keys()
)
def test_an_offer_is_refused_for(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in OFFER
    with pytest.raises(BadInput) as refused:
        load_market(tables(tmp_path, offers=OFFER.replace(old, new)))
    assert refused.value.sentence.startswith("providers.toml, row 1 (a-host)")
    assert sentence in refused.value.sentence


BROKEN_PRICES = {
    "a kind that there is not": ('"token"', '"seat"', "field kind: Input should be 'token'"),
    "calls without an output price": ("output = 2\n", "", "field output: a price of kind token"),
    "training without its price": ('"token"', '"training"', "field training: a price of kind"),
    "hosting without its price": ('"token"', '"hosting"', "field hosting: a price of kind"),
    "a negative price": ("input = 0.1", "input = -0.1", "field input: a price is a number of at"),
    "no number": ("input = 0.1", "input = nan", "field input: "),
    "a price in words": ("input = 0.1", 'input = "cheap"', "field input: "),
}


@pytest.mark.parametrize(
    ("old", "new", "sentence"), BROKEN_PRICES.values(), ids=BROKEN_PRICES.keys()
)
def test_a_price_is_refused_for(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in PRICE
    with pytest.raises(BadInput) as refused:
        load_market(tables(tmp_path, prices=PRICE.replace(old, new)))
    assert refused.value.sentence.startswith("prices.toml, row 1 (a-calls)")
    assert sentence in refused.value.sentence


BROKEN_FILES = {
    "what is not TOML": ("[[offer]", "providers.toml: is not TOML"),
    "no rows": ("", "providers.toml: holds no [[offer]] rows"),
    "an unknown table": (OFFER + "\n[more]\n", "providers.toml: unknown table 'more'"),
    "a single table": ('[offer]\nid = "a"\n', "providers.toml: holds no [[offer]] rows"),
    "rows that are no tables": ("offer = [1]", "providers.toml, row 1: must be a table"),
    "two rows of one id": (OFFER + OFFER, "more than one row is called a-host"),
}


@pytest.mark.parametrize(("offers", "sentence"), BROKEN_FILES.values(), ids=BROKEN_FILES.keys())
def test_a_file_is_refused_for(tmp_path: Path, offers: str, sentence: str) -> None:
    with pytest.raises(BadInput) as refused:
        load_market(tables(tmp_path, offers=offers))
    assert sentence in refused.value.sentence


def test_the_second_row_is_called_the_second(tmp_path: Path) -> None:
    second = OFFER.replace("a-host", "b-host").replace('"anyone"', '"friends"')
    with pytest.raises(BadInput, match=r"row 2 \(b-host\), field open_to"):
        load_market(tables(tmp_path, offers=OFFER + second))


def test_a_row_without_an_id_is_called_by_its_number(tmp_path: Path) -> None:
    nameless = OFFER.replace('id = "a-host"\n', "")
    with pytest.raises(BadInput, match=r"providers\.toml, row 1, field id: Field required"):
        load_market(tables(tmp_path, offers=nameless))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"providers\.toml: cannot be read \(FileNotFoundError\)"):
        load_market(tmp_path)


def test_a_base_that_is_no_price_of_calls_is_refused(tmp_path: Path) -> None:
    training = PRICE.replace("a-calls", "a-tuning").replace('"token"', '"training"')
    training += 'training = 3\nbase = "nothing"\n'
    with pytest.raises(BadInput, match="a-tuning, field base: no token price is called 'nothing'"):
        load_market(tables(tmp_path, prices=PRICE + training))


def test_a_fault_in_our_own_tables_is_a_defect_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tables(tmp_path, prices=PRICE.replace("output = 2\n", ""))
    monkeypatch.setattr(loader, "files", lambda _package: broken)
    with pytest.raises(RulebookBroken, match=r"prices\.toml, row 1 \(a-calls\), field output"):
        load_market()


def test_our_own_tables_load_alike_twice() -> None:
    assert load_market() == load_market()
    assert load_market().digest == load_market(files("bot.market")).digest


@pytest.mark.parametrize(
    ("can_tune", "day", "inside", "outside"),
    (
        ("hosted", DAY, "google-gemini-sft", "anthropic-api"),
        ("hosted", DAY, "openai-gpt-4", "openai-o4-mini"),
        ("hosted", DAY, "azure-gpt-4.1", "bedrock-claude-3-haiku"),
        ("hosted", date(2027, 1, 6), "google-gemini-sft", "openai-gpt-4"),
        ("open_weights", DAY, "together", "google-gemini-sft"),
        ("self_host_only", DAY, "own-machines", "together"),
    ),
)
def test_our_own_tables_say_who_tunes_what(
    can_tune: str, day: date, inside: str, outside: str
) -> None:
    found = {offer.id for offer in load_market().offers_open(day, can_tune)}
    assert inside in found
    assert outside not in found


def test_our_own_tables_own_up_to_their_old_rows() -> None:
    assert load_market().stale(DAY) == (
        "azure-gpt-4.1",
        "gemini-3.1-flash-lite",
        "fireworks-h100-to-2026-08",
        "azure-gpt-4o-tuning",
    )


def test_an_hour_of_a_machine_costs_more_since_september() -> None:
    market = load_market()
    machines = [market.price("fireworks-h100-to-2026-08"), market.price("fireworks-h100")]
    august, september = date(2026, 8, 31), date(2026, 9, 1)
    assert [price.hosting for price in machines if price.holds_on(august)] == [Decimal(7)]
    assert [price.hosting for price in machines if price.holds_on(september)] == [Decimal(8)]
