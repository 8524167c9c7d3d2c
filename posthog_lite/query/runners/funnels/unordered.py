"""How many steps each actor does in any order: one pass, then a look at the window it found.

The pass keeps the last time of each step. At every event the steps within the window that ends
there are counted: some window with the most steps ends at an event. An exclusion forgets the
steps before it; a window that is not complete counts only if it begins too early for the next
exclusion to fall into the time it was given.
"""

from __future__ import annotations

from collections.abc import Mapping

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.nodes.series import EventsNode
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.seen import (
    AT,
    BUCKET,
    EVENTS,
    NEXT_SPOIL,
    NOTHING,
    SPOILS,
    STEPS,
    Layout,
    has_bit,
)
from posthog_lite.query.trees import select

STATE, SEEN = field("state"), field("seen")
NEVER = call("_toInt64", constant(-(2**62)))
LATEST = call("_toInt64", constant(2**62))


def unordered_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows' keys and `path`: the times of the steps done, earliest first.

    With a `bucket` among the keys only attempts that begin in it count.
    """
    if funnel.has_exclusions:
        rows, layout = _with_next_spoil(rows, layout, keys)
    scan = AnyOrder(funnel, layout)
    state = call("arrayFold", ast.Lambda(("state", "seen"), scan.after), EVENTS, scan.initial)
    folded = select({**keys, "events": EVENTS, "state": state}, rows)
    in_window = ast.Lambda(("seen",), scan.is_in_best_window)
    windows = select(
        {**keys, "done": scan.done, "events": call("arrayFilter", in_window, EVENTS)},
        folded,
        where=[call("notEquals", scan.done, NOTHING)],
    )
    return _paths(funnel, windows, layout, keys)


class AnyOrder:
    """The state of the pass: last times by step, last time of a beginning, the best window."""

    def __init__(self, funnel: Funnel, layout: Layout) -> None:
        self.funnel = funnel
        self.layout = layout
        self.steps = range(funnel.steps)

    @property
    def initial(self) -> ast.Expr:
        """The state before the first event."""
        return call("tuple", *[NEVER] * (self.funnel.steps + 2), NOTHING, NEVER, NEVER, NEVER)

    @property
    def after(self) -> ast.Expr:
        """The state after an event."""
        last = [self.last_after(step) for step in self.steps]
        complete, partial = self.begun_after()
        in_window = [self.is_in_window(time) for time in last]
        count = call("_toInt64", call("arraySum", ast.Array(tuple(in_window))))
        is_complete = ast.And(
            (call("equals", count, constant(self.funnel.steps)), self.is_in_window(complete))
        )
        counts = ast.Or((is_complete, self.is_in_window(partial)))
        is_better = ast.And((call("greater", count, self.done), counts))
        best = [(self.done, count), (self.end, self.of(AT)), (self.cut, self.last_spoil_after())]
        chosen = [call("if", is_better, new, old) for old, new in best]
        return call("tuple", *last, complete, partial, *chosen, self.last_spoil_after())

    def part(self, number: int) -> ast.Expr:
        """A part of the state."""
        return ast.TupleAccess(STATE, number)

    @property
    def done(self) -> ast.Expr:
        """The number of steps in the best window."""
        return self.part(self.funnel.steps + 3)

    @property
    def end(self) -> ast.Expr:
        """The time of the event at which the best window ends."""
        return self.part(self.funnel.steps + 4)

    @property
    def cut(self) -> ast.Expr:
        """The time of the last exclusion before the best window's end."""
        return self.part(self.funnel.steps + 5)

    @property
    def last_spoil(self) -> ast.Expr:
        """The time of the last exclusion."""
        return self.part(self.funnel.steps + 6)

    def of(self, part: str) -> ast.Expr:
        """A part of the event."""
        return self.layout.of(SEEN, part)

    @property
    def is_in_best_window(self) -> ast.Expr:
        """True for the events of the best window."""
        start = call("minus", self.end, constant(self.funnel.window))
        found: tuple[ast.Expr, ...] = (
            call("greaterOrEquals", self.of(AT), start),
            call("lessOrEquals", self.of(AT), self.end),
            call("greater", self.of(AT), self.cut),
        )
        return ast.And(found)

    def is_in_window(self, time: ast.Expr) -> ast.Expr:
        """True when a time lies in the window that ends at the event."""
        start = call("minus", self.of(AT), constant(self.funnel.window))
        return call("greaterOrEquals", time, start)

    @property
    def is_spoil(self) -> ast.Expr:
        """The event is an exclusion."""
        return call("notEquals", self.of(SPOILS), constant(0))

    def unless_spoilt(self, time: ast.Expr) -> ast.Expr:
        """A time, forgotten when the event is an exclusion."""
        return call("if", self.is_spoil, NEVER, time) if self.funnel.has_exclusions else time

    def last_after(self, step: int) -> ast.Expr:
        """The last time of a step, after the event."""
        return call("if", self.takes(step), self.of(AT), self.unless_spoilt(self.part(step + 1)))

    def takes(self, step: int) -> ast.Expr:
        """The event is taken for the step: of those it can be, for the one longest ago."""
        can_be = has_bit(self.of(STEPS), step)
        if not self.funnel.steps_overlap:
            return can_be
        others = [self._is_before(step, other) for other in self.steps if other != step]
        return ast.And((can_be, *others))

    def _is_before(self, step: int, other: int) -> ast.Expr:
        mine, others = self.part(step + 1), self.part(other + 1)
        wins_ties = preference(self.funnel, step) < preference(self.funnel, other)
        earlier = call("lessOrEquals" if wins_ties else "less", mine, others)
        return ast.Or((ast.Not(has_bit(self.of(STEPS), other)), earlier))

    def begun_after(self) -> tuple[ast.Expr, ast.Expr]:
        """The last times at which a complete and a partial attempt may have begun."""
        is_step = call("notEquals", self.of(STEPS), constant(0))
        begins = ast.And((is_step, self._is_in_bucket())) if self.funnel.has_buckets else is_step
        complete = self._if_begins(begins, self.part(self.funnel.steps + 1))
        lasting = begins
        if self.funnel.has_exclusions:
            lasting = ast.And((begins, self._is_left_alone()))
        return complete, self._if_begins(lasting, self.part(self.funnel.steps + 2))

    def _if_begins(self, begins: ast.Expr, known: ast.Expr) -> ast.Expr:
        return call("if", begins, self.of(AT), self.unless_spoilt(known))

    def _is_in_bucket(self) -> ast.Expr:
        return call("equals", self.of(BUCKET), field("bucket"))

    def _is_left_alone(self) -> ast.Expr:
        """No exclusion follows within the window that the event begins."""
        until = call("plus", self.of(AT), constant(self.funnel.window))
        return call("greater", self.of(NEXT_SPOIL), until)

    def last_spoil_after(self) -> ast.Expr:
        """The time of the last exclusion, after the event."""
        if not self.funnel.has_exclusions:
            return self.last_spoil
        before = call("minus", self.of(AT), constant(1))
        return call("if", self.is_spoil, before, self.last_spoil)


def preference(funnel: Funnel, step: int) -> tuple[int, int, int]:
    """The order in which steps take an event that can be several: the narrowest first."""
    series = funnel.query.series[step]
    is_any = isinstance(series, EventsNode) and series.event is None
    return int(is_any), -len(series.properties.members), step


def _with_next_spoil(
    rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> tuple[ast.SelectQuery, Layout]:
    """Each event with the time of the exclusion that follows."""
    spoils = call("notEquals", layout.of(SEEN, SPOILS), constant(0))
    time = call("if", spoils, layout.of(SEEN, AT), LATEST)
    times = call("arrayMap", ast.Lambda(("seen",), time), EVENTS)
    known = call("notEquals", field("time"), LATEST)
    filled = call("arrayReverseFill", ast.Lambda(("time",), known), times)
    following = call("arrayPopFront", call("arrayPushBack", filled, LATEST))
    with_next = ast.Lambda(("seen", "next"), layout.tuple(SEEN, next_spoil=field("next")))
    events = call("arrayMap", with_next, EVENTS, following)
    return select({**keys, "events": events}, rows), layout.with_parts(NEXT_SPOIL)


def _paths(
    funnel: Funnel, windows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The earliest time of each step in the window; no event is taken for two steps."""
    order = sorted(range(funnel.steps), key=lambda step: preference(funnel, step))
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
