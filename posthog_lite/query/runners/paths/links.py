"""The links of paths: sessions cut out of each actor's nodes, and counted node by node."""

from __future__ import annotations

from dataclasses import dataclass

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.buckets import TIMESTAMP
from posthog_lite.query.context import QueryContext
from posthog_lite.query.dates import QueryDateRange
from posthog_lite.query.matching import base_condition
from posthog_lite.query.nodes.paths import PathsQuery
from posthog_lite.query.runners.arrays import element, unfolded
from posthog_lite.query.runners.paths.funnel import within_part
from posthog_lite.query.runners.paths.nodes import (
    name_conditions,
    node_condition,
    node_name,
    shown_name,
    slashless,
)
from posthog_lite.query.trees import TRUE, all_of, compared, select, within

IDLE = 30 * 60 * 1_000_000  # a longer pause begins a new path
FOLDED = "..."
ACTOR, NODES, SESSION, PATH = field("actor"), field("nodes"), field("session"), field("path")
NODE, LINK, NAME, AT = field("node"), field("link"), field("name"), field("at")
ZERO, ONE = constant(0), constant(1)
MOMENT = call("toUnixTimestamp64Micro", TIMESTAMP)


@dataclass(frozen=True)
class Paths:
    """A query with all that its statement needs to know; `part` are the times of a funnel."""

    query: PathsQuery
    context: QueryContext
    dates: QueryDateRange
    part: ast.SelectQuery | None = None

    @property
    def actor(self) -> ast.Field:
        """Return the actor whose paths they are."""
        group = self.query.base.aggregation_group_type_index
        return field("person_id") if group is None else field(f"$group_{group}")

    @property
    def actor_condition(self) -> ast.Expr:
        """Events without the group do not count."""
        is_person = self.query.base.aggregation_group_type_index is None
        return TRUE if is_person else compared(self.actor, "!=", "")


def statement(paths: Paths) -> ast.SelectQuery:
    """Rows of `source, target, value, time`, the heaviest links first; time in microseconds."""
    links = _links(walks(paths))
    columns = {
        "source": ast.TupleAccess(LINK, 1),
        "target": ast.TupleAccess(LINK, 2),
        "elapsed": ast.TupleAccess(LINK, 3),
    }
    flat = unfolded(links, "link", field("links"), columns)
    value = field("value")
    return ast.SelectQuery(
        select=(
            field("source"),
            field("target"),
            ast.Alias("value", call("count")),
            ast.Alias("time", call("avg", field("elapsed"))),
        ),
        select_from=ast.JoinExpr(flat, alias="inner"),
        group_by=(field("source"), field("target")),
        having=_weight_condition(paths.query),
        order_by=(
            ast.OrderExpr(value, "DESC"),
            ast.OrderExpr(field("source")),
            ast.OrderExpr(field("target")),
        ),
        limit=constant(paths.query.edge_limit),
    )


def walks(paths: Paths) -> ast.SelectQuery:
    """Rows of `actor, path`: an array of `(at, name)` for each path, as much as is shown of it."""
    return _shown(paths, _merged(_sessions(_named(paths))))


def numbered(number: ast.Expr, name: ast.Expr) -> ast.Expr:
    """The name of a node with its place in the path."""
    return call("concat", call("toString", number), constant("_"), name)


def _weight_condition(query: PathsQuery) -> ast.Expr | None:
    value = field("value")
    found = []
    if query.min_weight:
        found.append(compared(value, ">=", query.min_weight))
    if query.max_weight:
        found.append(compared(value, "<=", query.max_weight))
    return all_of(found) if found else None


def _named(paths: Paths) -> ast.SelectQuery:
    """One row for each node: `actor, at, name`."""
    query = paths.query
    where = [
        within(TIMESTAMP, paths.dates.date_from, paths.dates.date_to),
        base_condition(query.base, paths.context),
        paths.actor_condition,
        node_condition(query),
    ]
    columns = {"actor": paths.actor, "at": MOMENT, "name": node_name(query, paths.context)}
    events = select(columns, "events", where=where)
    if paths.part is not None:
        events = within_part(events, paths.actor, paths.part)
    shown = select(
        {"actor": ACTOR, "at": AT, "name": shown_name(query, paths.context, NAME)}, events
    )
    return select(
        {
            "actor": ACTOR,
            "at": AT,
            "name": call("assumeNotNull", NAME),
        },
        shown,
        where=name_conditions(query, NAME),
    )


def _sessions(nodes: ast.SelectQuery) -> ast.SelectQuery:
    """Rows of `actor, session`: an array of `(at, name)`, in order, without a long pause."""
    row = call("tuple", AT, NAME)
    columns = {"actor": ACTOR, "nodes": call("arraySort", call("groupArray", row))}
    actors = select(columns, nodes, group_by=["actor"])
    at = ast.TupleAccess(NODE, 1)
    times = call("arrayMap", ast.Lambda(("node",), at), NODES)
    timed = select({"actor": ACTOR, "nodes": NODES, "times": times}, actors)
    before = call("arrayPopBack", call("arrayPushFront", field("times"), ZERO))
    pause = call("greater", call("minus", at, field("before")), constant(IDLE))
    cut = call("arraySplit", ast.Lambda(("node", "before"), pause), NODES, before)
    found = select({"actor": ACTOR, "cut": cut}, timed)
    return unfolded(found, "session", field("cut"), {"actor": ACTOR, "session": SESSION})


def _merged(sessions: ast.SelectQuery) -> ast.SelectQuery:
    """The rows with equal neighbours as one node, which has the time of the last."""
    name = ast.TupleAccess(NODE, 2)
    names = call("arrayMap", ast.Lambda(("node",), name), SESSION)
    named = select({"actor": ACTOR, "session": SESSION, "names": names}, sessions)
    following = call("arrayPopFront", call("arrayPushBack", field("names"), constant("")))
    number, count = field("number"), call("length", field("names"))
    is_last = call("equals", number, count)
    differs = call("notEquals", name, field("following"))
    kept = call(
        "arrayFilter",
        ast.Lambda(("node", "following", "number"), ast.Or((is_last, differs))),
        SESSION,
        following,
        call("arrayEnumerate", SESSION),
    )
    return select({"actor": ACTOR, "session": kept}, named)


def _shown(paths: Paths, sessions: ast.SelectQuery) -> ast.SelectQuery:
    """Rows of `actor, path`: the part of a session that start, end and limit leave."""
    query = paths.query
    if query.start:
        sessions = _from_start(sessions, slashless(query.start))
    if query.end:
        sessions = _to_end(sessions, slashless(query.end))
    return select({"actor": ACTOR, "path": _limited(query)}, sessions)


def _from_start(sessions: ast.SelectQuery, name: str) -> ast.SelectQuery:
    return _cut_where(sessions, name, call("arraySlice", SESSION, field("number")))


def _to_end(sessions: ast.SelectQuery, name: str) -> ast.SelectQuery:
    return _cut_where(sessions, name, call("arraySlice", SESSION, ONE, field("number")))


def _cut_where(sessions: ast.SelectQuery, name: str, part: ast.Expr) -> ast.SelectQuery:
    """The part of each session that has `name`, whose first index in it is `number`."""
    is_it = ast.Lambda(("node",), call("equals", ast.TupleAccess(NODE, 2), constant(name)))
    first = call("arrayFirstIndex", is_it, SESSION)
    found = select({"actor": ACTOR, "session": SESSION, "number": first}, sessions)
    has_it = compared(field("number"), ">", 0)
    return select({"actor": ACTOR, "session": part}, found, where=[has_it])


def _limited(query: PathsQuery) -> ast.Expr:
    limit = query.step_limit
    if query.start and query.end:
        is_long = call("greater", call("length", SESSION), constant(limit))
        return call("if", is_long, _folded(limit // 2), SESSION)
    if query.end:
        return call("arraySlice", SESSION, constant(-limit))
    return call("arraySlice", SESSION, ONE, constant(limit))


def _folded(half: int) -> ast.Expr:
    """Both ends of a session and, for all between, one node with the time of the first."""
    middle_at = ast.TupleAccess(element(SESSION, half + 1), 1)
    middle = ast.Array((call("tuple", middle_at, constant(FOLDED)),))
    if not half:
        return middle
    first = call("arraySlice", SESSION, ONE, constant(half))
    return call("arrayConcat", first, middle, call("arraySlice", SESSION, constant(-half)))


def _links(paths: ast.SelectQuery) -> ast.SelectQuery:
    """Rows of `links`: an array of `(source, target, microseconds)`."""
    this, before = field("this"), field("before")
    number = field("number")
    source = numbered(number, ast.TupleAccess(before, 2))
    target = numbered(call("plus", number, ONE), ast.TupleAccess(this, 2))
    elapsed = call("minus", ast.TupleAccess(this, 1), ast.TupleAccess(before, 1))
    first, second = call("arrayPopBack", PATH), call("arrayPopFront", PATH)
    link = ast.Lambda(("before", "this", "number"), call("tuple", source, target, elapsed))
    links = call("arrayMap", link, first, second, call("arrayEnumerate", first))
    return select({"links": links}, paths)
