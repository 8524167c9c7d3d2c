"""Compute a StickinessQuery: persons by the number of intervals in which they are active."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP, index_of
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.dates import QueryDateRange, previous_dates, resolve_dates
from posthog_lite.query.errors import NoSeries
from posthog_lite.query.matching import (
    base_condition,
    entity_name,
    is_known,
    series_condition,
    series_label,
)
from posthog_lite.query.nodes.series import ActionsNode, Series
from posthog_lite.query.nodes.stickiness import ComputedAs, CriteriaOperator, StickinessQuery
from posthog_lite.query.properties import expression_of
from posthog_lite.query.runners.counting import actor_condition, actor_of
from posthog_lite.query.runners.earliest import earliest_of
from posthog_lite.query.trees import compared, is_not_null, select, union_all, within

CRITERIA: dict[CriteriaOperator, ast.CompareOperator] = {
    CriteriaOperator.GTE: ">=",
    CriteriaOperator.LTE: "<=",
    CriteriaOperator.EXACT: "==",
}


def compute(query: StickinessQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a stickiness query."""
    periods = periods_of(query, context, ask)
    parts = [
        Part(query, context, series, order, period, dates)
        for order, series in enumerate(query.series)
        for period, dates in enumerate(periods)
        if is_known(series, context)
    ]
    counts = _counts(parts, ask)
    results = [part.row(counts.get((part.order, part.period), {})) for part in parts]
    return {"results": results, "resolved_date_range": periods[0].resolved}


def periods_of(query: StickinessQuery, context: QueryContext, ask: Ask) -> list[QueryDateRange]:
    """The range of the query and the one it is compared with; refuses what cannot be counted."""
    if not query.series:
        raise NoSeries("Stickiness")
    earliest = earliest_of(query.base, query.series, context, ask)
    current = resolve_dates(query.base.date_range, query.interval, context, earliest=earliest)
    if not query.compare.compare or query.base.date_range.date_from == "all":
        return [current]
    return [current, previous_dates(current, query.compare.compare_to, context)]


def _counts(parts: Sequence[Part], ask: Ask) -> dict[tuple[int, int], dict[int, int]]:
    """Persons by number of active intervals, for each series and period."""
    found: dict[tuple[int, int], dict[int, int]] = {}
    if not parts:
        return found
    for order, period, active, persons in ask(union_all(part.statement() for part in parts)):
        found.setdefault((order, period), {})[active] = persons
    return found


@dataclass(frozen=True)
class Part:
    """One series in one period."""

    query: StickinessQuery
    context: QueryContext
    series: Series
    order: int
    period: int
    dates: QueryDateRange

    @property
    def length(self) -> int:
        """The number of intervals, joined as the query asks; the last group may be short."""
        return -(-len(self.dates.starts) // self.query.interval_count)

    @property
    def actor(self) -> ast.Expr:
        """The actor who is counted."""
        counting = self.series.counting
        if counting.math == "hogql" and counting.hogql:
            return expression_of(counting.hogql)
        return actor_of(counting, self.query.base.aggregation_group_type_index)

    def active(self) -> ast.SelectQuery:
        """Rows of `actor, active`: in how many intervals each person is active."""
        return select(
            {"actor": field("actor"), "active": call("count")},
            self._intervals(),
            group_by=["actor"],
        )

    def statement(self) -> ast.SelectQuery:
        """Persons by the number of intervals."""
        return select(
            {
                "series": constant(self.order),
                "period": constant(self.period),
                "active": field("active"),
                "persons": call("count"),
            },
            self.active(),
            group_by=["active"],
        )

    def _intervals(self) -> ast.SelectQuery:
        """The intervals in which each person is active."""
        index = index_of(self.dates)
        if self.query.interval_count > 1:
            index = call("intDiv", index, constant(self.query.interval_count))
        return select(
            {"actor": self.actor, "interval": index},
            "events",
            where=self._where(),
            group_by=["actor", "interval"],
            having=self._criteria(),
        )

    def _where(self) -> list[ast.Expr]:
        actor = self.actor
        present = actor_condition(actor) if isinstance(actor, ast.Field) else is_not_null(actor)
        return [
            series_condition(self.series, self.context),
            within(TIMESTAMP, self.dates.counted_from, self.dates.date_to),
            base_condition(self.query.base, self.context),
            present,
        ]

    def _criteria(self) -> ast.Expr | None:
        criteria = self.query.criteria
        if criteria is None:
            return None
        return compared(call("count"), CRITERIA[criteria.operator], criteria.value)

    def row(self, counts: dict[int, int]) -> dict[str, Any]:
        """The row of the answer."""
        data = [counts.get(active, 0) for active in range(1, self.length + 1)]
        total = sum(data)
        cumulative = self.query.computed_as is ComputedAs.CUMULATIVE
        if cumulative:
            data = list(accumulate(reversed(data)))[::-1]
        row = {
            "count": total,
            "data": data,
            "days": list(range(1, self.length + 1)),
            "label": series_label(self.series, self.context),
            "labels": [self._label(active, cumulative) for active in range(1, self.length + 1)],
            "action": self._action(),
        }
        if self.query.compare.compare:
            row |= {"compare": True, "compare_label": "previous" if self.period else "current"}
        return row

    def _label(self, active: int, cumulative: bool) -> str:
        plural = "" if active == 1 else "s"
        return f"{active} {self.query.interval}{plural}" + (" or more" if cumulative else "")

    def _action(self) -> dict[str, Any]:
        name = entity_name(self.series, self.context)
        is_action = isinstance(self.series, ActionsNode)
        return {
            "order": self.order,
            "type": "actions" if is_action else "events",
            "name": name or "All events",
            "id": self.series.id if isinstance(self.series, ActionsNode) else name,
            "custom_name": self.series.custom_name,
        }
