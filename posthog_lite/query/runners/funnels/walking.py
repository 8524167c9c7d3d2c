"""How far each actor gets in order, where no step is optional.

Step by step over whole arrays: for each step the start of the attempt that comes to it with each
event, 0 where none does. Of several attempts the one that started last goes on: whatever another
one can still reach, this one can too. An exclusion ends the attempts that stand where it spoils;
in a strict funnel so does each event that is not the step at which they stand.
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
from posthog_lite.query.trees import all_of, select

# Each step is a subquery or three, and the engine reads only so many within each other.
MOST_STEPS_WITH_EXCLUSIONS = 15
MOST_STRICT_STEPS = 20
ZERO, ONE = constant(0), constant(1)
TIMES, BITS, SPOILING, MIXED = field("times"), field("bits"), field("spoiling"), field("mixed")
# The names within lambdas: one element of each array.
SEEN, TIME, BIT, SPOIL = field("seen"), field("time"), field("bit"), field("spoil")
START, PLACE, FOLLOWING, BEFORE = (
    field("start"),
    field("place"),
    field("following"),
    field("before"),
)
IS_THERE = ast.Lambda(("start",), call("notEquals", START, ZERO))


def can_be_walked(funnel: Funnel) -> bool:
    """Tell whether the way of this module leads through a funnel."""
    if funnel.has_optional_steps:
        return False
    if funnel.is_strict:
        return not funnel.has_exclusions and funnel.depth <= MOST_STRICT_STEPS
    return not funnel.has_exclusions or funnel.depth <= MOST_STEPS_WITH_EXCLUSIONS


def knows_void(funnel: Funnel) -> bool:
    """Tell whether the rows of `walked_paths` have the column `is_void`."""
    excludes = funnel.has_buckets and funnel.has_exclusions
    return excludes and not funnel.is_unordered and can_be_walked(funnel)


def walked_paths(
    funnel: Funnel, rows: ast.SelectQuery, layout: Layout, keys: Mapping[str, ast.Expr]
) -> ast.SelectQuery:
    """The rows' keys and `path`: the times of the steps done in the first furthest attempt.

    In buckets also `is_void`: an exclusion came before the furthest step, in every attempt.
    """
    kept = dict(keys)
    parts = {"times": AT, "bits": STEPS} | ({"spoiling": SPOILS} if funnel.has_exclusions else {})
    parts |= {"mixed": IS_MIXED} if funnel.is_strict else {}
    columns = {name: _mapped(layout.of(SEEN, part), seen=EVENTS) for name, part in parts.items()}
    found = select({**kept, **columns}, rows)
    kept |= {name: field(name) for name in parts}
    for step in range(1, funnel.depth + 1):
        name, starts = f"step_{step}", _starts(funnel, step)
        if funnel.is_strict and step > 1:
            found = select({**kept, "again": starts}, found)
            starts = _at_first(field("again"))
        found = select({**kept, name: starts}, found)
        kept[name] = field(name)
    ends = {"furthest": _furthest(funnel)}
    if funnel.has_exclusions:
        found = select({**kept, **ends}, found)
        found, kept = _clean_starts(funnel, found, kept | {"furthest": field("furthest")})
        ends = {"furthest": field("furthest")}
    found = select({**kept, **ends, "first": _first(funnel)}, found)
    void = {"is_void": _is_void(funnel)} if knows_void(funnel) else {}
    return select({**keys, "path": _path(funnel), **void}, found)


def _mapped(body: ast.Expr, **arrays: ast.Expr) -> ast.Expr:
    """The array of `body`, which knows the elements of the arrays by their names."""
    return call("arrayMap", ast.Lambda(tuple(arrays), body), *arrays.values())


def _filled(array: ast.Expr) -> ast.Expr:
    """The last element that is not 0, up to each place."""
    return call("arrayFill", IS_THERE, array)


def _before(array: ast.Expr) -> ast.Expr:
    """The elements, each one place later."""
    return call("arrayPopBack", call("arrayPushFront", array, ZERO))


def _is_there(value: ast.Expr) -> ast.Expr:
    return call("notEquals", value, ZERO)


def _comes_to(funnel: Funnel, step: int, *more: ast.Expr) -> ast.Expr:
    """The start of the attempt before the event, if the event brings it to the step."""
    in_window = call("lessOrEquals", call("minus", TIME, START), constant(funnel.window))
    comes = all_of((has_bit(BIT, step - 1), _is_there(START), in_window, *more))
    return call("if", comes, START, ZERO)


def _begins() -> ast.Expr:
    return _mapped(call("if", has_bit(BIT, 0), TIME, ZERO), time=TIMES, bit=BITS)


def _starts(funnel: Funnel, step: int) -> ast.Expr:
    """The starts of attempts that come to a step, whatever spoils them."""
    if step == 1:
        return _begins()
    starts = field(f"step_{step - 1}")
    source = _before(_filled(starts))
    if funnel.is_strict:
        stays = ast.Or((field("mixed"), has_bit(BIT, step - 2)))
        ended = _mapped(call("if", stays, ZERO, PLACE), bit=BITS, mixed=MIXED, place=_places())
        source = _before(_until(starts, ended))
    return _mapped(_comes_to(funnel, step), time=TIMES, bit=BITS, start=source)


def _places() -> ast.Expr:
    return call("arrayEnumerate", TIMES)


def _until(starts: ast.Expr, ended: ast.Expr) -> ast.Expr:
    """The starts of attempts from where they came on, until a place that stands in `ended`."""
    came = _mapped(call("if", _is_there(START), PLACE, ZERO), start=starts, place=_places())
    still = call("greaterOrEquals", PLACE, SPOIL)
    return _mapped(
        call("if", still, START, ZERO),
        start=_filled(starts),
        place=_filled(came),
        spoil=_filled(ended),
    )


def _furthest(funnel: Funnel) -> ast.Expr:
    """The number of steps done by the attempt that came furthest."""
    pairs: list[ast.Expr] = []
    for step in reversed(range(1, funnel.depth + 1)):
        pairs += [call("arrayExists", IS_THERE, field(f"step_{step}")), constant(step)]
    return call("multiIf", *pairs, ZERO)


# Exclusions


def _clean_starts(
    funnel: Funnel, found: ast.SelectQuery, kept: dict[str, ast.Expr]
) -> tuple[ast.SelectQuery, dict[str, ast.Expr]]:
    """The rows with the starts of attempts that come to each step and are not spoilt by then."""
    for step in range(1, funnel.depth + 1):
        name = f"clean_{step}"
        if step == 1:
            found = select({**kept, name: _begins()}, found)
        else:
            again = select({**kept, "again": _clean(funnel, step)}, found)
            found = select({**kept, name: _at_first(field("again"))}, again)
        kept[name] = field(name)
    return found, kept


def _clean(funnel: Funnel, step: int) -> ast.Expr:
    hit = has_bit(SPOIL, step - 1)
    spoilt = _mapped(call("if", hit, PLACE, ZERO), spoil=SPOILING, place=_places())
    source = _until(field(f"clean_{step - 1}"), spoilt)
    comes = _comes_to(funnel, step, ast.Not(hit))
    arrays = {"time": TIMES, "bit": BITS, "spoil": SPOILING, "start": _before(source)}
    return _mapped(comes, **arrays)


def _at_first(starts: ast.Expr) -> ast.Expr:
    """The starts without those that came to the step before: once spoilt they do not return."""
    is_new = call("notEquals", START, BEFORE)
    return _mapped(call("if", is_new, START, ZERO), start=starts, before=_before(_filled(starts)))


def _unspoilt_first(funnel: Funnel, step: int) -> ast.Expr:
    """The first attempt that came to a step and was not spoilt within its window after that."""
    time = call("if", has_bit(SPOIL, step), TIME, ZERO)
    times = _mapped(time, time=TIMES, spoil=SPOILING)
    filled = call("arrayReverseFill", IS_THERE, times)
    following = call("arrayPopFront", call("arrayPushBack", filled, ZERO))
    late = call("greater", call("minus", FOLLOWING, START), constant(funnel.window))
    is_left_alone = ast.Or((call("equals", FOLLOWING, ZERO), late))
    good = ast.Lambda(("start", "following"), ast.And((_is_there(START), is_left_alone)))
    return call("arrayFirst", good, field(f"clean_{step}"), following)


def _is_void(funnel: Funnel) -> ast.Expr:
    pairs: list[ast.Expr] = []
    for step in range(1, funnel.depth + 1):
        came_clean = call("arrayExists", IS_THERE, field(f"clean_{step}"))
        pairs += [call("equals", field("furthest"), constant(step)), ast.Not(came_clean)]
    return call("multiIf", *pairs, constant(False))


# Paths


def _first(funnel: Funnel) -> ast.Expr:
    """The start of the first furthest attempt, 0 where it is spoilt."""
    pairs: list[ast.Expr] = []
    for step in reversed(range(1, funnel.depth + 1)):
        starts = field(f"step_{step}")
        if funnel.has_exclusions:
            reached = call("equals", field("furthest"), constant(step))
            pairs += [reached, _unspoilt_first(funnel, step)]
        else:
            pairs += [call("arrayExists", IS_THERE, starts), call("arrayFirst", IS_THERE, starts)]
    return call("multiIf", *pairs, ZERO)


def _path(funnel: Funnel) -> ast.Expr:
    first = field("first")
    name = "clean" if funnel.has_exclusions else "step"
    is_it = ast.Lambda(("start",), call("equals", START, first))
    times: list[ast.Expr] = [first]
    for step in range(2, funnel.depth + 1):
        times.append(element(TIMES, call("arrayFirstIndex", is_it, field(f"{name}_{step}"))))
    done = call("if", call("equals", first, ZERO), ZERO, field("furthest"))
    return call("arraySlice", ast.Array(tuple(times)), ONE, done)
