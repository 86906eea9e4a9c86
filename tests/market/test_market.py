"""An offer counts for those who may use it, on the days it holds; an old row is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.market import Market, Method, Offer, OpenTo, Price, PriceKind, Route
from bot.domain.sources import Mark
from bot.errors import BadInput, RulebookBroken, UnknownValue

DAY = date(2026, 11, 22)
HOSTED = Offer(
    id="a-host",
    provider="A",
    model="a-1",
    methods=(Method.SFT,),
    route=Route.HOSTED,
    open_to=OpenTo.ANYONE,
    source="A's page",
    address="https://a.example",
    as_of=DAY,
    mark=Mark.VERIFIED,
)
SERVICE = replace(HOSTED, id="a-service", route=Route.OPEN_WEIGHTS)
AT_HOME = replace(SERVICE, id="at-home", own_machines=True)
CALLS = Price(
    id="a-calls",
    provider="A",
    model="a-1",
    kind=PriceKind.TOKEN,
    source="A's page",
    address="https://a.example",
    as_of=DAY,
    mark=Mark.QUOTED,
    input=Decimal("0.2"),
    output=Decimal(1),
)


def of(*offers: Offer) -> Market:
    return Market(offers, (CALLS,))


@pytest.mark.parametrize(
    ("can_tune", "found"),
    (
        ("hosted", ["a-host"]),
        ("open_weights", ["a-service", "at-home"]),
        ("self_host_only", ["at-home"]),
        ("no", []),
    ),
)
def test_an_offer_counts_for_those_who_can_use_it(can_tune: str, found: list[str]) -> None:
    market = of(HOSTED, SERVICE, AT_HOME)
    assert [offer.id for offer in market.offers_open(DAY, can_tune)] == found


def test_a_way_of_tuning_that_is_not_in_the_vocabulary_is_refused() -> None:
    with pytest.raises(UnknownValue, match="can_tune has no value 'at_night'"):
        of(HOSTED).offers_open(DAY, "at_night")


DATES = {
    "open without dates": (None, None, True),
    "open on its first day": (DAY, None, True),
    "not yet open": (DAY + timedelta(days=1), None, False),
    "open on the day before its end": (None, DAY + timedelta(days=1), True),
    "closed on the day of its end": (None, DAY, False),
}


@pytest.mark.parametrize(("since", "until", "is_open"), DATES.values(), ids=DATES.keys())
def test_an_offer_counts_on_the_days_it_holds(
    since: date | None, until: date | None, *, is_open: bool
) -> None:
    market = of(replace(HOSTED, since=since, until=until))
    assert bool(market.offers_open(DAY, "hosted")) is is_open
    assert market.method_open("sft", DAY) is is_open


@pytest.mark.parametrize(
    ("open_to", "counts"),
    ((OpenTo.ANYONE, True), (OpenTo.EXISTING_CUSTOMERS, True), (OpenTo.NOBODY, False)),
)
def test_what_nobody_may_use_does_not_count(open_to: OpenTo, *, counts: bool) -> None:
    assert bool(of(replace(HOSTED, open_to=open_to)).offers_open(DAY, "hosted")) is counts


def test_a_method_is_open_if_any_open_offer_has_it() -> None:
    by_reward = replace(SERVICE, id="by-reward", methods=(Method.RFT,))
    assert of(HOSTED, by_reward).method_open("rft", DAY)
    assert not of(HOSTED, replace(by_reward, until=DAY)).method_open("rft", DAY)


def test_a_row_is_old_after_ninety_days_and_is_named() -> None:
    market = Market((replace(HOSTED, as_of=DAY - timedelta(days=90)),), (CALLS,))
    assert market.stale(DAY) == ()
    assert market.stale(DAY + timedelta(days=1)) == ("a-host",)
    assert market.stale(DAY + timedelta(days=91)) == ("a-host", "a-calls")


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 1000))
def test_a_row_that_is_old_stays_old(day: date, later: int) -> None:
    market = of(HOSTED)
    assert set(market.stale(day)) <= set(market.stale(day + timedelta(days=later)))


def test_the_digest_is_of_the_values_alone() -> None:
    same = Market((HOSTED,), (replace(CALLS, input=Decimal("0.20")),))
    assert of(HOSTED).digest == same.digest
    assert len(same.digest) == 12
    assert set(same.digest) <= set("0123456789abcdef")


CHANGED = {
    "another price": Market((HOSTED,), (replace(CALLS, input=Decimal("0.21")),)),
    "another note": of(replace(HOSTED, note="closing")),
    "another end": of(replace(HOSTED, until=date(2027, 1, 6))),
    "one offer more": of(HOSTED, SERVICE),
    "one price less": Market((HOSTED,), ()),
}


@pytest.mark.parametrize("market", CHANGED.values(), ids=CHANGED.keys())
def test_the_digest_changes_with(market: Market) -> None:
    assert market.digest != of(HOSTED).digest


def test_the_digest_knows_the_order_because_the_answer_shows_it() -> None:
    assert of(HOSTED, SERVICE).digest != of(SERVICE, HOSTED).digest


def test_a_price_is_found_by_its_id_and_an_unknown_one_is_our_defect() -> None:
    assert of(HOSTED).price("a-calls") is CALLS
    with pytest.raises(RulebookBroken, match="no price called 'b-calls'"):
        of(HOSTED).price("b-calls")


def test_two_rows_of_one_id_are_refused_across_both_tables() -> None:
    with pytest.raises(BadInput, match="more than one row is called a-host"):
        Market((HOSTED,), (replace(CALLS, id="a-host"),))


def test_an_open_offer_needs_a_method_and_a_closed_one_does_not() -> None:
    with pytest.raises(BadInput, match="field methods"):
        replace(HOSTED, methods=())
    assert replace(HOSTED, methods=(), open_to=OpenTo.NOBODY).methods == ()


def test_a_price_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    price = replace(CALLS, since=DAY, until=DAY + timedelta(days=2))
    days = [price.holds_on(DAY + timedelta(days=n)) for n in (-1, 0, 1, 2)]
    assert days == [False, True, True, False]
