"""The statements of a trends query. Each gives rows of `bucket, breakdown, value`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.breakdowns import BreakdownColumns, limited
from posthog_lite.query.buckets import TIMESTAMP, bucket_of, passed_since
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import CLOCK_INTERVALS, QueryDateRange
from posthog_lite.query.matching import (
    base_condition,
    entity_condition,
    is_known,
    series_filters,
)
from posthog_lite.query.moments import LAST_MICROSECOND
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.series import PER_ACTOR, Series
from posthog_lite.query.nodes.trends import Display, TrendsQuery
from posthog_lite.query.runners import counting as maths
from posthog_lite.query.runners.counting import Shape
from posthog_lite.query.trees import TRUE, all_of, arithmetic, compared, instant, select, within

WORLD_MAP_LIMIT = 1_000
TICK_SECONDS = {Interval.HOUR: 3600, Interval.MINUTE: 60, Interval.SECOND: 1}


@dataclass(frozen=True)
class Part:
    """One series in one period."""

    query: TrendsQuery
    context: QueryContext
    series: Series
    dates: QueryDateRange
    columns: BreakdownColumns | None = None

    @property
    def is_known(self) -> bool:
        """False when the series is an action that is gone."""
        return is_known(self.series, self.context)

    @property
    def math(self) -> str:
        """The math of the series."""
        return maths.math_of(self.series.counting)

    @property
    def is_total(self) -> bool:
        """True when the whole range is one number."""
        return self.query.display.is_total

    @property
    def is_cumulative(self) -> bool:
        """True when the line is a running total."""
        return self.query.display is Display.CUMULATIVE

    @property
    def actor(self) -> ast.Field:
        """The actor who is counted."""
        return maths.actor_of(self.series.counting, self.query.base.aggregation_group_type_index)

    @property
    def slides(self) -> bool:
        """True when the series counts those who were active in a window before each bucket."""
        if maths.shape_of(self.series.counting) is not Shape.ACTIVE or self.is_total:
            return False
        return self.dates.interval not in maths.WIDE[self.math]

    @property
    def filters(self) -> ast.Expr:
        """The filters of the series and the query."""
        return all_of(
            (
                series_filters(self.series, self.context),
                base_condition(self.query.base, self.context),
            )
        )

    @property
    def entity(self) -> ast.Expr:
        """The events of the series."""
        return entity_condition(self.series, self.context)

    @property
    def bucket(self) -> ast.Expr:
        """The bucket of an event."""
        return constant(0) if self.is_total else bucket_of(self.dates)

    @property
    def breakdown(self) -> ast.Expr:
        """The breakdown value of an event."""
        return constant("") if self.columns is None else self.columns.expr(self.context)

    @property
    def counted(self) -> ast.Expr:
        """The events that count."""
        return all_of(
            (
                self.entity,
                within(TIMESTAMP, self.dates.counted_from, self.dates.date_to),
                self.filters,
                maths.actor_condition(self.actor),
            )
        )


def statement(part: Part) -> ast.SelectQuery:
    """The rows of one series in one period."""
    rows = _SHAPES[maths.shape_of(part.series.counting)](part)
    if part.columns is None:
        return rows
    is_map = part.query.display is Display.WORLD_MAP
    weight = _weight(part) if part.slides else field("value")
    limit = WORLD_MAP_LIMIT if is_map else part.columns.limit
    return limited(rows, part.columns, weight, limit, is_null_last=not part.is_total)


def _plain(part: Part) -> ast.SelectQuery:
    if part.is_cumulative and maths.counts_actors(part.series.counting):
        return _first_seen(part)
    aggregate = maths.aggregate_of(part.series.counting, part.actor, part.context)
    return _grouped(part, aggregate, part.counted)


def _grouped(part: Part, aggregate: ast.Expr, where: ast.Expr) -> ast.SelectQuery:
    """The aggregate by bucket and breakdown, straight from the events."""
    return select(
        _row(aggregate) | _columns(part), "events", where=[where], group_by=_columns(part)
    )


def _columns(part: Part, bucket: ast.Expr | None = None) -> dict[str, ast.Expr]:
    """The bucket and the breakdown of an event, where the part has any."""
    found = {} if part.is_total else {"bucket": bucket or bucket_of(part.dates)}
    return found if part.columns is None else found | {"breakdown": part.breakdown}


def _row(aggregate: ast.Expr) -> dict[str, ast.Expr]:
    """A row without keys. The value is a float, so that all maths stand in one statement."""
    return {
        "bucket": constant(0),
        "breakdown": constant(""),
        "value": call("ifNull", call("toFloat", aggregate), constant(0.0)),
    }


def _outer(part: Part, aggregate: ast.Expr, inner: ast.SelectQuery) -> ast.SelectQuery:
    """The aggregate over rows that stand for actors or sessions and have the part's columns."""
    keys = {name: field(name) for name in _columns(part)}
    return select(_row(aggregate) | keys, inner, group_by=keys)


def _by_actor(part: Part, columns: dict[str, ast.Expr]) -> ast.SelectQuery:
    """Rows of each actor and breakdown value."""
    keys = {"actor": part.actor} | _columns(part)
    keys.pop("bucket", None)
    return select(keys | columns, "events", where=[part.counted], group_by=keys)


def _first_seen(part: Part) -> ast.SelectQuery:
    """Actors by the bucket in which they are first seen."""
    seen = _by_actor(part, {"first": call("min", TIMESTAMP)})
    return _outer(part, call("count"), _dated(part, seen))


def _dated(part: Part, firsts: ast.SelectQuery, where: Iterable[ast.Expr] = ()) -> ast.SelectQuery:
    """Rows by the bucket of their moment `first`."""
    columns = _columns(part, bucket_of(part.dates, field("first")))
    if part.columns is not None:
        columns["breakdown"] = field("breakdown")
    return select({"first": field("first")} | columns, firsts, where=where)


def _per_actor(part: Part) -> ast.SelectQuery:
    keys = {"actor": part.actor} | _columns(part)
    events = select(keys | {"events": call("count")}, "events", where=[part.counted], group_by=keys)
    math = part.math.removesuffix(PER_ACTOR)
    return _outer(part, maths.aggregated(math, field("events")), events)


def _per_session(part: Part) -> ast.SelectQuery:
    keys = {"session": maths.SESSION} | _columns(part)
    number = call("any", maths.math_value(part.series.counting, part.context))
    sessions = select(keys | {"number": number}, "events", where=[part.counted], group_by=keys)
    return _outer(part, maths.aggregated(part.math, field("number")), sessions)


def _first(part: Part) -> ast.SelectQuery:
    """Persons by the bucket of their first event, which must lie in the range."""
    dated = _dated(part, firsts_of(part), where=[is_first_in_range(part)])
    return _outer(part, call("count"), dated)


def firsts_of(part: Part) -> ast.SelectQuery:
    """Persons with the moment `first` of their first event, and its breakdown."""
    # Without filters the first event of all is the first that matches.
    looks_at_all = part.math == maths.FIRST_EVER and part.filters != TRUE
    return _first_events(part) if looks_at_all else _first_matches(part)


def is_first_in_range(part: Part) -> ast.Expr:
    """The condition that a person's first event lies in the range."""
    return within(field("first"), part.dates.counted_from, part.dates.date_to)


def _history(part: Part) -> tuple[ast.Expr, ...]:
    """Events of the series up to the end of the range; later ones cannot be first in it."""
    return (part.entity, compared(TIMESTAMP, "<=", instant(part.dates.date_to)))


def _first_events(part: Part) -> ast.SelectQuery:
    """The first event of each person, if it matches the filters or one at the same instant."""
    matches = part.filters
    columns = {
        "actor": part.actor,
        "first": call("min", TIMESTAMP),
        "matched": call("minIf", TIMESTAMP, matches),
        "matches": call("countIf", matches),
    }
    if part.columns is not None:
        columns["breakdown"] = call("argMinIf", part.breakdown, TIMESTAMP, matches)
    return select(
        columns,
        "events",
        where=_history(part),
        group_by=["actor"],
        having=ast.And(
            (
                compared(field("matches"), ">", 0),
                compared(field("first"), "==", field("matched")),
            )
        ),
    )


def _first_matches(part: Part) -> ast.SelectQuery:
    """The first event of each person that matches the filters."""
    columns = {"actor": part.actor, "first": call("min", TIMESTAMP)}
    if part.columns is not None:
        columns["breakdown"] = call("argMin", part.breakdown, TIMESTAMP)
    where = [*_history(part), part.filters]
    return select(columns, "events", where=where, group_by=["actor"])


def _active(part: Part) -> ast.SelectQuery:
    if part.is_total:
        part = last_window(part)
        return _grouped(part, call("uniqExact", part.actor), part.counted)
    if not part.slides:
        return _plain(part)
    return _changes(part, _ticks(part))


def last_window(part: Part) -> Part:
    """The same series over the window that ends with the range."""
    days = timedelta(days=maths.WINDOWS[part.math])
    start = part.dates.date_to - days + LAST_MICROSECOND
    return replace(part, dates=replace(part.dates, date_from=start))


def window_start(part: Part) -> QueryDateRange:
    """The range with the history that the first window needs."""
    dates = part.dates
    days = timedelta(days=maths.WINDOWS[part.math])
    unit = timedelta(seconds=TICK_SECONDS.get(dates.interval, 86_400))
    return replace(dates, date_from=dates.floor(dates.date_from) - days + unit)


def window_ticks(part: Part) -> int:
    """The length of the window in ticks: days, or intervals that are shorter."""
    return maths.WINDOWS[part.math] * 86_400 // TICK_SECONDS.get(part.dates.interval, 86_400)


def tick_expr(dates: QueryDateRange) -> ast.Expr:
    """The number of days, or of shorter intervals, of an event since the window's start."""
    if dates.interval in CLOCK_INTERVALS:
        start = int(dates.date_from.timestamp())
        elapsed = arithmetic(call("toUnixTimestamp", TIMESTAMP), "-", start)
        return call("intDiv", elapsed, constant(TICK_SECONDS[dates.interval]))
    return passed_since(dates.date_from, "day")


def _ticks(part: Part) -> ast.SelectQuery:
    """The ticks in which each actor was active, in order."""
    widened = replace(part, dates=window_start(part))
    ticks = call("arraySort", call("groupUniqArray", tick_expr(widened.dates)))
    return _by_actor(widened, {"ticks": ticks})


def _changes(part: Part, ticks: ast.SelectQuery) -> ast.SelectQuery:
    """Return the changes of the number of active actors by tick.

    An actor becomes active at a tick with no other one in the window before it, and ceases to be
    one window after a tick that has no other one in the window after it.
    """
    length = constant(window_ticks(part))
    at, tick = field("at"), field("tick")
    before = ast.ArrayAccess(field("ticks"), arithmetic(at, "-", 1))
    after = ast.ArrayAccess(field("ticks"), arithmetic(at, "+", 1))
    begins = ast.Or((compared(at, "==", 1), compared(arithmetic(tick, "-", before), ">=", length)))
    ends = ast.Or(
        (
            compared(at, "==", call("length", field("ticks"))),
            compared(arithmetic(after, "-", tick), ">=", length),
        )
    )
    gains = _mapped(_kept(begins), tick, 1)
    losses = _mapped(_kept(ends), arithmetic(tick, "+", length), -1)
    kept = {} if part.columns is None else {"breakdown": field("breakdown")}
    changes = select(kept | {"changes": call("arrayConcat", gains, losses)}, ticks)
    change = field("change")
    flat = ast.SelectQuery(
        select=(
            ast.Alias("bucket", ast.TupleAccess(change, 1)),
            ast.Alias("delta", ast.TupleAccess(change, 2)),
            *kept.values(),
        ),
        select_from=ast.JoinExpr(changes, alias="inner"),
        array_join_op="ARRAY JOIN",
        array_join_list=(ast.Alias("change", field("changes")),),
    )
    return _outer(part, call("sum", field("delta")), flat)


def _kept(condition: ast.Expr) -> ast.Expr:
    ticks = field("ticks")
    return call(
        "arrayFilter",
        ast.Lambda(("tick", "at"), condition),
        ticks,
        call("arrayEnumerate", ticks),
    )


def _mapped(ticks: ast.Expr, tick: ast.Expr, change: int) -> ast.Expr:
    pair = call("tuple", tick, constant(change))
    return call("arrayMap", ast.Lambda(("tick",), pair), ticks)


def _weight(part: Part) -> ast.Expr:
    """Return what a change adds to the sum over all ticks of the range, which ranks values."""
    first = window_ticks(part) - 1
    last = first + len(part.dates.starts) - 1
    since = call("greatest", field("bucket"), constant(first))
    left = call("greatest", arithmetic(constant(last + 1), "-", since), constant(0))
    return arithmetic(field("value"), "*", left)


_SHAPES: Mapping[Shape, Callable[[Part], ast.SelectQuery]] = {
    Shape.PLAIN: _plain,
    Shape.ACTIVE: _active,
    Shape.PER_ACTOR: _per_actor,
    Shape.PER_SESSION: _per_session,
    Shape.FIRST: _first,
}


def marked(statements: Iterable[tuple[int, ast.SelectQuery]]) -> list[ast.SelectQuery]:
    """Each statement with the number of its part."""
    return [
        replace(rows, select=(ast.Alias("part", constant(at)), *rows.select))
        for at, rows in statements
    ]
