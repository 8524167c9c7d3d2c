"""The last step that each actor reaches in order.

Step by step over whole arrays: for each step the start of the attempt that comes to it with each
event, 0 where none does. Of several attempts at a step the one that started last goes on: whatever
another one can still reach, this one can too. An exclusion ends the attempts that stand where it
spoils; in a strict funnel so does each event that is not the step at which they stand.
"""

from __future__ import annotations

from collections.abc import Mapping

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.runners.arrays import (
    IS_THERE,
    element,
    filled,
    is_there,
    mapped,
    one_earlier,
    one_later,
)
from posthog_lite.query.runners.funnels.actor_events import (
    AT,
    EVENTS,
    IS_MIXED,
    SPOILS,
    STEPS,
    Layout,
    has_bit,
)
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.trees import all_of, any_of, select

ZERO, ONE = constant(0), constant(1)
SKIPPED = constant(-1)
LATEST = constant(2**62)
TIMES, BITS, SPOILING, MIXED = field("times"), field("bits"), field("spoiling"), field("mixed")
FURTHEST, ARRIVED = field("furthest"), field("arrived")
FIRST, PLACES = field("first"), field("places")
# The names within lambdas: one element of each array.
SEEN, TIME, BIT, SPOIL = field("seen"), field("time"), field("bit"), field("spoil")
START, PLACE, BEFORE, CAME = field("start"), field("place"), field("before"), field("came")


def knows_void(funnel: Funnel) -> bool:
    """Return whether the rows of `walked_paths` have the column `is_void`."""
    return funnel.has_buckets and funnel.has_exclusions and not funnel.is_unordered


def walked_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows' keys and `path`: the times of the steps done in the first furthest attempt.

    In buckets also `is_void`: an exclusion came before the furthest step, in every attempt.
    """
    parts = {"times": AT, "bits": STEPS} | ({"spoiling": SPOILS} if funnel.has_exclusions else {})
    parts |= {"mixed": IS_MIXED} if funnel.is_strict else {}
    columns = {name: mapped(layout.of(SEEN, part), seen=EVENTS) for name, part in parts.items()}
    found = select({**keys, **columns}, rows)
    kept = {**keys, **{name: field(name) for name in parts}}
    for step in range(1, funnel.depth + 1):
        columns = {f"step_{step}": _starts(funnel, step, "step")}
        if funnel.has_exclusions:
            columns[f"clean_{step}"] = _starts(funnel, step, "clean")
        found = select({**kept, **columns}, found)
        kept |= {name: field(name) for name in columns}
    found = select({**kept, "furthest": _furthest(funnel)}, found)
    kept |= {"furthest": FURTHEST}
    found = select({**kept, "arrived": _arrived(funnel)}, found)
    found = select({**kept, "arrived": ARRIVED, "first": _first(funnel)}, found)
    void = {"is_void": _is_void()} if knows_void(funnel) else {}
    found = select({**keys, **void, "times": TIMES, "places": _places_of(funnel)}, found)
    void = {name: field(name) for name in void}
    return select({**keys, **void, "path": _path(funnel)}, found)


def _places() -> ast.Expr:
    return call("arrayEnumerate", TIMES)


# Attempts


def _starts(funnel: Funnel, step: int, name: str) -> ast.Expr:
    """The starts of attempts that come to a step; those by the name of clean are not spoilt."""
    if step == 1:
        return mapped(call("if", has_bit(BIT, 0), TIME, ZERO), time=TIMES, bit=BITS)
    arrays = {"time": TIMES, "bit": BITS, "start": _source(funnel, step, name)}
    conditions = [has_bit(BIT, step - 1), is_there(START), _in_time(funnel)]
    if name == "clean":
        conditions.append(ast.Not(has_bit(SPOIL, step - 1)))
        arrays["spoil"] = SPOILING
    return mapped(call("if", all_of(conditions), START, ZERO), **arrays)


def _steps_before(funnel: Funnel, step: int) -> list[int]:
    """The steps from which a step can be done: the one before, and those before optional ones."""
    found = [step - 1]
    while found[-1] > 1 and funnel.query.series[found[-1] - 1].optional_in_funnel:
        found.append(found[-1] - 1)
    return found


def _source(funnel: Funnel, step: int, name: str) -> ast.Expr:
    """The start of the attempt that stands where a step can be done, before each event.

    It is the one at the nearest step, unless that comes too late, and spoilt if it is spoilt there.
    """
    *nearer, furthest = _steps_before(funnel, step)
    source = one_later(_standing(funnel, furthest, name))
    for before in reversed(nearer):
        elapsed = call("minus", TIME, CAME)
        in_time = call("lessOrEquals", elapsed, constant(funnel.window))
        source = mapped(
            call("if", ast.And((is_there(CAME), in_time)), START, BEFORE),
            time=TIMES,
            came=one_later(_standing(funnel, before, "step")),
            start=one_later(_standing(funnel, before, name)),
            before=source,
        )
    return source


def _in_time(funnel: Funnel) -> ast.Expr:
    return call("lessOrEquals", call("minus", TIME, START), constant(funnel.window))


def _standing(funnel: Funnel, step: int, name: str) -> ast.Expr:
    """The start of the attempt that stands at a step after each event."""
    arrays = {"place": _places()}
    ends = []
    if funnel.is_strict:
        ends.append(_breaks(has_bit(BIT, step - 1)))
        arrays |= {"bit": BITS, "mixed": MIXED}
    if name == "clean":
        ends.append(has_bit(SPOIL, step))
        arrays["spoil"] = SPOILING
    if not ends:
        return filled(field(f"{name}_{step}"))
    starts: ast.Expr = field(f"{name}_{step}")
    # At one instant several attempts begin that have the same start.
    starts = starts if step == 1 else _at_first(starts)
    ended = mapped(call("if", any_of(ends), PLACE, ZERO), **arrays)
    came = mapped(call("if", is_there(START), PLACE, ZERO), start=starts, place=_places())
    is_still = call("greaterOrEquals", CAME, PLACE)
    return mapped(
        call("if", is_still, START, ZERO),
        start=filled(starts),
        came=filled(came),
        place=filled(ended),
    )


def _breaks(is_step: ast.Expr) -> ast.Expr:
    """An event that a strict attempt does not stand: another kind, at an instant of its own."""
    return ast.Not(ast.Or((field("mixed"), is_step)))


def _at_first(starts: ast.Expr) -> ast.Expr:
    """The starts without those that came to the step before: once gone they do not return."""
    is_new = call("notEquals", START, BEFORE)
    return mapped(call("if", is_new, START, ZERO), start=starts, before=one_later(filled(starts)))


def _furthest(funnel: Funnel) -> ast.Expr:
    """The number of steps done by the attempt that came furthest."""
    pairs: list[ast.Expr] = []
    for step in reversed(range(1, funnel.depth + 1)):
        pairs += [call("arrayExists", IS_THERE, field(f"step_{step}")), constant(step)]
    return call("multiIf", *pairs, ZERO)


def _arrived(funnel: Funnel) -> ast.Expr:
    """The starts of the attempts that came to the furthest step."""
    pairs: list[ast.Expr] = []
    for step in range(2, funnel.depth + 1):
        is_it = call("equals", FURTHEST, constant(step))
        pairs += [is_it, field(f"{_name(funnel)}_{step}")]
    return call("multiIf", *pairs, field(f"{_name(funnel)}_1"))


def _name(funnel: Funnel) -> str:
    return "clean" if funnel.has_exclusions else "step"


def _first(funnel: Funnel) -> ast.Expr:
    """The start of the first furthest attempt, 0 where it is spoilt."""
    return (
        _unspoilt_first(funnel) if funnel.has_exclusions else call("arrayFirst", IS_THERE, ARRIVED)
    )


# Exclusions


def _unspoilt_first(funnel: Funnel) -> ast.Expr:
    """The first attempt that came furthest and was not spoilt within its window after that."""
    spoils = call("bitTest", SPOIL, FURTHEST)
    times = mapped(call("if", spoils, TIME, ZERO), time=TIMES, spoil=SPOILING)
    elapsed = call("minus", TIME, START)
    is_late = call("greater", elapsed, constant(funnel.window))
    is_left_alone: list[ast.Expr] = [call("equals", TIME, ZERO), is_late]
    has_begun = call("equals", FURTHEST, ONE)
    starts = call("if", has_begun, ARRIVED, _at_first(ARRIVED))
    arrays = {"start": starts, "time": _following(times)}
    if funnel.is_strict:
        places = mapped(call("if", spoils, PLACE, ZERO), spoil=SPOILING, place=_places())
        is_step = call("bitTest", call("bitShiftLeft", BIT, ONE), FURTHEST)
        breaks = call("if", _breaks(is_step), PLACE, ZERO)
        ended = mapped(breaks, bit=BITS, mixed=MIXED, place=_places())
        is_left_alone.append(ast.And((is_there(PLACE), call("less", PLACE, CAME))))
        arrays |= {"came": _following(places), "place": _following(ended)}
    good = ast.Lambda(tuple(arrays), ast.And((is_there(START), any_of(is_left_alone))))
    return call("arrayFirst", good, *arrays.values())


def _following(array: ast.Expr) -> ast.Expr:
    """The next element that is there, after each place."""
    return one_earlier(call("arrayReverseFill", IS_THERE, array))


def _is_void() -> ast.Expr:
    return ast.And((is_there(FURTHEST), ast.Not(call("arrayExists", IS_THERE, ARRIVED))))


# Paths


def _places_of(funnel: Funnel) -> ast.Expr:
    """The place of the event with which the first furthest attempt came to each step."""
    is_it = ast.Lambda(("start",), call("equals", START, FIRST))
    steps = range(1, funnel.depth + 1)
    places = [call("arrayFirstIndex", is_it, field(f"{_name(funnel)}_{step}")) for step in steps]
    done = call("if", call("equals", FIRST, ZERO), ZERO, FURTHEST)
    return call("arraySlice", ast.Array(tuple(places)), ONE, done)


def _path(funnel: Funnel) -> ast.Expr:
    """The times of the steps; an optional one was skipped unless it came before all that follow."""
    at = [element(TIMES, element(PLACES, step)) for step in range(1, funnel.depth + 1)]
    for step, series in enumerate(funnel.query.series[: funnel.depth], 1):
        if series.optional_in_funnel:
            at[step - 1] = call("if", _was_done(step), at[step - 1], SKIPPED)
    return call("arraySlice", ast.Array(tuple(at)), ONE, call("length", PLACES))


def _was_done(step: int) -> ast.Expr:
    known = call("if", is_there(PLACE), PLACE, LATEST)
    later = mapped(known, place=call("arraySlice", PLACES, constant(step + 1)))
    place = element(PLACES, step)
    is_earlier = call("less", place, call("arrayMin", call("arrayPushBack", later, LATEST)))
    return ast.And((is_there(place), is_earlier))
