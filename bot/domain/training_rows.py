"""The bytes of a training file as numbered rows, from JSONL, a JSON array or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from bot.domain.training_formats import KNOWN
from bot.errors import BadInput

MAX_BYTES = 50_000_000
"""What is read of a file: our choice, some 50,000 chats of a page."""
MAX_ROWS = 250_000
"""Rows that are read: our choice, so that the books on them stay under about 100 MB."""
# How a file is recognised: bytes, lines and characters looked at; all our choice.
_HEAD = 1_000
_SAMPLE = 50
_MOST_NAME = 40
_LONGER = 2
_PAIR = 2
_REGULAR = 0.5
_CSV_NAMES = (".csv", ".tsv")
_JSON_NAMES = (".jsonl", ".ndjson", ".json")
_DELIMITERS = ",;\t|"
# What is blank in bytes: in a text a few control characters would be so too.
_BLANK = " \t\n\r\x0b\x0c"
_BINARY = {
    b"PK\x03\x04": "an Excel workbook or a zip archive: save the sheet as CSV, or unpack it",
    b"PAR1": "Parquet: write it out as JSONL",
    b"\x1f\x8b": "compressed with gzip: unpack it",
    b"%PDF": "a PDF: training wants inputs with their outputs, as JSONL or CSV",
}


class Container(Enum):
    """How rows lie in a file."""

    JSONL = "jsonl"
    JSON_ARRAY = "json_array"
    CSV = "csv"


class RowFault(Enum):
    """Why a row cannot be read."""

    NOT_JSON = "not_json"
    NOT_OBJECT = "not_an_object"
    NOT_UTF_8 = "not_utf_8"
    CELLS = "wrong_number_of_cells"
    BROKEN_OFF = "broken_off"
    QUOTES = "broken_quotes"
    TOO_DEEP = "too_deep"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line on which it begins, and its columns or its fault."""

    line: int
    columns: Mapping[str, object]
    fault: RowFault | None = None


@dataclass(frozen=True, slots=True)
class TrainingFile:
    """A file, opened: `header` is None where none can be; one that was too large is `cut`."""

    container: Container
    encoding: str
    rows: Iterator[Row]
    delimiter: str = ""
    header: bool | None = None
    cut: bool = False


def opened(name: str, content: bytes, most_bytes: int = MAX_BYTES) -> TrainingFile:
    """Recognise a file by what is in it, and by its name where that leaves a doubt.

    Raises BadInput where it holds neither JSONL nor CSV.
    """
    body, encoding, cut = _text_of(content, most_bytes)
    if not body.strip():
        raise BadInput("the file is empty: give one example a line, as JSONL or CSV.")
    if b"\x00" in body[:_HEAD]:
        raise BadInput("the file is binary, not text: save it as JSONL or CSV.")
    container = _container(name.lower(), body)
    if container is Container.JSONL:
        return TrainingFile(container, encoding, _json_rows(body), cut=cut)
    if container is Container.JSON_ARRAY:
        return TrainingFile(container, encoding, _array_rows(body, cut=cut), cut=cut)
    table = _table(body, certain=name.lower().endswith(_CSV_NAMES))
    rows = _csv_rows(body, table)
    return TrainingFile(container, encoding, rows, table.delimiter, table.header, cut)


def _text_of(content: bytes, most_bytes: int) -> tuple[bytes, str, bool]:
    """Return the bytes as UTF-8 without a mark, what they were, and whether the rest is cut off."""
    for start, what in _BINARY.items():
        if content.startswith(start):
            raise BadInput(f"the file is {what}.")
    cut, body, encoding = len(content) > most_bytes, content[:most_bytes], "utf-8"
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body, encoding = body.decode("utf-16", "replace").encode(), "utf-16"
    body = body.removeprefix(b"\xef\xbb\xbf")
    if cut and (end := body.rfind(b"\n")) >= 0:
        body = body[: end + 1]
    return body, encoding, cut


def _container(name: str, body: bytes) -> Container:
    lines = (line.strip() for line in io.BytesIO(body))
    first = list(islice((line for line in lines if line), _SAMPLE))
    if _begins_array(first):
        return Container.JSON_ARRAY
    objects = any(line.startswith(b"{") and _parsed(line)[1] is None for line in first)
    if objects or first[0].startswith(b"{") or name.endswith(_JSON_NAMES):
        return Container.JSONL
    return Container.CSV


def _begins_array(lines: Sequence[bytes]) -> bool:
    """Whether the first lines open one array of objects, and not an array a line."""
    begin = b"".join(lines[:2])
    alone = len(lines) == 1 or not lines[0].endswith(b"]")
    return alone and begin[:1] == b"[" and begin[1:].lstrip()[:1] == b"{"


_NOTHING: Mapping[str, object] = {}


def _parsed(line: bytes | str) -> tuple[Mapping[str, object], RowFault | None]:
    try:
        value = json.loads(line)
    except UnicodeDecodeError:
        return _NOTHING, RowFault.NOT_UTF_8
    except ValueError:
        return _NOTHING, RowFault.NOT_JSON
    except RecursionError:
        return _NOTHING, RowFault.TOO_DEEP
    return (value, None) if isinstance(value, dict) else (_NOTHING, RowFault.NOT_OBJECT)


def _json_rows(body: bytes) -> Iterator[Row]:
    for number, line in enumerate(io.BytesIO(body), 1):
        if not line.isspace():
            try:
                yield Row(number, *_parsed(line.decode()))
            except UnicodeDecodeError:
                yield Row(number, _NOTHING, RowFault.NOT_UTF_8)


def _array_rows(body: bytes, *, cut: bool) -> Iterator[Row]:
    """Yield the items of a JSON array one by one: the whole is never held as objects."""
    text, decoder = body.decode("utf-8", "replace"), json.JSONDecoder()
    place, line, counted = text.index("[") + 1, 1, 0
    while True:
        place = _skipped(text, place)
        if text[place : place + 1] in {"]", ""}:
            return
        line += text.count("\n", counted, place)
        counted = place
        try:
            value, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            # After a broken item nobody knows where the next begins.
            if not cut:
                yield Row(line, _NOTHING, RowFault.BROKEN_OFF)
            return
        known = isinstance(value, dict)
        yield Row(line, value if known else _NOTHING, None if known else RowFault.NOT_OBJECT)


def _skipped(text: str, place: int) -> int:
    while text[place : place + 1] in {" ", "\t", "\r", "\n", ","}:
        place += 1
    return place


@dataclass(frozen=True, slots=True)
class _Table:
    delimiter: str
    header: bool
    names: tuple[str, ...]


def _lines(body: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(body), "utf-8", errors="surrogateescape", newline="")


def _table(body: bytes, *, certain: bool) -> _Table:
    """Return how a table is laid out; raises BadInput for a text that is none."""
    sample = list(islice((line for line in _lines(body) if line.strip(_BLANK)), _SAMPLE))
    found = [(_fit(rows), delimiter, rows) for delimiter, rows in _readings(sample)]
    (known, regular, width), delimiter, rows = max(found, key=lambda item: item[0])
    first = [cell.strip() for cell in rows[0]]
    if not certain and not known and (width == 1 or regular < _REGULAR):
        raise BadInput(
            "the file holds neither JSON objects nor a table: give one example a line, as JSONL "
            "or CSV."
        )
    header = _is_header(first, rows[1:])
    names = tuple(cell.lower() for cell in first) if header else _assumed(width, rows)
    return _Table(delimiter, header, names)


def _readings(sample: Sequence[str]) -> Iterator[tuple[str, list[list[str]]]]:
    for delimiter in _DELIMITERS:
        rows = [row for row in _until_broken(csv.reader(sample, delimiter=delimiter)) if any(row)]
        # Where the first row is too much for the reader already, it is one cell.
        yield delimiter, rows or [[sample[0]]]


def _until_broken(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error:
        return


def _fit(rows: Sequence[Sequence[str]]) -> tuple[int, float, int]:
    """Return how well rows fit a table: names that we know, regular rows, cells in a row."""
    width, times = Counter(len(row) for row in rows).most_common(1)[0]
    known = sum(cell.strip().lower() in KNOWN for cell in rows[0])
    return (known, times / len(rows) if width > 1 else 0.0, width)


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    """Whether a first row is one of names: known ones, or short and unlike what is below it."""
    below = [
        {row[place].strip() for row in rest if place < len(row)} for place in range(len(first))
    ]
    # A label such as "question" is no header: it comes again below.
    if any(cell.lower() in KNOWN and cell not in below[n] for n, cell in enumerate(first)):
        return True
    names = len(set(first)) == len(first) and all(
        cell and len(cell) <= _MOST_NAME and not _number(cell) and cell[-1] not in ".!?"
        for cell in first
    )
    columns = list(zip(*(row for row in rest if len(row) == len(first)), strict=True))
    return names and any(
        all(_number(cell) for cell in column)
        or sum(map(len, column)) > _LONGER * len(column) * len(name)
        for name, column in zip(first, columns, strict=False)
    )


def _number(cell: str) -> bool:
    return any(c.isdigit() for c in cell) and not any(c.isalpha() for c in cell)


def _assumed(width: int, rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return names for columns without any: two columns of words are an input and its output."""
    worded = sum(not _number(row[0]) and any(c.isalpha() for c in row[0]) for row in rows if row)
    if width == _PAIR and worded > _REGULAR * len(rows):
        return ("input", "output")
    return ("text",) if width == 1 else tuple(f"column {place}" for place in range(1, width + 1))


def _csv_rows(body: bytes, table: _Table) -> Iterator[Row]:
    reader = csv.reader(_lines(body), delimiter=table.delimiter, strict=True)
    header, line = table.header, 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, _NOTHING, RowFault.QUOTES)
            cells = []
        if cells and any(cells) and not header:
            yield _csv_row(line, cells, table.names)
        header = header and not any(cells)
        line = reader.line_num + 1


def _csv_row(line: int, cells: list[str], names: Sequence[str]) -> Row:
    while len(cells) > len(names) and not cells[-1]:
        cells.pop()
    if len(cells) != len(names):
        return Row(line, _NOTHING, RowFault.CELLS)
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return Row(line, _NOTHING, RowFault.NOT_UTF_8)
    return Row(line, dict(zip(names, cells, strict=True)))
