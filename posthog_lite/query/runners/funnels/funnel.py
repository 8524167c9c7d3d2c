"""A funnel as its statements see it: actors, steps, exclusions, the value of a breakdown."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.hogql.parser import parse_expr
from posthog_lite.query.breakdowns import value_of
from posthog_lite.query.buckets import TIMESTAMP, bucket_of
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange
from posthog_lite.query.matching import base_condition, entity_condition, series_filters
from posthog_lite.query.nodes.common import Breakdown, BreakdownKind
from posthog_lite.query.nodes.funnels import Attribution, FunnelOrder, FunnelsQuery, FunnelView
from posthog_lite.query.nodes.series import EventsNode, Series
from posthog_lite.query.trees import TRUE, all_of, array, compared, instant, is_not_null, select

LIMITED = (BreakdownKind.EVENT, BreakdownKind.PERSON, BreakdownKind.GROUP)
FIRST_TIME = "first_time_for_user"
FIRST_MATCHING = "first_time_for_user_with_filters"


@dataclass(frozen=True)
class Funnel:
    """A query with all that its statements need to know."""

    query: FunnelsQuery
    context: QueryContext
    dates: QueryDateRange

    @property
    def steps(self) -> int:
        """The number of steps."""
        return len(self.query.series)

    @property
    def depth(self) -> int:
        """The number of steps to follow in order: no further than the goal of a trend."""
        return self.query.last + 1 if self.has_buckets else self.steps

    @property
    def window(self) -> int:
        """The time that a conversion may take, in microseconds."""
        return self.query.window_seconds * 1_000_000

    @property
    def is_strict(self) -> bool:
        """True when no other event may come between."""
        return self.query.order is FunnelOrder.STRICT

    @property
    def is_unordered(self) -> bool:
        """True when the steps may come in any order."""
        return self.query.order is FunnelOrder.UNORDERED

    @property
    def has_exclusions(self) -> bool:
        """True when an event may spoil an attempt."""
        return bool(self.query.exclusions)

    @property
    def has_buckets(self) -> bool:
        """True when attempts are counted by the bucket of their first step."""
        return self.query.view is FunnelView.TRENDS

    @property
    def has_breakdown(self) -> bool:
        """True when actors are split by a value. Times to convert are not."""
        is_timed = self.query.view is FunnelView.TIME_TO_CONVERT
        return bool(self.query.breakdown.breakdowns) and not is_timed

    @property
    def attribution_step(self) -> int | None:
        """The step whose value counts, if that is how values are found."""
        is_step = self.has_breakdown and self.query.attribution is Attribution.STEP
        return (self.query.attribution_step or 0) if is_step else None

    @property
    def steps_overlap(self) -> bool:
        """True when one event may be several steps: not if each step has a name of its own."""
        series = self.query.series
        names = {step.event for step in series if isinstance(step, EventsNode) and step.event}
        return len(names) < len(series)

    @cached_property
    def actor(self) -> ast.Expr:
        """The actor who goes through the funnel."""
        if self.query.aggregate_by:
            return parse_expr(self.query.aggregate_by)
        group = self.query.base.aggregation_group_type_index
        return field("person_id") if group is None else field(f"$group_{group}")

    @property
    def actor_condition(self) -> ast.Expr:
        """Events without an actor do not count."""
        if self.query.aggregate_by:
            return is_not_null(self.actor)
        if self.query.base.aggregation_group_type_index is None:
            return TRUE
        return compared(self.actor, "!=", "")

    @cached_property
    def base(self) -> ast.Expr:
        """The filters of the whole query."""
        return base_condition(self.query.base, self.context)

    @cached_property
    def step_conditions(self) -> tuple[ast.Expr, ...]:
        """Return for each step the condition of its events."""
        return tuple(map(self._step_condition, self.query.series))

    def _step_condition(self, series: Series) -> ast.Expr:
        entity = entity_condition(series, self.context)
        filters = series_filters(series, self.context)
        if series.counting.math == FIRST_TIME:
            return all_of((entity, filters, self._is_first(entity)))
        if series.counting.math == FIRST_MATCHING:
            return all_of((entity, filters, self._is_first(all_of((entity, filters, self.base)))))
        return all_of((entity, filters))

    def _is_first(self, condition: ast.Expr) -> ast.Expr:
        """The event is the actor's first one with the condition, in all of the history."""
        firsts = select(
            {"actor": self.actor, "first": call("min", TIMESTAMP)},
            "events",
            where=[
                condition,
                self.actor_condition,
                compared(TIMESTAMP, "<=", instant(self.dates.date_to)),
            ],
            group_by=["actor"],
        )
        return ast.CompareOperation("in", ast.Tuple((self.actor, TIMESTAMP)), firsts)

    @cached_property
    def exclusion_conditions(self) -> tuple[tuple[ast.Expr, int], ...]:
        """Return for each exclusion the condition of its events and the steps done that they spoil.

        The steps done are bits: an exclusion from step 0 to 2 spoils who has done 1 or 2 steps. Who
        has skipped an optional step stands before it, so behind it they are spoilt there.
        """
        found = []
        for exclusion in self.query.exclusions:
            entity = entity_condition(exclusion.entity, self.context)
            filters = series_filters(exclusion.entity, self.context)
            most = self.steps if self.is_unordered else self.depth
            first = exclusion.from_step + 1
            while self.query.series[first - 1].optional_in_funnel:
                first -= 1
            spoilt = range(first, min(exclusion.to_step + 1, most))
            found.append((all_of((entity, filters)), sum(1 << done for done in spoilt)))
        return tuple(found)

    @cached_property
    def value(self) -> ast.Expr:
        """The breakdown value of an event: a text, or an array of texts for several columns."""
        found = [self._value_of(breakdown) for breakdown in self.query.breakdown.breakdowns]
        return found[0] if len(found) == 1 else array(found)

    def _value_of(self, breakdown: Breakdown) -> ast.Expr:
        value = call("ifNull", value_of(breakdown, self.context), constant(""))
        if not breakdown.normalize_url:
            return value
        return call("if", call("empty", value), constant("/"), value)

    @property
    def no_value(self) -> ast.Expr:
        """The value of who has none."""
        count = len(self.query.breakdown.breakdowns)
        return constant("") if count == 1 else array([""] * count)

    @property
    def has_other(self) -> bool:
        """True when values beyond the limit are one group; those of expressions are left out."""
        return all(breakdown.kind in LIMITED for breakdown in self.query.breakdown.breakdowns)

    def names(self, value: Any) -> list[str] | str:
        """A value as the answer has it: a list, but for one property of a group."""
        breakdown = self.query.breakdown
        if isinstance(value, list | tuple):
            return list(value)
        is_bare = breakdown.breakdowns[0].kind is BreakdownKind.GROUP and not breakdown.is_list
        return value if is_bare else [value]

    @property
    def bucket(self) -> ast.Expr:
        """The key of an event's bucket."""
        return bucket_of(self.dates)
