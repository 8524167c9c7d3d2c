"""Each actor's starts, and for each start how often the actor came back after how long."""

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
    RetentionPeriod,
    RetentionQuery,
    RetentionType,
    TimeWindow,
)
from posthog_lite.query.nodes.series import ActionsNode, EventsNode
from posthog_lite.query.properties import PropertyPath, number_of
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.trees import TRUE, all_of, any_of, array, compared, instant, select

BEFORE_ALL = -1  # the row of events before the first interval
JOINED = "::"
ROLLING_SECONDS = {
    RetentionPeriod.HOUR: 3_600,
    RetentionPeriod.DAY: 86_400,
    RetentionPeriod.WEEK: 7 * 86_400,
    RetentionPeriod.MONTH: 30 * 86_400,
}
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
        """Who comes back."""
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
            return entity_condition(self.query.start, self.context)
        in_range = compared(TIMESTAMP, ">=", instant(self.dates.date_from))
        own = all_of((self.entity(self.query.start), self.base))
        return all_of((own, in_range)) if self.is_recurring else own

    @property
    def passes(self) -> ast.Expr:
        """The condition that a first start ever must fulfil to count."""
        if self.query.type is not RetentionType.FIRST_EVER:
            return TRUE
        return all_of((series_filters(self.query.start, self.context), self.base))

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
        """True when start and return are the same event, so that the start is the first value."""
        mine, other = self.query.start, self.query.returning
        return (_identity(mine), mine.properties) == (_identity(other), other.properties)


def _identity(entity: EventsNode | ActionsNode) -> tuple[str, str | int | None]:
    if isinstance(entity, ActionsNode):
        return "action", entity.id
    return "event", entity.event


def started(retention: Retention) -> ast.SelectQuery:
    """Rows of `value, row, own, back`, one for each start that counts.

    `own` is the number of the start's own interval, `back` an array of the number of intervals
    since, how many return events came then, and the sum of their numbers.
    """
    found = _rolling(retention) if retention.is_rolling else _calendar(retention)
    if retention.is_recurring:
        return found
    return select(
        {"value": VALUE, "row": ROW, "own": field("own"), "back": BACK},
        found,
        where=[compared(ROW, ">=", 0), field("passes")],
    )


def _events(retention: Retention) -> ast.SelectQuery:
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


def _keys(retention: Retention) -> list[str]:
    return ["actor", "value"] if retention.returns_by_value else ["actor"]


# Intervals of the calendar


def _calendar(retention: Retention) -> ast.SelectQuery:
    """The actor's intervals with starts and those with returns, side by side."""
    is_counted = retention.aggregates or retention.query.minimum_occurrences > 1
    together = _counted_intervals(retention) if is_counted else _intervals(retention)
    return _one_for_each_start(retention, together, _since_row())


def _intervals(retention: Retention) -> ast.SelectQuery:
    """Intervals alone, without what happened how often in them."""
    is_back = ast.And((IS_RETURN, compared(ROW, ">=", 0)))
    once = call("tuple", ROW, constant(1), ZERO)
    back = call("groupUniqArrayIf", once, is_back)
    keys = _keys(retention)
    value = VALUE if "value" in keys else constant("")
    if retention.is_recurring:
        # In place of the time stands 0: every interval's start counts once.
        start = call("tuple", constant(0), ROW, ZERO, value, constant(True))
        starts = call("groupUniqArrayIf", start, IS_START)
    else:
        start = call("tuple", AT, ROW, ZERO, VALUE, field("passes"))
        earliest = call("argMinIf", start, _firstness(), IS_START)
        began = compared(call("countIf", IS_START), ">", 0)
        one = ast.Array((earliest,))
        starts = call("if", began, one, call("arrayPopBack", one))
    return select({"starts": starts, "back": back}, _events(retention), group_by=keys)


def _firstness() -> ast.Expr:
    """What is least for the first start; of those at one instant one that passes."""
    return call("tuple", AT, ast.Not(field("passes")))


def _counted_intervals(retention: Retention) -> ast.SelectQuery:
    """First each interval of each actor, then the actor's intervals side by side."""
    keys = _keys(retention)
    first = _firstness()
    columns = {
        **{key: field(key) for key in keys},
        "row": ROW,
        "starts": call("countIf", IS_START),
        "returns": call("countIf", IS_RETURN),
        "start_at": call("minIf", AT, IS_START),
        "start_value": call("argMinIf", VALUE, first, IS_START),
        "start_passes": call("argMinIf", field("passes"), first, IS_START),
        "start_number": call("argMinIf", NUMBER, first, IS_START),
        "total": call("sumIf", NUMBER, IS_RETURN),
    }
    own: ast.Expr = field("start_number")
    if retention.aggregates and not retention.starts_with_own_number:
        # Returns with their times: in the start's own interval those before it do not count.
        columns["entries"] = call("groupArrayIf", call("tuple", AT, NUMBER), IS_RETURN)
        own = _sum_since_start()
    intervals = select(columns, _events(retention), group_by=[*keys, "row"])
    start = [field("start_at"), ROW, own, field("start_value"), field("start_passes")]
    has_start = compared(field("starts"), ">", 0)
    is_back = ast.And((compared(field("returns"), ">", 0), compared(ROW, ">=", 0)))
    back = call("tuple", ROW, field("returns"), field("total"))
    return select(
        {
            "starts": call("arraySort", call("groupArrayIf", call("tuple", *start), has_start)),
            "back": call("groupArrayIf", back, is_back),
        },
        intervals,
        group_by=keys,
    )


def _sum_since_start() -> ast.Expr:
    after = call("greaterOrEquals", ast.TupleAccess(ENTRY, 1), field("start_at"))
    number = call("if", after, ast.TupleAccess(ENTRY, 2), ZERO)
    return call("arraySum", call("arrayMap", ast.Lambda(("entry",), number), field("entries")))


def _since_row() -> ast.Expr:
    """The later intervals of an actor by their distance from the start's row."""
    row = ast.TupleAccess(START, 2)
    is_later = ast.Lambda(("entry",), call("greater", ast.TupleAccess(ENTRY, 1), row))
    distance = call("minus", ast.TupleAccess(ENTRY, 1), row)
    moved = call("tuple", distance, ast.TupleAccess(ENTRY, 2), ast.TupleAccess(ENTRY, 3))
    later = call("arrayFilter", is_later, BACK)
    return call("arrayMap", ast.Lambda(("entry",), moved), later)


def _one_for_each_start(
    retention: Retention, together: ast.SelectQuery, back: ast.Expr
) -> ast.SelectQuery:
    starts: ast.Expr = field("starts")
    if not retention.is_recurring:
        starts = call("arraySlice", starts, constant(1), constant(1))
    joined = unfolded(together, "start", starts, {"back": BACK, "start": START})
    return select({**_start_columns(), "back": back}, joined)


def _start_columns() -> dict[str, ast.Expr]:
    return {
        "row": ast.TupleAccess(START, 2),
        "own": ast.TupleAccess(START, 3),
        "value": ast.TupleAccess(START, 4),
        "passes": ast.TupleAccess(START, 5),
    }


# Intervals from each start on


def _rolling(retention: Retention) -> ast.SelectQuery:
    """Every start of an interval's first, with every return after it."""
    keys = _keys(retention)
    blocked = ast.Not(field("passes"))
    start = call("tuple", AT, ROW, blocked, NUMBER, VALUE)
    together = select(
        {
            "actor": ACTOR,
            "starts": call("arraySort", call("groupArrayIf", start, IS_START)),
            "returns": call("groupArrayIf", call("tuple", AT, NUMBER), IS_RETURN),
        },
        _events(retention),
        group_by=keys,
    )
    firsts = select(
        {
            "actor": ACTOR,
            "starts": _first_of_each_row(retention),
            "returns": field("returns"),
        },
        together,
    )
    pairs = _pairs(_each_start(firsts))
    distance = _distance(retention)
    entries = select(
        {"actor": ACTOR, "start": START, "distance": distance, "number": NUMBER}, pairs
    )
    counted = select(
        {
            "actor": ACTOR,
            "start": START,
            "distance": field("distance"),
            "returns": call("count"),
            "total": call("sum", NUMBER),
        },
        entries,
        group_by=["actor", "start", "distance"],
    )
    return _rolling_rows(retention, counted)


def _first_of_each_row(retention: Retention) -> ast.Expr:
    starts: ast.Expr = field("starts")
    if not retention.is_recurring:
        return call("arraySlice", starts, constant(1), constant(1))
    row = ast.TupleAccess(ENTRY, 2)
    rows = call("arrayMap", ast.Lambda(("entry",), row), starts)
    before = call("arrayPopBack", call("arrayPushFront", rows, constant(BEFORE_ALL - 1)))
    is_first = ast.Lambda(("entry", "before"), call("notEquals", row, field("before")))
    return call("arrayFilter", is_first, starts, before)


def _each_start(firsts: ast.SelectQuery) -> ast.SelectQuery:
    columns = {"actor": ACTOR, "start": START, "returns": field("returns")}
    return unfolded(firsts, "start", field("starts"), columns)


def _pairs(starts: ast.SelectQuery) -> ast.SelectQuery:
    """Each start with each return; one without returns stays, with a return at 0."""
    columns = {
        "actor": ACTOR,
        "start": START,
        "at": ast.TupleAccess(ENTRY, 1),
        "number": ast.TupleAccess(ENTRY, 2),
    }
    return unfolded(starts, "entry", field("returns"), columns, join="LEFT ARRAY JOIN")


def _distance(retention: Retention) -> ast.Expr:
    """The whole intervals since the start, below 0 for returns before it."""
    elapsed = call("minus", AT, ast.TupleAccess(START, 1))
    length = ROLLING_SECONDS[retention.query.period] * 1_000_000
    return call("floor", call("divide", elapsed, constant(length)))


def _rolling_rows(retention: Retention, counted: ast.SelectQuery) -> ast.SelectQuery:
    distance = field("distance")
    back = call("tuple", call("_toInt64", distance), field("returns"), field("total"))
    own: ast.Expr = call("sumIf", field("total"), compared(distance, "==", 0))
    if retention.starts_with_own_number:
        own = call("any", ast.TupleAccess(START, 4))
    columns = {
        "start": START,
        "own": own,
        "back": call("groupArrayIf", back, compared(distance, ">", 0)),
    }
    grouped = select(columns, counted, group_by=["actor", "start"])
    return select(
        {
            "row": ast.TupleAccess(START, 2),
            "own": field("own"),
            "value": ast.TupleAccess(START, 5),
            "passes": ast.Not(ast.TupleAccess(START, 3)),
            "back": BACK,
        },
        grouped,
    )
