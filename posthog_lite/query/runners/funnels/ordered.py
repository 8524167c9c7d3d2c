"""How far each actor gets when the steps come in order: one pass over the actor's events.

For each step the pass keeps the times of the attempt that got there, if several did the one that
started last: whatever another one can still reach, this one can too. With exclusions a second
pass looks for an attempt that came as far as the furthest one and is not spoilt.
"""

from __future__ import annotations

from collections.abc import Mapping

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.seen import (
    AT,
    EVENTS,
    IS_MIXED,
    SPOILS,
    STEPS,
    Layout,
    has_bit,
)
from posthog_lite.query.runners.funnels.walking import can_be_walked, walked_paths
from posthog_lite.query.trees import TRUE, all_of, select

STATE, SEEN, FURTHEST = field("state"), field("seen"), field("furthest")
NO_TIMES = call("emptyArrayInt64")
SKIPPED = call("_toInt64", constant(-1))


def ordered_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows' keys and `path`: the times of the steps done in the first furthest attempt."""
    if can_be_walked(funnel):
        return walked_paths(funnel, rows, layout, keys)
    scan = Scan(funnel, layout)
    state = call("arrayFold", ast.Lambda(("state", "seen"), scan.after), EVENTS, scan.initial)
    if not funnel.has_exclusions:
        return select({**keys, "path": scan.best}, select({**keys, "state": state}, rows))
    reached = select({**keys, "events": EVENTS, "state": state}, rows)
    furthest = select({**keys, "events": EVENTS, "furthest": call("length", scan.best)}, reached)
    return _unspoilt_paths(funnel, furthest, layout, keys)


def _unspoilt_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    scan = Spoiling(funnel, layout)
    state = call("arrayFold", ast.Lambda(("state", "seen"), scan.after), EVENTS, scan.initial)
    began = call("greater", FURTHEST, constant(0))
    folded = select({**keys, "furthest": FURTHEST, "state": state}, rows, where=[began])
    return select({**keys, "path": scan.best}, folded)


class Scan:
    """The state of the pass: the times by step, and the best attempt so far.

    `best` looks at what the event before brought, so that nothing is computed twice.
    """

    def __init__(self, funnel: Funnel, layout: Layout) -> None:
        self.funnel = funnel
        self.layout = layout
        self.steps = range(1, funnel.depth + 1)

    @property
    def initial(self) -> ast.Expr:
        """The state before the first event."""
        return call("tuple", *[NO_TIMES] * (self.funnel.depth + 1))

    @property
    def after(self) -> ast.Expr:
        """The state after an event."""
        return call("tuple", *map(self.times_after, self.steps), self.best)

    @property
    def best(self) -> ast.Expr:
        """The longest attempt so far; among equals the one that came first."""
        known = self.part(self.funnel.depth + 1)
        pairs = []
        for step in reversed(self.steps):
            times = self.times(step)
            is_longer = call("less", call("length", known), constant(step))
            pairs += [ast.And((call("notEmpty", times), is_longer)), times]
        return call("multiIf", *pairs, known)

    def part(self, number: int) -> ast.Expr:
        """A part of the state."""
        return ast.TupleAccess(STATE, number)

    def times(self, step: int) -> ast.Expr:
        """The times of the attempt that has done so many steps."""
        return self.part(step)

    def of(self, part: str) -> ast.Expr:
        """A part of the event."""
        return self.layout.of(SEEN, part)

    def in_window(self, start: ast.Expr) -> ast.Expr:
        """The event comes in time for an attempt."""
        elapsed = call("minus", self.of(AT), start)
        return call("lessOrEquals", elapsed, constant(self.funnel.window))

    def is_step(self, step: int) -> ast.Expr:
        """The event can be the step with this number, counted from 1."""
        return has_bit(self.of(STEPS), step - 1)

    def start(self, step: int) -> ast.Expr:
        """The start of the attempt that has done so many steps, 0 without one."""
        return start_of(self.times(step))

    def times_after(self, step: int) -> ast.Expr:
        """The times of the attempt that has done so many steps, after the event."""
        if step == 1:
            begun = ast.Array((self.of(AT),))
            return call("if", self.is_step(1), begun, self.kept(1))
        source = self.source(step)
        advances = all_of(
            (
                self.is_step(step),
                self.may_advance(step),
                call("notEmpty", source),
                self.in_window(start_of(source)),
                # The attempt has been here already.
                call("notEquals", self.start(step), start_of(source)),
            )
        )
        longer = call("arrayPushBack", source, self.of(AT))
        return call("if", advances, longer, self.kept(step))

    def may_advance(self, step: int) -> ast.Expr:
        """The event can bring attempts to the step, if it is the step."""
        return TRUE

    def source(self, step: int) -> ast.Expr:
        """The attempt that comes to a step: from the step before, or past optional ones."""
        found = [self._skipping(step, step - 1)]
        before = step - 1
        while before > 1 and self.funnel.query.series[before - 1].optional_in_funnel:
            before -= 1
            found.append(self._skipping(step, before))
        if len(found) == 1:
            return self.times(step - 1)
        # The one that started last; among equals the one that did more steps.
        return ast.TupleAccess(call("arrayMax", ast.Array(tuple(found))), 3)

    def _skipping(self, step: int, before: int) -> ast.Expr:
        times = self.times(before)
        skipped = ast.Array((SKIPPED,) * (step - 1 - before)) if step - 1 > before else NO_TIMES
        path = call("if", call("empty", times), NO_TIMES, call("arrayConcat", times, skipped))
        return call("tuple", start_of(times), constant(before), path)

    def kept(self, step: int) -> ast.Expr:
        """The times after an event that is not the next step; a strict funnel drops them."""
        if not self.funnel.is_strict:
            return self.times(step)
        stays: ast.Expr = ast.Or((self.of(IS_MIXED), self.is_step(step)))
        if step < self.funnel.depth:
            has_gone_on = call("equals", self.start(step), self.start(step + 1))
            stays = ast.And((stays, ast.Not(has_gone_on)))
        return call("if", stays, self.times(step), NO_TIMES)


class Spoiling(Scan):
    """The pass with exclusions, for attempts that come to the step `furthest` and no further.

    A spoilt attempt leaves its start with the sign changed: it is in no window any more and does
    not come to the step again. Behind the times by step stand the best attempt, and whether an
    event has ended it, which only strictness does: then exclusions do not matter any more.
    """

    @property
    def initial(self) -> ast.Expr:
        """The state before the first event."""
        return call("tuple", *[NO_TIMES] * (self.funnel.depth + 1), constant(False))

    @property
    def after(self) -> ast.Expr:
        """The state after an event."""
        times = map(self.times_after, self.steps)
        return call("tuple", *times, self._best_after, self._is_over_after)

    @property
    def best(self) -> ast.Expr:
        """The first attempt that came so far, unless it is spoilt."""
        known = self.part(self.funnel.depth + 1)
        reached = []
        for step in self.steps:
            is_clean = call("greater", start_of(self.times(step)), constant(0))
            is_furthest = call("equals", FURTHEST, constant(step))
            reached += [ast.And((is_furthest, is_clean)), self.times(step)]
        return call("if", call("empty", known), call("multiIf", *reached, NO_TIMES), known)

    @property
    def _best_after(self) -> ast.Expr:
        spoils = call("bitTest", self.of(SPOILS), FURTHEST)
        hit = ast.And((spoils, self.in_window(start_of(self.best)), ast.Not(self._is_over)))
        return call("if", hit, NO_TIMES, self.best)

    @property
    def _is_over(self) -> ast.Expr:
        known = call("notEmpty", self.part(self.funnel.depth + 1))
        return ast.And((known, self.part(self.funnel.depth + 2)))

    @property
    def _is_over_after(self) -> ast.Expr:
        if not self.funnel.is_strict:
            return constant(False)
        last_step = call("minus", FURTHEST, constant(1))
        goes_on = ast.Or((self.of(IS_MIXED), call("bitTest", self.of(STEPS), last_step)))
        ended = ast.Or((self._is_over, ast.Not(goes_on)))
        return ast.And((call("notEmpty", self.best), ended))

    def may_advance(self, step: int) -> ast.Expr:
        """The event does not spoil the attempts that come to the step."""
        return ast.Not(has_bit(self.of(SPOILS), step - 1))

    def kept(self, step: int) -> ast.Expr:
        """The times after an event that is not the next step; an exclusion forgets them."""
        kept = super().kept(step)
        times = self.times(step)
        hit = ast.And((has_bit(self.of(SPOILS), step), self.in_window(start_of(times))))
        spoilt = ast.Array((call("negate", start_of(times)),))
        return call("if", hit, spoilt, kept)

    def start(self, step: int) -> ast.Expr:
        """The start of the attempt that has done so many steps, spoilt or not."""
        return call("abs", start_of(self.times(step)))


def start_of(times: ast.Expr) -> ast.Expr:
    """The time of the first step, 0 without one."""
    return element(times, 1)
