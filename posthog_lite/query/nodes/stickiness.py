"""StickinessQuery: on how many intervals people are active."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.nodes.common import (
    NO_COMPARISON,
    CompareFilter,
    InsightBase,
    Interval,
    read_compare_filter,
    read_insight_base,
)
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.series import Series, read_series


class ComputedAs(StrEnum):
    """Persons active in exactly, or in at least, so many intervals."""

    NON_CUMULATIVE = "non_cumulative"
    CUMULATIVE = "cumulative"


class CriteriaOperator(StrEnum):
    """The operator that compares the events of one interval with the wanted number."""

    GTE = "gte"
    LTE = "lte"
    EXACT = "exact"


@dataclass(frozen=True)
class StickinessCriteria:
    """The number of events that makes an interval count."""

    operator: CriteriaOperator
    value: int


@dataclass(frozen=True)
class StickinessQuery:
    """Persons by the number of intervals in which they are active."""

    base: InsightBase
    series: tuple[Series, ...]
    interval: Interval = Interval.DAY
    interval_count: int = 1
    computed_as: ComputedAs = ComputedAs.NON_CUMULATIVE
    criteria: StickinessCriteria | None = None
    compare: CompareFilter = NO_COMPARISON

    kind = "StickinessQuery"


def read_stickiness(query: Reader) -> StickinessQuery:
    """A StickinessQuery."""
    shown = query.child("stickinessFilter")
    return StickinessQuery(
        base=read_insight_base(query),
        series=read_series(query),
        interval=query.choice("interval", Interval, Interval.DAY),
        interval_count=query.integer("intervalCount", maximum=100_000) or 1,
        computed_as=shown.choice("computedAs", ComputedAs, ComputedAs.NON_CUMULATIVE),
        criteria=_read_criteria(shown),
        compare=read_compare_filter(query),
    )


def _read_criteria(shown: Reader) -> StickinessCriteria | None:
    if not shown.has("stickinessCriteria"):
        return None
    criteria = shown.child("stickinessCriteria")
    value = criteria.integer("value")
    operator = criteria.choice("operator", CriteriaOperator, CriteriaOperator.GTE)
    return StickinessCriteria(operator, 1 if value is None else value)
