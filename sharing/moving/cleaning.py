"""Reads what a source says, whatever it says: a wrong type counts as absent."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.dateparse import parse_datetime


def without_nulls(value: Any) -> Any:
    """Return JSON without the one character that PostgreSQL cannot store."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [without_nulls(child) for child in value]
    if isinstance(value, dict):
        return {without_nulls(name): without_nulls(child) for name, child in value.items()}
    return value


def text(value: Any, longest: int | None = None) -> str:
    """Return a text, cut where it is too long; numbers are written out."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        value = str(value)
    return value[:longest] if isinstance(value, str) else ""


def text_or_none(value: Any, longest: int | None = None) -> str | None:
    """Return a text, or None where there is none."""
    return None if value is None else text(value, longest)


def number(value: Any) -> int | None:
    """Return a whole number that a row can have as its id."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value < 2**63 else None


def mapping(value: Any) -> dict[str, Any]:
    """Return an object."""
    return value if isinstance(value, dict) else {}


def mappings(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def texts(value: Any, longest: int) -> list[str]:
    """Return the texts of a list that are not empty."""
    found = [text(each, longest) for each in value] if isinstance(value, list) else []
    return [each for each in found if each.strip()]


def moment(value: Any) -> datetime | None:
    """Return a moment with its time zone."""
    try:
        found = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)
