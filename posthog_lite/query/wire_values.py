"""Values of the engine as the wire has them, by the engine's types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

Convert = Callable[[Any], Any]
WRAPPED = re.compile(r"(?:Nullable|LowCardinality)\((.*)\)", re.DOTALL)
COMPOSITE = re.compile(r"(Array|Tuple|Map)\((.*)\)", re.DOTALL)
LOW_CARDINALITY = re.compile(r"LowCardinality\((Nullable\(\w+\)|\w+)\)")
ZONE = re.compile(r"'([\w/+-]+)'\)")
NAMED = re.compile(r"`?[A-Za-z_][\w$]*`? (?=[A-Z])")


def shown_type(engine_type: str) -> str:
    """Return the type as answers name it: how a text is stored is nobody's business."""
    return LOW_CARDINALITY.sub(r"\1", engine_type)


def as_wire_rows(
    rows: Iterable[list[Any]], types: Iterable[str], zone: ZoneInfo
) -> list[list[Any]]:
    """Return rows with moments in ISO 8601; they came in UTC.

    A moment is told in the zone that its type names, else in the given one.
    """
    converts = [_converter(name, zone) for name in types]
    if not any(converts):
        return list(rows)
    return [
        [
            value if convert is None or value is None else convert(value)
            for value, convert in zip(row, converts, strict=True)
        ]
        for row in rows
    ]


def _converter(name: str, zone: ZoneInfo) -> Convert | None:
    """Return what a value of a type needs; None for types that stay as they are."""
    while (wrapped := WRAPPED.fullmatch(name)) is not None:
        name = wrapped[1]
    if name.startswith("DateTime"):
        named = ZONE.search(name)
        return _moment_in(zone if named is None else ZoneInfo(named[1]))
    composite = COMPOSITE.fullmatch(name)
    if composite is None:
        return None
    parts = [_converter(NAMED.sub("", part, count=1), zone) for part in _parts(composite[2])]
    if not any(parts):
        return None
    return {"Array": _array, "Tuple": _tuple, "Map": _map}[composite[1]](parts)


def _moment_in(zone: ZoneInfo) -> Convert:
    is_utc = zone.key in ("UTC", "Etc/UTC")

    def convert(text: str) -> str:
        if is_utc:
            return text.replace(".000000Z", "Z")
        moment = datetime.fromisoformat(text).astimezone(zone)
        return moment.isoformat().replace("+00:00", "Z")

    return convert


def _array(parts: list[Convert | None]) -> Convert:
    return lambda values: [_part(parts[0], value) for value in values]


def _tuple(parts: list[Convert | None]) -> Convert:
    return lambda values: [
        _part(convert, value) for convert, value in zip(parts, values, strict=True)
    ]


def _map(parts: list[Convert | None]) -> Convert:
    return lambda values: {key: _part(parts[1], value) for key, value in values.items()}


def _part(convert: Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def _parts(text: str) -> list[str]:
    """Return the types between the commas that stand in no bracket and no quotes."""
    parts, depth, start, quoted = [], 0, 0, False
    for at, character in enumerate(text):
        if character == "'":
            quoted = not quoted
        elif quoted:
            continue
        elif character in "()":
            depth += 1 if character == "(" else -1
        elif character == "," and not depth:
            parts.append(text[start:at].strip())
            start = at + 1
    return [*parts, text[start:].strip()]
