"""The step that an event is taken for where steps may come in any order.

It is taken for the one that was not taken for the longest time. Steps that are the same take
turns; only where an event can be steps that differ the events are looked at one by one.
"""

from __future__ import annotations

from collections.abc import Mapping

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.nodes.series import EventsNode
from posthog_lite.query.runners.arrays import element, filled, is_there, mapped
from posthog_lite.query.runners.funnels.actor_events import EVENTS, SPOILS, STEPS, Layout
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.trees import any_of, select

SEEN, STATE, ONE_STEP = field("seen"), field("state"), field("step")
POSSIBLE, TAKEN = field("possible"), field("taken")
BIT, SPOIL, TURN, BEFORE = field("bit"), field("spoil"), field("turn"), field("before")
ZERO, ONE = constant(0), constant(1)


def preference(funnel: Funnel, step: int) -> tuple[int, int, int]:
    """The order in which steps take an event that can be several: the narrowest first."""
    series = funnel.query.series[step]
    is_any = isinstance(series, EventsNode) and series.event is None
    return int(is_any), -len(series.properties.members), step


def by_preference(funnel: Funnel) -> list[int]:
    """The steps, those first that are to take an event that can be several."""
    return sorted(range(funnel.steps), key=lambda step: preference(funnel, step))


def with_taken(
    funnel: Funnel,
    rows: ast.SelectQuery,
    layout: Layout,
    keys: Mapping[str, ast.Expr],
    arrays: Mapping[str, ast.Expr],
) -> ast.SelectQuery:
    """The rows with the arrays and `taken`: for each event the number of its step, from 1."""
    columns = {**keys, "events": EVENTS}
    steps = mapped(layout.of(SEEN, STEPS), seen=EVENTS)
    found = select({**columns, **arrays, "possible": steps}, rows)
    columns |= {name: field(name) for name in arrays}
    groups = _groups(funnel)
    turns = {f"turn_{at}": _turns(funnel, same) for at, same in enumerate(groups) if len(same) > 1}
    if not funnel.steps_overlap:
        return select({**columns, "taken": _by_group(groups, turns)}, found)
    overlaps = {"overlaps": _overlaps(funnel, groups)}
    found = select({**columns, "possible": POSSIBLE, **overlaps, **turns}, found)
    folded = ast.TupleAccess(_folded(funnel, layout), 2)
    taken = call("if", field("overlaps"), folded, _by_group(groups, turns))
    return select({**columns, "taken": taken}, found)


# Steps that are the same


def _groups(funnel: Funnel) -> list[list[int]]:
    """The steps, those together that have the same condition."""
    found: dict[ast.Expr, list[int]] = {}
    for step in by_preference(funnel):
        found.setdefault(funnel.step_conditions[step], []).append(step)
    return list(found.values())


def _is_of(steps: list[int]) -> ast.Expr:
    return call("equals", BIT, constant(sum(1 << step for step in steps)))


def _overlaps(funnel: Funnel, groups: list[list[int]]) -> ast.Expr:
    """True when an event can be steps of two groups, or excludes after its turn."""
    of_one = any_of((call("equals", BIT, ZERO), *map(_is_of, groups)))
    arrays = {"bit": POSSIBLE}
    if funnel.has_exclusions:
        taking_turns = any_of(_is_of(steps) for steps in groups if len(steps) > 1)
        of_one = ast.And((of_one, ast.Not(ast.And((is_there(SPOIL), taking_turns)))))
        arrays["spoil"] = field("spoiling")
    return call("arrayExists", ast.Lambda(tuple(arrays), ast.Not(of_one)), *arrays.values())


def _turns(funnel: Funnel, steps: list[int]) -> ast.Expr:
    """Return the number of events of a group, up to each event and since an exclusion."""
    ones = mapped(call("if", _is_of(steps), ONE, ZERO), bit=POSSIBLE)
    turns = call("arrayCumSum", ones)
    if not funnel.has_exclusions:
        return turns
    # One more, so that no events are not nothing.
    at_spoil = call("if", is_there(SPOIL), call("plus", TURN, ONE), ZERO)
    before = filled(mapped(at_spoil, turn=turns, spoil=field("spoiling")))
    since = call("minus", TURN, call("if", is_there(BEFORE), call("minus", BEFORE, ONE), ZERO))
    return mapped(since, turn=turns, before=before)


def _by_group(groups: list[list[int]], turns: Mapping[str, ast.Expr]) -> ast.Expr:
    """The step of each event that can be those of one group only."""
    pairs: list[ast.Expr] = []
    for at, steps in enumerate(groups):
        numbers = [constant(step + 1) for step in steps]
        chosen: ast.Expr = numbers[0]
        if len(steps) > 1:
            turn = call("modulo", call("minus", field(f"my_{at}"), ONE), constant(len(steps)))
            chosen = element(ast.Array(tuple(numbers)), call("plus", turn, ONE))
        pairs += [_is_of(steps), chosen]
    arrays = {name.replace("turn", "my"): field(name) for name in turns}
    step = call("_toInt8", call("multiIf", *pairs, ZERO))
    return mapped(step, bit=POSSIBLE, **arrays)


# Steps that overlap


def _folded(funnel: Funnel, layout: Layout) -> ast.Expr:
    """The steps in the order in which they were last taken, and the steps of all events."""
    # Event by event is slow: nothing is looked at where it is not needed.
    events = call("arrayFilter", ast.Lambda(("seen",), field("overlaps")), EVENTS)
    fresh = _numbers(by_preference(funnel))
    initial = call("tuple", fresh, call("arrayPopBack", _numbers([0])))
    after = ast.Lambda(("state", "seen"), _after(layout, fresh))
    return call("arrayFold", after, events, initial)


def _numbers(steps: list[int]) -> ast.Expr:
    return ast.Array(tuple(call("_toInt8", constant(step + 1)) for step in steps))


def _after(layout: Layout, fresh: ast.Expr) -> ast.Expr:
    """The state after an event, taken for the first of its steps."""
    order: ast.Expr = ast.TupleAccess(STATE, 1)
    taken = ast.TupleAccess(STATE, 2)
    can_be = call("bitTest", layout.of(SEEN, STEPS), call("minus", ONE_STEP, ONE))
    first = call("arrayFirst", ast.Lambda(("step",), can_be), order)
    if SPOILS in layout.parts:
        order = call("if", is_there(layout.of(SEEN, SPOILS)), fresh, order)
    is_other = ast.Lambda(("step",), call("notEquals", ONE_STEP, first))
    moved = call("arrayPushBack", call("arrayFilter", is_other, order), first)
    after = call("if", is_there(first), moved, order)
    return call("tuple", after, call("arrayPushBack", taken, first))
