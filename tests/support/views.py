"""A few events of two people."""

from __future__ import annotations

from typing import Any

from tests.support.asking import Json, event, where

# Two views of anna on the first day, one of bob on the second, one of anna on the third.
VIEWS = (
    event("anna", "2020-01-01", price=10, browser="Chrome"),
    event("anna", "2020-01-01T18:00:00", price=20.5, browser="Safari"),
    event("bob", "2020-01-02", price="none", browser="Chrome"),
    event("anna", "2020-01-03", price=None),
)
CHROME = where("browser", "Chrome")


def shown(display: str, **more: Any) -> Json:
    """Return how a trend is shown."""
    return {"trendsFilter": {"display": display, **more}}
