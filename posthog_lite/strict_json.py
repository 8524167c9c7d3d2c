"""JSON, read strictly: what could not be stored or given back is refused here."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH = 100
MAX_VALUES = 250_000
PIECE = 64 * 1024  # bytes that are looked through at once
STRING = re.compile(rb'"[^"]*"')
NO_STRUCTURE = bytes(set(range(256)) - set(b'[]{}",'))
BRACKETS_AS_ONE_KIND = bytes.maketrans(b"[{]}", b"(())")
LARGEST_FLOAT = 2**1023


def parse_json(text: bytes) -> Any:
    """Read JSON that can be stored as it is. Raises ValueError with a reason.

    Refuses NaN and infinity, numbers beyond 64 bits, lone surrogates, text that is not UTF-8, NUL
    characters, nesting deeper than MAX_DEPTH, and more than MAX_VALUES values: the bytes are
    looked through before any object is made of them.
    """
    _check_structure(text)
    data = orjson.loads(text)
    _check_values(data)
    return data


def _check_structure(text: bytes) -> None:
    """Raise ValueError where objects made of the text would be too many, or nest too deep."""
    opening = text.count(b"[") + text.count(b"{")
    if opening <= MAX_DEPTH and len(text) < MAX_VALUES:
        return
    structure = bytearray()
    values = 0
    for piece in _structure(text):
        values += piece.count(b",") + piece.count(b"(")
        if values > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES:,} values.")
        structure += piece
        if len(structure) > 2 * MAX_VALUES:  # each value has a comma, or two brackets
            raise ValueError("more brackets are closed than opened.")
    _check_depth(bytes(structure).replace(b",", b""))


def _check_depth(brackets: bytes) -> None:
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        brackets = brackets.replace(b"()", b"")
    if brackets:
        raise ValueError(f"nesting deeper than {MAX_DEPTH} levels.")


def _structure(text: bytes) -> Iterator[bytes]:
    """Yield the commas of a text and its brackets, of one kind, outside of strings.

    Piece by piece: what is looked at takes many times the room of a text of many strings.
    """
    escape = quote = b""  # where a piece ends within
    for start in range(0, len(text), PIECE):
        piece = escape + text[start : start + PIECE]
        escape = piece[-1:] if (len(piece) - len(piece.rstrip(b"\\"))) % 2 else b""
        unescaped = piece.replace(b"\\\\", b"").replace(b'\\"', b"")
        quoted = unescaped.translate(BRACKETS_AS_ONE_KIND, NO_STRUCTURE)
        outside, quote, _ = STRING.sub(b"", quote + quoted).partition(b'"')
        yield outside


def _check_values(data: Any) -> None:
    """Raise ValueError for what the database could not store, or would give back as another."""
    if isinstance(data, str):
        if "\x00" in data:
            raise ValueError("NUL characters are not allowed.")
    elif isinstance(data, dict):
        for key, value in data.items():
            _check_values(key)
            _check_values(value)
    elif isinstance(data, list):
        for value in data:
            _check_values(value)
    elif isinstance(data, int | float) and not _fits(data):
        raise ValueError("numbers must fit in 64 bits.")


def _fits(number: float) -> bool:
    """PostgreSQL gives a large float back as the integer it is, so floats are bound like those.

    An integer beyond 64 bits was read as a float; the nearest one of the lowest is just in them.
    """
    lowest = -(2**63)
    return lowest <= number < 2**63 and (number != lowest or isinstance(number, int))


def within_64_bits(data: Any) -> Any:
    """Return data with numbers that orjson writes: integers beyond 64 bits become fractions.

    The database gives a large fraction back as the integer it is.
    """
    if isinstance(data, dict):
        return {key: within_64_bits(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [within_64_bits(value) for value in data]
    if isinstance(data, int) and not -(2**63) <= data < 2**64:
        return float(data) if abs(data) < LARGEST_FLOAT else None
    return data
