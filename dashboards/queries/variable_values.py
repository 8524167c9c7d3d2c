"""The values a list variable may take: always strings."""

from __future__ import annotations

from typing import Any


def clean_list(values: Any) -> list[str]:
    """The scalars of `values` as strings; empty for anything but a list."""
    if not isinstance(values, list):
        return []
    return [_as_text(value) for value in values if value is not None and not _is_container(value)]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _is_container(value: Any) -> bool:
    return isinstance(value, (dict, list))
