"""Every form in which a case or an arrival was ever kept still opens, and a newer one is left."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.domain.conversation import fold
from bot.errors import StoreTooNew
from bot.store.arrivals import SCHEMA as ARRIVAL_SCHEMA
from bot.store.arrivals import Arrival, Kind, Place, Upload, arrival_from
from bot.store.cases import SCHEMA as CASE_SCHEMA
from bot.store.cases import Cases
from bot.store.keys import case_key
from bot.store.sealing import Seal
from tests.holding import keep

GOLDEN = Path(__file__).with_name("golden")
PLACE = Place("T1", "C1", "1700000000.000100")
CASES = sorted(GOLDEN.glob("case_*.json"))
ARRIVALS = sorted(GOLDEN.glob("arrival_*.json"))


def test_each_form_has_its_golden_file() -> None:
    assert [path.stem for path in CASES] == [f"case_{n}" for n in range(1, CASE_SCHEMA + 1)]
    assert [path.stem for path in ARRIVALS] == [
        f"arrival_{n}" for n in range(1, ARRIVAL_SCHEMA + 1)
    ]


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


async def kept(redis: Redis, seal: Seal, text: str) -> Cases:
    await redis.hset(case_key(PLACE), mapping={"version": "3", "case": seal.close(text)})
    return Cases(redis, seal, days=90)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
async def test_a_case_of_that_form_opens_and_is_kept_again(
    redis: Redis, seal: Seal, path: Path
) -> None:
    cases = await kept(redis, seal, text_of(path))

    case = await cases.load(PLACE)
    await keep(cases, case)

    assert fold(case.statements).values("symptoms") == {"made_up_facts"}
    assert (case.version, case.opener, case.card) == (3, "U1", "1.1")
    assert (await cases.load(PLACE)).statements == case.statements


async def test_a_case_of_a_newer_version_is_left_as_it_is(redis: Redis, seal: Seal) -> None:
    newer = {**json.loads(text_of(CASES[-1])), "schema": CASE_SCHEMA + 1}
    cases = await kept(redis, seal, json.dumps(newer))
    before = await redis.hgetall(case_key(PLACE))

    with pytest.raises(StoreTooNew):
        await cases.load(PLACE)

    assert await redis.hgetall(case_key(PLACE)) == before


@pytest.mark.parametrize("path", ARRIVALS, ids=lambda path: path.stem)
def test_an_arrival_of_that_form_opens(path: Path) -> None:
    arrival = arrival_from(text_of(path))

    assert (arrival.place, arrival.kind, arrival.author) == (PLACE, Kind.CORRECTED, "U1")
    assert arrival.facts == (("owner", "none"),)
    assert len(arrival.files) == int(path.stem == "arrival_2")


def test_what_has_no_files_waits_in_the_form_that_older_versions_read() -> None:
    said = Arrival(PLACE, PLACE.thread, Kind.SAID, "U1", text="it invents berths")
    with_file = replace(said, files=(Upload("F1", "a.csv", 9, "https://files.slack.com/a"),))

    first, second = json.loads(said.as_text()), json.loads(with_file.as_text())

    assert (first["schema"], "files" in first) == (1, False)
    assert (second["schema"], arrival_from(with_file.as_text())) == (2, with_file)
