"""Maths of trends as aggregates over the events of a bucket."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.common import Interval
from posthog_lite.query.nodes.series import PER_ACTOR, Counting, MathPropertyKind
from posthog_lite.query.properties import PropertyPath, expression_of, number_of
from posthog_lite.query.trees import TRUE, arithmetic, compared

PERSON = field("person_id")
SESSION_DURATION = "$session_duration"
SESSION = call("ifNull", field("$session_id"), constant(""))

AGGREGATES: Mapping[str, str] = {"sum": "sum", "avg": "avg", "min": "min", "max": "max"}
GROUP_MATHS = frozenset({"unique_group", "dau", "weekly_active", "monthly_active"})
QUANTILES: Mapping[str, float] = {
    "median": 0.5, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99,
}  # fmt: skip
WINDOWS: Mapping[str, int] = {"weekly_active": 7, "monthly_active": 30}
# Intervals at least as long as the window, where active users are plain uniques.
WIDE: Mapping[str, frozenset[Interval]] = {
    "weekly_active": frozenset({Interval.WEEK, Interval.MONTH, Interval.QUARTER, Interval.YEAR}),
    "monthly_active": frozenset({Interval.MONTH, Interval.QUARTER, Interval.YEAR}),
}
FIRST_EVER = "first_time_for_user"
FIRST_MATCHING = frozenset({"first_matching_event_for_user", "first_time_for_user_with_filters"})
PROPERTY_KINDS = {
    MathPropertyKind.EVENT: "event",
    MathPropertyKind.PERSON: "person",
    MathPropertyKind.SESSION: "session",
}


class Shape(Enum):
    """The form of the statement that a math needs."""

    PLAIN = "one aggregate"
    ACTIVE = "actors seen in a sliding window"
    PER_ACTOR = "events per actor"
    PER_SESSION = "one value per session"
    FIRST = "first events of persons"


def math_of(counting: Counting) -> str:
    """The math of a series, `total` where none is given or what it reads is missing."""
    math = counting.math or "total"
    needed = {"unique_group": counting.group_type_index is not None, "hogql": counting.hogql}
    is_property = math in AGGREGATES or math in QUANTILES
    return math if needed.get(math, counting.property or not is_property) else "total"


def shape_of(counting: Counting) -> Shape:
    """The form of the statement for a series."""
    math = math_of(counting)
    if math in WINDOWS:
        return Shape.ACTIVE
    if math.endswith(PER_ACTOR):
        return Shape.PER_ACTOR
    if math == FIRST_EVER or math in FIRST_MATCHING:
        return Shape.FIRST
    is_property = math in AGGREGATES or math in QUANTILES
    return Shape.PER_SESSION if is_property and _is_of_session(counting) else Shape.PLAIN


def _is_of_session(counting: Counting) -> bool:
    """True for properties of sessions; the duration is one whatever the kind says."""
    is_session = counting.property_kind is MathPropertyKind.SESSION
    return is_session or counting.property == SESSION_DURATION


def counts_actors(counting: Counting) -> bool:
    """True when a series counts distinct actors."""
    return math_of(counting) in ("dau", "unique_group", *WINDOWS)


def actor_of(counting: Counting, group_type_index: int | None) -> ast.Field:
    """Return who is counted: the person, or a group."""
    group = counting.group_type_index if math_of(counting) in GROUP_MATHS else None
    group = group_type_index if group is None else group
    return PERSON if group is None else field(f"$group_{group}")


def actor_condition(actor: ast.Field) -> ast.Expr:
    """Events without the group do not count as a group of theirs."""
    return TRUE if actor == PERSON else compared(actor, "!=", "")


def aggregate_of(counting: Counting, actor: ast.Field, context: QueryContext) -> ast.Expr:
    """The aggregate of a series whose shape is plain."""
    math = math_of(counting)
    if math in ("total", "first_time_for_user_events"):
        return call("count")
    if counts_actors(counting):
        return call("uniqExact", actor)
    if math == "unique_session":
        return call("uniqExact", SESSION)
    if math == "hogql":
        return expression_of(counting.hogql or "")
    return aggregated(math, math_value(counting, context))


def math_value(counting: Counting, context: QueryContext) -> ast.Expr:
    """The number that a property math aggregates."""
    kind = PROPERTY_KINDS.get(counting.property_kind)
    kind = "session" if kind and _is_of_session(counting) else kind
    if kind is None:
        raise UnsupportedQuery("Data warehouse properties are not supported.", attr="query.series")
    number = number_of(PropertyPath(kind, counting.property or ""), context)
    return number if counting.multiplier is None else arithmetic(number, "*", counting.multiplier)


def aggregated(math: str, number: ast.Expr) -> ast.Expr:
    """A number aggregated by a property math."""
    if math in AGGREGATES:
        return call(AGGREGATES[math], number)
    return call("quantileExactInclusive", number, params=(constant(QUANTILES[math]),))
