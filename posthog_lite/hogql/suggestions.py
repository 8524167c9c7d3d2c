"""Suggests the name that was meant by one that nothing has."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST_NAME = 100
ALIKE = 0.65


def closest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is most like this one, whatever their case; None if none is."""
    by_lower_case = {each.lower(): each for each in known}
    found = get_close_matches(name[:LONGEST_NAME].lower(), by_lower_case, n=1, cutoff=ALIKE)
    return by_lower_case[found[0]] if found else None
