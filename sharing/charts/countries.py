"""Names the countries of the world map."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import orjson


def country_name(code: str) -> str:
    """Return the English name of an ISO 3166-1 alpha-2 code; the code itself where it has none."""
    return _names().get(code, code)


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = orjson.loads(Path(__file__).with_name("countries.json").read_bytes())
    return names
