"""Columns that the lists of several apps share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.db.models import F
from django.utils.html import format_html

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.utils.safestring import SafeString

LONGEST = 60


def day_of(name: str, title: str) -> Callable[[Any, Any], str]:
    """The day of the row's moment `name`; its page tells the time. Never is before all days."""

    @admin.display(description=title, ordering=F(name).asc(nulls_first=True))
    def day(page: Any, row: Any) -> str:
        moment = getattr(row, name)
        return "-" if moment is None else f"{moment:%Y-%m-%d}"

    return day


def cut(text: str) -> SafeString | str:
    """Return a text that leaves room for other columns; the whole of it is its title."""
    if len(text) <= LONGEST:
        return text
    return format_html('<span title="{}">{}…</span>', text, text[:LONGEST].rstrip())


def cut_name(name: str, title: str, empty: str = "(no name)") -> Callable[[Any, Any], Any]:
    """Return a column with the row's field `name`, cut where it is long."""

    @admin.display(description=title, ordering=name)
    def shown(page: Any, row: Any) -> SafeString | str:
        return cut(getattr(row, name) or empty)

    return shown
