"""JSON of capture requests: taken as far as it can be stored, bounded before it is built."""

from __future__ import annotations

import re
from typing import Any

import orjson

from posthog_lite.events.refusals import PayloadTooLarge, Undecodable, Unparsable

MAX_DEPTH = 128
MAX_CONTAINERS = 1_000_000  # lists and objects; each takes far more memory than its brackets
# An escaped backslash, a pair of surrogates, a surrogate alone.
_ESCAPES = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)
_LONE_SURROGATE_LENGTH = len(rb"\uD800")


def load_json(text: bytes) -> Any:
    """Read the text, without NUL characters and with U+FFFD for each lone surrogate.

    Raises Undecodable for what is not UTF-8, Unparsable for what is not JSON or nests too deep,
    PayloadTooLarge for what holds too many lists and objects.
    """
    containers = text.count(b"{") + text.count(b"[")
    if containers > MAX_CONTAINERS:
        raise PayloadTooLarge
    data = _loads(text)
    if containers > MAX_DEPTH and _is_too_deep(data):
        raise Unparsable("recursion limit exceeded")
    return _without_nul(data) if b"\\u0000" in text else data


def _loads(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        repaired = _ESCAPES.sub(_repair, text)
        if repaired != text:
            return _loads(repaired)
        _check_encoding(text)
        raise Unparsable(str(error)) from error


def _repair(escape: re.Match[bytes]) -> bytes:
    is_alone = len(escape[0]) == _LONE_SURROGATE_LENGTH
    return rb"\uFFFD" if is_alone else escape[0]


def _check_encoding(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise Undecodable("invalid UTF-8") from error


def _is_too_deep(data: Any) -> bool:
    """Level by level: recursion has limits of its own."""
    level = [data]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for item in level
            for child in (item.values() if type(item) is dict else item)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _without_nul(data: Any) -> Any:
    if isinstance(data, str):
        return data.replace("\0", "")
    if isinstance(data, list):
        return [_without_nul(item) for item in data]
    if isinstance(data, dict):
        return {key.replace("\0", ""): _without_nul(value) for key, value in data.items()}
    return data
