"""JSON of the database, read as what it should be: a hand may have written something else."""

from __future__ import annotations

from typing import Any


def as_object(value: Any) -> dict[str, Any]:
    """Return an object as it is stored; anything else is an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    """Return a list as it is stored; anything else is an empty one."""
    return value if isinstance(value, list) else []


def as_objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a stored list; what else is in it is left out."""
    return [item for item in as_list(value) if isinstance(item, dict)]


def as_texts(value: Any) -> list[str]:
    """Return the texts of a stored list; what else is in it is left out."""
    return [item for item in as_list(value) if isinstance(item, str)]
