"""Retention as its statement sees it: actors, and the events that are starts or returns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.breakdowns import value_of
from posthog_lite.query.buckets import TIMESTAMP, bucket_of, keys_of
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange
from posthog_lite.query.matching import base_condition, entity_condition, series_filters
from posthog_lite.query.nodes.retention import (
    AggregationType,
    RetentionQuery,
    RetentionType,
    TimeWindow,
)
from posthog_lite.query.nodes.series import ActionsNode, EventsNode
from posthog_lite.query.properties import PropertyPath, number_of
from posthog_lite.query.trees import TRUE, all_of, any_of, array, compared, instant, select

BEFORE_ALL = -1  # the row of events before the first interval
JOINED = "::"
ACTOR, VALUE, ROW, AT = field("actor"), field("value"), field("row"), field("at")
IS_START, IS_RETURN, NUMBER = field("is_start"), field("is_return"), field("number")
START, BACK, ENTRY = field("start"), field("back"), field("entry")
ZERO = constant(0.0)


@dataclass(frozen=True)
class Retention:
    """A query with all that its statement needs to know."""

    query: RetentionQuery
    context: QueryContext
    dates: QueryDateRange

    @property
    def is_recurring(self) -> bool:
        """True when every start counts, not only a person's first."""
        return self.query.type is RetentionType.RECURRING

    @property
    def is_rolling(self) -> bool:
        """True when intervals are counted from each start instead of by the calendar."""
        return self.query.time_window is TimeWindow.ROLLING

    @property
    def aggregates(self) -> bool:
        """True when cells have a sum or an average."""
        return self.query.aggregation is not AggregationType.COUNT

    @property
    def has_breakdown(self) -> bool:
        """True when actors are split by a value."""
        return bool(self.query.breakdown.breakdowns)

    @property
    def returns_by_value(self) -> bool:
        """True when a return counts only with the value of its start."""
        return self.has_breakdown and self.is_recurring

    @property
    def actor(self) -> ast.Field:
        """The actor who comes back."""
        group = self.query.base.aggregation_group_type_index
        return field("person_id") if group is None else field(f"$group_{group}")

    @property
    def actor_condition(self) -> ast.Expr:
        """Events without the group do not count."""
        is_person = self.query.base.aggregation_group_type_index is None
        return TRUE if is_person else compared(self.actor, "!=", "")

    @cached_property
    def base(self) -> ast.Expr:
        """The filters of the whole query."""
        return base_condition(self.query.base, self.context)

    def entity(self, entity: EventsNode | ActionsNode) -> ast.Expr:
        """The condition of an entity's events, its filters included."""
        filters = series_filters(entity, self.context)
        return all_of((entity_condition(entity, self.context), filters))

    @cached_property
    def returning(self) -> ast.Expr:
        """The condition of return events."""
        in_range = compared(TIMESTAMP, ">=", instant(self.dates.date_from))
        return all_of((self.entity(self.query.returning), self.base, in_range))

    @cached_property
    def starting(self) -> ast.Expr:
        """The condition of start events; a first one ever need not match the filters to be it."""
        if self.query.type is RetentionType.FIRST_EVER:
            return all_of((entity_condition(self.query.start, self.context), self.base))
        in_range = compared(TIMESTAMP, ">=", instant(self.dates.date_from))
        own = all_of((self.entity(self.query.start), self.base))
        return all_of((own, in_range)) if self.is_recurring else own

    @property
    def passes(self) -> ast.Expr:
        """The condition that a first start ever must fulfil to count."""
        if self.query.type is not RetentionType.FIRST_EVER:
            return TRUE
        return series_filters(self.query.start, self.context)

    @property
    def row(self) -> ast.Expr:
        """The row of an event's interval."""
        rows = keys_of(self.dates)
        return call(
            "transform",
            call("_toInt64", bucket_of(self.dates)),
            array(rows.keys()),
            array(rows.values()),
            constant(BEFORE_ALL),
        )

    @property
    def value(self) -> ast.Expr:
        """The breakdown value of an event; several columns are joined."""
        found: list[ast.Expr] = []
        for breakdown in self.query.breakdown.breakdowns:
            found.append(call("ifNull", value_of(breakdown, self.context), constant("")))
            found.append(constant(JOINED))
        return call("concat", *found[:-1], constant("")) if found else constant("")

    @property
    def number(self) -> ast.Expr:
        """The number of an event that is added up, 0 without one."""
        if not self.aggregates or self.query.aggregation_property is None:
            return ZERO
        path = PropertyPath(self.query.aggregation_kind, self.query.aggregation_property)
        return call("ifNull", number_of(path, self.context), ZERO)

    @property
    def starts_with_own_number(self) -> bool:
        """True when start and return are the same event: starts are the first values then."""
        return _identity(self.query.start) == _identity(self.query.returning)


def _identity(entity: EventsNode | ActionsNode) -> tuple[str, str | int | None]:
    if isinstance(entity, ActionsNode):
        return "action", entity.id
    return "event", entity.event


def events_of(retention: Retention) -> ast.SelectQuery:
    """The events that are starts or returns."""
    return select(
        {
            "actor": retention.actor,
            "value": retention.value,
            "row": retention.row,
            "at": call("toUnixTimestamp64Micro", TIMESTAMP),
            "is_start": retention.starting,
            "is_return": retention.returning,
            "passes": retention.passes,
            "number": retention.number,
        },
        "events",
        where=[
            compared(TIMESTAMP, "<=", instant(retention.dates.date_to)),
            retention.actor_condition,
            any_of((retention.starting, retention.returning)),
        ],
    )


def actor_keys(retention: Retention) -> list[str]:
    """The columns by which starts and returns belong together."""
    return ["actor", "value"] if retention.returns_by_value else ["actor"]
