"""A layer of filters, typed: what a dashboard, a tile or a request applies to a query.

From weak to strong: the query's own, the dashboard's (with the request's override), the tile's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from dashboards.filters.conflicts import Winners, kept_parts
from dashboards.queries.properties import read_properties

if TYPE_CHECKING:
    from dashboards.queries.properties import JSON, Part

V = TypeVar("V")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterLayer:
    """The filters of one layer; None and no properties stand for "nothing"."""

    date_from: str | None = None
    date_to: str | None = None
    explicit_date: bool | None = None
    properties: tuple[Part, ...] = ()
    breakdown_filter: JSON | None = None
    interval: str | None = None
    filter_test_accounts: bool | None = None

    @classmethod
    def read(cls, stored: JSON) -> FilterLayer:
        """Return the layer that stored JSON stands for; a value of another type says nothing."""
        return cls(
            date_from=_given(stored, "date_from", str),
            date_to=_given(stored, "date_to", str),
            explicit_date=_given(stored, "explicitDate", bool),
            properties=read_properties(stored.get("properties")),
            breakdown_filter=_given(stored, "breakdown_filter", dict),
            interval=_given(stored, "interval", str),
            filter_test_accounts=_given(stored, "filterTestAccounts", bool),
        )

    @property
    def has_dates(self) -> bool:
        return self.date_from is not None or self.date_to is not None

    def over(self, weak: FilterLayer) -> FilterLayer:
        """Return both layers as one, in which this one wins.

        The dates are one unit. Properties add up, without those of the weaker layer that cannot
        hold together with this one's.
        """
        dated = self if self.has_dates else weak
        kept = tuple(kept_parts(weak.properties, Winners(self.properties)))
        return replace(
            dated,
            properties=kept + self.properties,
            breakdown_filter=_first(self.breakdown_filter, weak.breakdown_filter),
            interval=_first(self.interval, weak.interval),
            filter_test_accounts=_first(self.filter_test_accounts, weak.filter_test_accounts),
        )


NOTHING = FilterLayer()


def _given(stored: JSON, name: str, kind: type[V]) -> V | None:
    value = stored.get(name)
    return value if isinstance(value, kind) and value not in ("", {}) else None


def _first(strong: V | None, weak: V | None) -> V | None:
    return weak if strong is None else strong
