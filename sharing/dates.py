"""Reads the range of dates that somebody looks at a page for, instead of the one that is stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from posthog_lite.query.moments import LAST_YEAR

if TYPE_CHECKING:
    from collections.abc import Mapping

RANGES = {
    "-24h": "24 hours",
    "-7d": "7 days",
    "-30d": "30 days",
    "-90d": "90 days",
    "mStart": "This month",
    "yStart": "This year",
    "all": "All time",
}
FIRST_YEAR = 1980  # events before count as none
KEPT = ("theme", "refresh", "whitelabel", "embedded")  # what else an address may say of a page
NO_DATES = "Choose dates such as 2026-01-31, or one of the ranges."
WRONG_ORDER = "The first day is after the last one."


@dataclass(frozen=True, slots=True)
class Dates:
    """A chosen range, an end "" where it is open; or the reason why the choice is not a range."""

    date_from: str = ""
    date_to: str = ""
    problem: str = ""

    @property
    def is_chosen(self) -> bool:
        return bool(self.date_from or self.date_to)

    @property
    def filters(self) -> dict[str, Any]:
        """Return the filters that are applied over the stored ones."""
        if not self.is_chosen:
            return {}
        return {"date_from": self.date_from or None, "date_to": self.date_to or None}

    @property
    def query(self) -> dict[str, str]:
        """The range as parameters of an address."""
        both = {"date_from": self.date_from, "date_to": self.date_to}
        return {name: value for name, value in both.items() if value}


@dataclass(frozen=True, slots=True)
class RangeForm:
    """The form that offers other dates: links to ranges, two days, and what it must not lose."""

    dates: Dates
    kept: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, list[str]] = field(default_factory=dict)  # what other fields are filled with

    @property
    def first_day(self) -> str:
        return "" if self.dates.date_from in RANGES else self.dates.date_from

    @property
    def links(self) -> list[tuple[str, str, bool]]:
        """Each range as its address, its name, and whether it is the one that is shown."""
        chosen = self.dates
        others = (
            (self._address(date_from=value), name, value == chosen.date_from and not chosen.date_to)
            for value, name in RANGES.items()
        )
        return [(self._address(), "As made", not chosen.is_chosen), *others]

    def _address(self, **changes: str) -> str:
        return f"?{urlencode({**self.kept, **self.more, **changes}, doseq=True)}"


def read_dates(query: Mapping[str, str]) -> Dates:
    """Return the range that an address names: one of RANGES, or one or two days."""
    first, last = query.get("date_from", ""), query.get("date_to", "")
    if (first and first not in RANGES and not _is_day(first)) or (last and not _is_day(last)):
        return Dates(problem=NO_DATES)
    if first and last and first not in RANGES and first > last:
        return Dates(problem=WRONG_ORDER)
    return Dates(first, last)


def range_form(
    query: Mapping[str, str], dates: Dates, *, more: Mapping[str, list[str]] | None = None
) -> RangeForm:
    """Return the form, which keeps what else the address says of the page."""
    kept = {name: query[name][:100] for name in KEPT if name in query}
    return RangeForm(dates, kept, more or {})


def _is_day(text: str) -> bool:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-01-31") and FIRST_YEAR <= found.year <= LAST_YEAR
