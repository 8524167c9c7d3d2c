"""JSON, read strictly: what could not be stored or given back is refused here."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

MAX_DEPTH = 100
MAX_VALUES = 250_000
ESCAPE = re.compile(rb"\\.", re.DOTALL)
STRING = re.compile(rb'"[^"]*"')
NO_STRUCTURE = bytes(set(range(256)) - set(b'[]{}",'))
BRACKETS_AS_ONE_KIND = bytes.maketrans(b"[{]}", b"(())")
LARGEST_FLOAT = 2**1023
LARGE_NUMBER = re.compile(rb"\d{19}|\d[eE]\+?\d")  # what may be one; a closer look decides


def parse_json(text: bytes) -> Any:
    """Read JSON that can be stored as it is. Raises ValueError with a reason.

    Refuses NaN and infinity, numbers beyond 64 bits, lone surrogates, text that is not UTF-8, NUL
    characters, nesting deeper than MAX_DEPTH, and more than MAX_VALUES values: the bytes are
    looked through before any object is made of them.
    """
    _check_structure(text)
    data = orjson.loads(text)
    if LARGE_NUMBER.search(text):
        json.loads(text, parse_int=_number_of_64_bits, parse_float=_number_of_64_bits)
    if b"\\u0000" in text and _holds_nul(data):
        raise ValueError("NUL characters are not allowed.")
    return data


def _check_structure(text: bytes) -> None:
    """Raise ValueError where objects made of the text would be too many, or nest too deep."""
    opening = text.count(b"[") + text.count(b"{")
    if opening <= MAX_DEPTH and len(text) < MAX_VALUES:
        return
    structure = _structure(text)
    if structure.count(b",") + structure.count(b"(") > MAX_VALUES:
        raise ValueError(f"more than {MAX_VALUES:,} values.")
    brackets = structure.replace(b",", b"")
    for _ in range(MAX_DEPTH):
        if not brackets:
            return
        brackets = brackets.replace(b"()", b"")
    if brackets:
        raise ValueError(f"nesting deeper than {MAX_DEPTH} levels.")


def _structure(text: bytes) -> bytes:
    """Return the commas of a text and its brackets, of one kind, outside of strings."""
    quoted = ESCAPE.sub(b"", text).translate(BRACKETS_AS_ONE_KIND, NO_STRUCTURE)
    return STRING.sub(b"", quoted)


def _number_of_64_bits(text: str) -> None:
    """PostgreSQL gives a large float back as the integer it is, so floats are bound like those."""
    number = int(text) if text.lstrip("-").isdigit() else float(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError("numbers must fit in 64 bits.")


def _holds_nul(data: Any) -> bool:
    if isinstance(data, str):
        return "\x00" in data
    if isinstance(data, dict):
        return any("\x00" in key or _holds_nul(value) for key, value in data.items())
    return isinstance(data, list) and any(_holds_nul(value) for value in data)


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
