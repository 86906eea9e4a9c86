"""Reads providers.toml and prices.toml into a Market, and says which field of which row is off."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from bot.domain.market import Market, Offer, Price
from bot.errors import BadInput, RulebookBroken

Row = TypeVar("Row", Offer, Price)


def load_market(folder: Traversable | None = None) -> Market:
    """Return the market of our own tables, or of those in a folder given.

    A fault in our own is RulebookBroken; a fault in a folder given is BadInput.
    """
    if folder is not None:
        return _market(folder)
    try:
        return _market(files("bot.market"))
    except BadInput as error:
        raise RulebookBroken(error.sentence) from error


def _market(folder: Traversable) -> Market:
    offers = _rows(folder, "providers.toml", "offer", Offer)
    prices = _rows(folder, "prices.toml", "price", Price)
    try:
        return Market(offers, prices)
    except BadInput as error:
        raise BadInput(f"providers.toml and prices.toml: {error.sentence}.") from error


def _rows(folder: Traversable, name: str, table: str, kind: type[Row]) -> tuple[Row, ...]:
    document = _document(folder, name)
    if unknown := sorted(set(document) - {table}):
        raise BadInput(f"{name}: unknown table {unknown[0]!r}; every row is a [[{table}]].")
    given = document.get(table)
    if not isinstance(given, list) or not given:
        raise BadInput(f"{name}: holds no [[{table}]] rows.")
    adapter = TypeAdapter(kind)
    return tuple(_row(adapter, kind, row, f"{name}, row {n}") for n, row in enumerate(given, 1))


def _document(folder: Traversable, name: str) -> dict[str, Any]:
    try:
        # Prices stay exact: 0.1 is a tenth, not the nearest binary number.
        return tomllib.loads((folder / name).read_text("utf-8"), parse_float=Decimal)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name}: cannot be read ({type(error).__name__}).") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{name}: is not TOML: {error}.") from error


def _row(adapter: TypeAdapter[Row], kind: type[Row], row: object, place: str) -> Row:
    if not isinstance(row, Mapping):
        raise BadInput(f"{place}: must be a table.")
    if isinstance(row.get("id"), str):
        place = f"{place} ({row['id']})"
    if unknown := sorted(set(row) - {known.name for known in fields(kind)}):
        raise BadInput(f"{place}, field {unknown[0]}: there is no such field.")
    try:
        return adapter.validate_python(row)
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{place}, field {first['loc'][0]}: {first['msg']}.") from error
    except BadInput as error:
        raise BadInput(f"{place}, {error.sentence}.") from error
