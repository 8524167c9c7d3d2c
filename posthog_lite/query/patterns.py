"""Patterns that a query searches texts with."""

from __future__ import annotations

import re

# Python accepts these in patterns; the engine's expressions do not know them.
UNKNOWN_TO_ENGINE = re.compile(r"\(\?<?[=!]|\(\?P=|\\[1-9]")


def literal_pattern(text: str) -> str:
    """A LIKE pattern that matches the text itself."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def is_pattern(text: str) -> bool:
    """True when the engine can search for the regular expression."""
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return not UNKNOWN_TO_ENGINE.search(text)
