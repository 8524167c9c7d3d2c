"""Columns that the lists of several apps share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from collections.abc import Callable


def day_of(name: str, title: str) -> Callable[[Any, Any], str]:
    """The day of the row's moment `name`; its page tells the time."""

    @admin.display(description=title, ordering=name)
    def day(page: Any, row: Any) -> str:
        moment = getattr(row, name)
        return "-" if moment is None else f"{moment:%Y-%m-%d}"

    return day
