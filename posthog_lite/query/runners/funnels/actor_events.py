"""Each actor's events as one array, in order, as the funnel sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.trees import any_of, select, within

AT = "at"  # microseconds since 1970
RANK = "rank"  # the lowest step that the event can be, as a bit: the order within an instant
STEPS = "steps"  # the steps that the event can be, as bits
SPOILS = "spoils"  # the numbers of steps done after which the event excludes, as bits
VALUE = "value"  # of the breakdown
BUCKET = "bucket"
IS_MIXED = "is_mixed"  # the instant holds events of other kinds too
EVENTS = field("events")
ONE = constant(1)
NOTHING = call("_toInt64", constant(0))


@dataclass(frozen=True)
class Layout:
    """The parts of the tuple that stands for one event."""

    parts: tuple[str, ...]

    def of(self, event: ast.Expr, part: str) -> ast.Expr:
        """A part of an event."""
        return ast.TupleAccess(event, self.parts.index(part) + 1)

    def tuple(self, event: ast.Expr, **changed: ast.Expr) -> ast.Expr:
        """An event with some parts changed or added behind the others."""
        kept = [changed.pop(part, self.of(event, part)) for part in self.parts]
        return call("tuple", *kept, *changed.values())

    def with_parts(self, *parts: str) -> Layout:
        """The layout with parts added."""
        return Layout((*self.parts, *parts))


def has_bit(bits: ast.Expr, bit: int) -> ast.Expr:
    """True when a bit is set."""
    return call("notEquals", call("bitAnd", bits, constant(1 << bit)), constant(0))


def seen_events(funnel: Funnel) -> tuple[ast.SelectQuery, Layout]:
    """One row for each actor with `events`, sorted."""
    columns = _columns(funnel)
    rows = select(
        {"actor": funnel.actor, **columns},
        "events",
        where=[
            within(TIMESTAMP, funnel.dates.date_from, funnel.dates.date_to),
            funnel.base,
            funnel.actor_condition,
            _is_relevant(funnel),
        ],
    )
    layout = Layout(tuple(columns))
    together = call("tuple", *map(field, columns))
    sorted_events = call("arraySort", call("groupArray", together))
    actors = select({"actor": field("actor"), "events": sorted_events}, rows, group_by=["actor"])
    if not (funnel.is_strict or funnel.has_exclusions):
        return actors, layout
    return _with_mixed(actors, layout)


def _columns(funnel: Funnel) -> dict[str, ast.Expr]:
    """The parts of an event, in the order by which events are sorted."""
    steps = funnel.step_conditions
    found: dict[str, ast.Expr] = {AT: call("toUnixTimestamp64Micro", TIMESTAMP)}
    if funnel.steps_overlap:
        found[RANK] = _lowest(steps)
    found[STEPS] = _bits((condition, 1 << at) for at, condition in enumerate(steps))
    if funnel.has_exclusions:
        # Bits at places that only the engine knows are asked for in whole words.
        found[STEPS] = call("_toInt64", found[STEPS])
        found[SPOILS] = call("_toInt64", _bits(funnel.exclusion_conditions))
    if funnel.has_breakdown:
        found[VALUE] = funnel.value
    if funnel.has_buckets:
        found[BUCKET] = funnel.bucket
    return found


def _is_relevant(funnel: Funnel) -> ast.Expr:
    """Return whether an event can matter; in a strict funnel every event can."""
    if funnel.is_strict:
        return constant(True)
    excluded = (condition for condition, _ in funnel.exclusion_conditions)
    return any_of((*funnel.step_conditions, *excluded))


def _bits(conditions: Iterable[tuple[ast.Expr, int]]) -> ast.Expr:
    """The bits of all conditions that hold."""
    chosen = [call("if", holds, constant(bits), constant(0)) for holds, bits in conditions]
    return reduce(lambda left, right: call("bitOr", left, right), chosen)


def _lowest(steps: tuple[ast.Expr, ...]) -> ast.Expr:
    """The bit of the first step that holds, 0 without one."""
    pairs = [part for at, condition in enumerate(steps) for part in (condition, constant(1 << at))]
    return call("multiIf", *pairs, constant(0))


def _with_mixed(actors: ast.SelectQuery, layout: Layout) -> tuple[ast.SelectQuery, Layout]:
    """Mark the events at instants that hold events of several kinds; there, none excludes."""
    this, before = field("this"), field("before")
    previous = call("arrayPopBack", call("arrayPushFront", EVENTS, element(EVENTS, 1)))
    same_instant = call("equals", layout.of(this, AT), layout.of(before, AT))
    kinds = [(layout.of(this, part), layout.of(before, part)) for part in _kind_of(layout)]
    differs = ast.And((same_instant, any_of(call("notEquals", a, b) for a, b in kinds)))
    compared_rows = select(
        {
            "actor": field("actor"),
            "events": EVENTS,
            "begins": _neighbours(call("not", same_instant), previous),
            "changes": call("arrayCumSum", _neighbours(differs, previous)),
        },
        actors,
    )
    number, begins = field("number"), field("begins")
    # The changes counted at the first and at the last event of each instant.
    first = call("arrayFill", ast.Lambda(("number", "begins"), begins), field("changes"), begins)
    ends = call("arrayPopFront", call("arrayPushBack", begins, ONE))
    last = call(
        "arrayReverseFill", ast.Lambda(("number", "ends"), field("ends")), field("changes"), ends
    )
    spans = select(
        {"actor": field("actor"), "events": EVENTS, "first": first, "last": last}, compared_rows
    )
    is_mixed = call("notEquals", number, field("last_number"))
    changed = {IS_MIXED: is_mixed}
    if SPOILS in layout.parts:
        changed[SPOILS] = call("if", is_mixed, NOTHING, layout.of(this, SPOILS))
    mixed = ast.Lambda(("this", "number", "last_number"), layout.tuple(this, **changed))
    marked = call("arrayMap", mixed, EVENTS, field("first"), field("last"))
    found = select({"actor": field("actor"), "events": marked}, spans)
    return found, layout.with_parts(IS_MIXED)


def _kind_of(layout: Layout) -> list[str]:
    return [part for part in (STEPS, SPOILS) if part in layout.parts]


def _neighbours(condition: ast.Expr, previous: ast.Expr) -> ast.Expr:
    """1 for each event for which a condition on it and the event before holds, else 0."""
    marked = call("if", condition, constant(1), constant(0))
    return call("arrayMap", ast.Lambda(("this", "before"), marked), EVENTS, previous)
