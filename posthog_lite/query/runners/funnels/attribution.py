"""Attribution: the breakdown value that an actor counts for, and the events under it."""

from __future__ import annotations

from collections.abc import Callable

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.nodes.funnels import Attribution
from posthog_lite.query.runners.arrays import unfolded
from posthog_lite.query.runners.funnels.actor_events import EVENTS, STEPS, VALUE, Layout, has_bit
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.trees import select

SEEN, ACTOR = field("seen"), field("actor")


def attributed(funnel: Funnel, actors: ast.SelectQuery, layout: Layout) -> ast.SelectQuery:
    """Rows of `actor, value, events`, one for each value that an actor counts for."""
    if not funnel.has_breakdown:
        return select({"actor": ACTOR, "value": constant(""), "events": EVENTS}, actors)
    kind = funnel.query.attribution
    if kind in (Attribution.FIRST_TOUCH, Attribution.LAST_TOUCH):
        columns = {"actor": ACTOR, "value": _touched(funnel, layout), "events": EVENTS}
        return select(columns, actors)
    rows = _one_for_each_value(funnel, actors, layout)
    keep = _kept_of(funnel)
    return select({"actor": ACTOR, "value": field("value"), "events": keep(funnel, layout)}, rows)


def _touched(funnel: Funnel, layout: Layout) -> ast.Expr:
    """The first or last value that is not empty, of the events that can be steps."""
    pick = "arrayFirst" if funnel.query.attribution is Attribution.FIRST_TOUCH else "arrayLast"
    value = layout.of(SEEN, VALUE)
    empty = funnel.no_value
    counts = ast.And((_is_step(layout), call("notEquals", value, empty)))
    found = layout.of(call(pick, ast.Lambda(("seen",), counts), EVENTS), VALUE)
    return call("if", call("empty", found), empty, found)


def _is_step(layout: Layout) -> ast.Expr:
    return call("notEquals", layout.of(SEEN, STEPS), constant(0))


def _one_for_each_value(funnel: Funnel, actors: ast.SelectQuery, layout: Layout) -> ast.SelectQuery:
    step = None if funnel.is_unordered else funnel.attribution_step
    counts = _is_step(layout) if step is None else has_bit(layout.of(SEEN, STEPS), step)
    carriers = call("arrayFilter", ast.Lambda(("seen",), counts), EVENTS)
    values = call("arrayMap", ast.Lambda(("seen",), layout.of(SEEN, VALUE)), carriers)
    distinct = call("arrayDistinct", values)
    found = select({"actor": ACTOR, "events": EVENTS, "found": distinct}, actors)
    columns = {"actor": ACTOR, "events": EVENTS, "value": field("value")}
    return unfolded(found, "value", field("found"), columns)


def _carries_value(layout: Layout) -> ast.Expr:
    return call("equals", layout.of(SEEN, VALUE), field("value"))


def _kept_of(funnel: Funnel) -> Callable[[Funnel, Layout], ast.Expr]:
    """Return what gives the events that count under a value."""
    if funnel.query.attribution is Attribution.ALL_EVENTS:
        return _carrying
    return _from_first if funnel.is_unordered else _without_step


def _carrying(_funnel: Funnel, layout: Layout) -> ast.Expr:
    """Return the events that carry the value, exclusions and others included."""
    return call("arrayFilter", ast.Lambda(("seen",), _carries_value(layout)), EVENTS)


def _from_first(_funnel: Funnel, layout: Layout) -> ast.Expr:
    """The events from the first step that carries the value: any step may come first."""
    begins = ast.And((_is_step(layout), _carries_value(layout)))
    first = call("arrayFirstIndex", ast.Lambda(("seen",), begins), EVENTS)
    return call("arraySlice", EVENTS, first)


def _without_step(funnel: Funnel, layout: Layout) -> ast.Expr:
    """Events that carry another value are not the step whose value counts."""
    others = ~(1 << (funnel.attribution_step or 0)) & ((1 << funnel.steps) - 1)
    steps = layout.of(SEEN, STEPS)
    kept = call("if", _carries_value(layout), steps, call("bitAnd", steps, constant(others)))
    return call("arrayMap", ast.Lambda(("seen",), layout.tuple(SEEN, steps=kept)), EVENTS)
