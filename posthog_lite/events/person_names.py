"""The properties that name a person, the first one first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

DEFAULT_NAMES = (
    "email", "Email", "$email", "name", "Name", "username", "Username", "UserName",
)  # fmt: skip
MOST_NAMES = 20


def name_properties(chosen: Any) -> tuple[str, ...]:
    """Return the properties that a project has chosen, else those that are usual."""
    listed = chosen if isinstance(chosen, list) else []
    names = tuple(name for name in listed if isinstance(name, str) and name)[:MOST_NAMES]
    return names or DEFAULT_NAMES


def named_by(properties: Mapping[str, Any], names: Sequence[str]) -> str | None:
    """Return the value of the first property that has one, as text."""
    for name in names:
        value = properties.get(name)
        if isinstance(value, (str, int, float)) and value and str(value).strip():
            return str(value)
    return None
