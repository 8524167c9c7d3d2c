"""Requests as REST framework reads them: it takes `1` for a text and `"1"` for a number.

So does PostHog. The document names the type that comes back, which is what generated clients send.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import jsonschema_rs
import orjson
from rest_framework.fields import BooleanField

from tests.support.openapi import document, resolved

BOOLEANS = BooleanField.TRUE_VALUES | BooleanField.FALSE_VALUES
NOTHING = BooleanField.NULL_VALUES


def is_documented(schema: dict[str, Any], value: Any) -> bool:
    """Whether `value` is what `schema` allows, once it has been read as REST framework does."""
    checker = _checker(orjson.dumps(_writable(resolved(schema))))
    return any(checker.is_valid(reading) for reading in (value, as_read(schema, value)))


def as_read(schema: dict[str, Any], value: Any) -> Any:
    """`value` with numbers, texts and booleans turned into what `schema` asks for."""
    schema = resolved(schema)
    if isinstance(value, dict):
        parts = schema.get("properties", {})
        return {name: as_read(parts.get(name, {}), item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_read(schema.get("items", {}), item) for item in value]
    kinds = _kinds(schema)
    for kind, read in READERS.items():
        if kind in kinds:
            try:
                return read(value)
            except (ValueError, TypeError, OverflowError):
                continue
    return None if "null" in kinds and _is_nothing(value) else value


@cache  # compiling takes long
def _checker(schema: bytes) -> Any:
    whole = {**orjson.loads(schema), "components": document()["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


def _writable(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` without what only answers must have."""
    parts = schema.get("properties", {})
    required = [name for name in schema.get("required", []) if not parts[name].get("readOnly")]
    return {**schema, "required": required}


def _kinds(schema: dict[str, Any]) -> list[str]:
    kinds: str | list[str] = schema.get("type", [])
    return [kinds] if isinstance(kinds, str) else kinds


def _integer(value: Any) -> int:
    number = float(value)
    if isinstance(value, bool) or not number.is_integer():
        raise ValueError
    return int(value) if isinstance(value, int) else int(number)


def _boolean(value: Any) -> bool:
    if value not in BOOLEANS:
        raise ValueError
    return value in BooleanField.TRUE_VALUES


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise TypeError
    return str(value).strip()


def _is_nothing(value: Any) -> bool:
    return value in NOTHING if isinstance(value, (str, type(None))) else False


READERS: dict[str, Callable[[Any], Any]] = {
    "integer": _integer,
    "boolean": _boolean,
    "string": _text,
}
