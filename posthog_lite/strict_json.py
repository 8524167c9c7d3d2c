"""JSON, read strictly: what could not be stored or given back is refused here."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

MAX_DEPTH = 100
LARGE_NUMBER = re.compile(rb"\d{19}|\d[eE]\+?\d")  # what may be one; a closer look decides


def parse_json(text: bytes) -> Any:
    """Read JSON that can be stored as it is. Raises ValueError with a reason.

    Refuses NaN and infinity, numbers beyond 64 bits, lone surrogates, text that is not UTF-8, NUL
    characters, and nesting deeper than MAX_DEPTH.
    """
    data = orjson.loads(text)
    if LARGE_NUMBER.search(text):
        json.loads(text, parse_int=_number_of_64_bits, parse_float=_number_of_64_bits)
    if b"\\u0000" in text and _holds_nul(data):
        raise ValueError("NUL characters are not allowed.")
    if text.count(b"[") + text.count(b"{") > MAX_DEPTH and _depth(data) > MAX_DEPTH:
        raise ValueError(f"nesting deeper than {MAX_DEPTH} levels.")
    return data


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


def _depth(data: Any) -> int:
    """How deep lists and objects nest, counted level by level: recursion has limits of its own."""
    depth = 0
    level = [data]
    while containers := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        if depth > MAX_DEPTH:
            break
        level = [
            child
            for item in containers
            for child in (item.values() if isinstance(item, dict) else item)
        ]
    return depth
