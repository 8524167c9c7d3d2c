"""The number of steps that each actor does in any order, found along whole arrays.

For each event the last time of each step up to it: the steps whose time lies within the window
that ends with the event are those done in it, and some window with the most steps ends with an
event. An exclusion forgets the steps before it; a window that is not complete counts only if it
begins too early for the next exclusion to fall into the time it was given.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.runners.arrays import element, filled, is_there, mapped, one_earlier
from posthog_lite.query.runners.funnels.actor_events import (
    AT,
    BUCKET,
    EVENTS,
    SPOILS,
    STEPS,
    Layout,
    has_bit,
)
from posthog_lite.query.runners.funnels.assignment import TAKEN, by_preference, with_taken
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.trees import all_of, select

SEEN = field("seen")
TIMES, SPOILING = field("times"), field("spoiling")
COUNTS, DONE, UNTIL, CUT = field("counts"), field("done"), field("until"), field("cut")
# The names within lambdas: one element of each array.
TIME, ONE_STEP, SPOIL, NEXT = field("time"), field("step"), field("spoil"), field("next")
ZERO, ONE = constant(0), constant(1)
NEVER = call("_toInt64", constant(-(2**62)))
LATEST = call("_toInt64", constant(2**62))


def unordered_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows' keys and `path`: the times of the steps done, earliest first.

    With a `bucket` among the keys only attempts that begin in it count.
    """
    parts = {"times": AT} | ({"spoiling": SPOILS} if funnel.has_exclusions else {})
    arrays = {name: mapped(layout.of(SEEN, part), seen=EVENTS) for name, part in parts.items()}
    found = with_taken(funnel, rows, layout, keys, arrays)
    kept = {**keys, "events": EVENTS, **{name: field(name) for name in arrays}}
    lasts = {f"last_{step}": _last_times(funnel, step) for step in range(funnel.steps)}
    begun = _begun(funnel, layout)
    found = select({**kept, **lasts, **begun}, found)
    kept |= {name: field(name) for name in begun}
    counts = _counts(funnel)
    found = select({**kept, "counts": _that_count(funnel, counts) if begun else counts}, found)
    found = select({**kept, "counts": COUNTS, "done": call("arrayMax", COUNTS)}, found)
    windows = select(
        {**keys, "events": EVENTS, "until": _until(), "cut": _cut(funnel)},
        found,
        where=[call("greater", DONE, ZERO)],
    )
    inside = call("arrayFilter", ast.Lambda(("seen",), _is_inside(funnel, layout)), EVENTS)
    return _paths(funnel, select({**keys, "events": inside}, windows), layout, keys)


# Windows


def _unless_spoilt(funnel: Funnel, holds: ast.Expr) -> ast.Expr:
    """The time of an event for which a condition holds, never at an exclusion, else nothing."""
    other: ast.Expr = ZERO
    if funnel.has_exclusions:
        other = call("if", is_there(SPOIL), NEVER, ZERO)
    return call("if", holds, TIME, other)


def _last_times(funnel: Funnel, step: int) -> ast.Expr:
    """The last time of a step, up to each event."""
    taken = call("equals", ONE_STEP, constant(step + 1))
    arrays = {"time": TIMES, "step": TAKEN} | _spoil_of(funnel)
    return filled(mapped(_unless_spoilt(funnel, taken), **arrays))


def _spoil_of(funnel: Funnel) -> dict[str, ast.Expr]:
    return {"spoil": SPOILING} if funnel.has_exclusions else {}


def _in_window(funnel: Funnel, time: ast.Expr) -> ast.Expr:
    """True when a time lies in the window that ends with the event."""
    in_time = call("lessOrEquals", call("minus", TIME, time), constant(funnel.window))
    return ast.And((is_there(time), in_time))


def _counts(funnel: Funnel) -> ast.Expr:
    """The number of steps in the window that ends with each event."""
    lasts = {f"step_{step}": field(f"last_{step}") for step in range(funnel.steps)}
    done = [call("if", _in_window(funnel, field(name)), ONE, ZERO) for name in lasts]
    return mapped(reduce(lambda a, b: call("plus", a, b), done), time=TIMES, **lasts)


def _begun(funnel: Funnel, layout: Layout) -> dict[str, ast.Expr]:
    """The last times up to each event at which an attempt may have begun, if that matters.

    `alone` are those with no exclusion in the time that they were given.
    """
    if not (funnel.has_buckets or funnel.has_exclusions):
        return {}
    begins = [is_there(ONE_STEP)]
    arrays = {"time": TIMES, "step": TAKEN} | _spoil_of(funnel)
    if funnel.has_buckets:
        begins.append(call("equals", field("own"), field("bucket")))
        arrays["own"] = mapped(layout.of(SEEN, BUCKET), seen=EVENTS)
    found = {"begun": filled(mapped(_unless_spoilt(funnel, all_of(begins)), **arrays))}
    if funnel.has_exclusions:
        begins.append(call("greater", NEXT, call("plus", TIME, constant(funnel.window))))
        arrays["next"] = _next_spoils()
        found["alone"] = filled(mapped(_unless_spoilt(funnel, all_of(begins)), **arrays))
    return found


def _next_spoils() -> ast.Expr:
    """The time of the exclusion that follows each event."""
    times = mapped(call("if", is_there(SPOIL), TIME, LATEST), time=TIMES, spoil=SPOILING)
    known = ast.Lambda(("time",), call("notEquals", TIME, LATEST))
    return one_earlier(call("arrayReverseFill", known, times), LATEST)


def _that_count(funnel: Funnel, counts: ast.Expr) -> ast.Expr:
    """The counts, 0 for windows that an attempt may not have."""
    count = field("count")
    arrays = {"count": counts, "time": TIMES, "start": field("begun")}
    holds = _in_window(funnel, field("start"))
    if funnel.has_exclusions:
        is_complete = call("equals", count, constant(funnel.steps))
        holds = ast.Or((ast.And((is_complete, holds)), _in_window(funnel, field("lasting"))))
        arrays["lasting"] = field("alone")
    return mapped(call("if", holds, count, ZERO), **arrays)


def _best() -> ast.Expr:
    """The place of the event at which the first window with the most steps ends."""
    return call("indexOf", COUNTS, DONE)


def _until() -> ast.Expr:
    return element(TIMES, _best())


def _cut(funnel: Funnel) -> ast.Expr:
    """The time that the events of the best window come after: that of the last exclusion."""
    if not funnel.has_exclusions:
        return NEVER
    before = call("if", is_there(SPOIL), call("minus", TIME, ONE), NEVER)
    cuts = mapped(before, time=TIMES, spoil=SPOILING)
    is_known = ast.Lambda(("time",), call("notEquals", TIME, NEVER))
    return element(call("arrayFill", is_known, cuts), _best())


def _is_inside(funnel: Funnel, layout: Layout) -> ast.Expr:
    """True for the events of the best window."""
    at = layout.of(SEEN, AT)
    start = call("minus", UNTIL, constant(funnel.window))
    after = (call("greaterOrEquals", at, start), call("greater", at, CUT))
    return ast.And((*after, call("lessOrEquals", at, UNTIL)))


# Paths
def _paths(
    funnel: Funnel, windows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The earliest time of each step in the window; no event is taken for two steps."""
    order = by_preference(funnel)
    if not funnel.steps_overlap:
        times: ast.Expr = ast.Array(
            tuple(_time_at(_first_index(layout, step), layout) for step in order)
        )
        return _sorted_path(windows, keys, times)
    found = select({**keys, "events": EVENTS, "times": call("emptyArrayInt64")}, windows)
    for step in order:
        found = _step_taken(step, found, layout, keys)
    return _sorted_path(found, keys, field("times"))


def _first_index(layout: Layout, step: int) -> ast.Expr:
    can_be = ast.Lambda(("seen",), has_bit(layout.of(SEEN, STEPS), step))
    return call("arrayFirstIndex", can_be, EVENTS)


def _time_at(index: ast.Expr, layout: Layout) -> ast.Expr:
    time = layout.of(element(EVENTS, index), AT)
    return call("if", call("equals", index, constant(0)), NEVER, time)


def _step_taken(
    step: int, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows with the time of a step added, and its event taken out of the events."""
    index = _first_index(layout, step)
    others = ast.Lambda(("seen", "number"), call("notEquals", field("number"), field("index")))
    indexed = select({**keys, "events": EVENTS, "times": field("times"), "index": index}, rows)
    return select(
        {
            **keys,
            "events": call("arrayFilter", others, EVENTS, call("arrayEnumerate", EVENTS)),
            "times": call("arrayPushBack", field("times"), _time_at(field("index"), layout)),
        },
        indexed,
    )


def _sorted_path(
    rows: ast.SelectQuery, keys: Mapping[str, ast.Expr], times: ast.Expr
) -> ast.SelectQuery:
    is_done = ast.Lambda(("time",), call("notEquals", field("time"), NEVER))
    return select({**keys, "path": call("arraySort", call("arrayFilter", is_done, times))}, rows)
