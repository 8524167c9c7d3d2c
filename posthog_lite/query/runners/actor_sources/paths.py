"""The people of a link of paths, or of those who went no further than a node."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.paths import PathKeys, PathsQuery
from posthog_lite.query.runners.actor_sources.choices import Behind, group_type_of
from posthog_lite.query.runners.arrays import mapped, unfolded
from posthog_lite.query.runners.paths import paths_of
from posthog_lite.query.runners.paths.links import numbered, walks
from posthog_lite.query.trees import compared, select

ACTOR, PATH, KEYS = field("actor"), field("path"), field("keys")
NODE, KEY, BEFORE, PLACE = field("node"), field("key"), field("before"), field("place")


def paths_actors(insight: PathsQuery, context: QueryContext, ask: Ask) -> Behind:
    """Rows of `actor_id, event_count`: how many nodes of an actor's paths are those asked for."""
    paths = paths_of(insight, context, ask)
    rows = select(
        {"actor_id": ACTOR, "event_count": call("count")},
        _nodes(walks(paths)),
        where=_conditions(insight.keys),
        group_by=["actor_id"],
    )
    return Behind(rows, group_type_of(paths.actor))


def _nodes(walked: ast.SelectQuery) -> ast.SelectQuery:
    """Rows of `actor, key, before, left`: a node, the one before it, how many are left with it."""
    name = numbered(PLACE, ast.TupleAccess(NODE, 2))
    keys = mapped(name, node=PATH, place=call("arrayEnumerate", PATH))
    before = call("arrayPopBack", call("arrayPushFront", KEYS, constant("")))
    left = call("arrayReverse", call("arrayEnumerate", KEYS))
    parts = {"key": KEYS, "before": before, "left": left}
    nodes = mapped(call("tuple", *map(field, parts)), **parts)
    columns = {name: ast.TupleAccess(NODE, at) for at, name in enumerate(parts, 1)}
    named = select({"actor": ACTOR, "keys": keys}, walked)
    return unfolded(named, "node", nodes, {"actor": ACTOR, **columns})


def _conditions(keys: PathKeys) -> list[ast.Expr]:
    if keys.dropoff:
        return [compared(KEY, "==", keys.dropoff), compared(field("left"), "==", 1)]
    wanted = ((BEFORE, keys.start), (KEY, keys.end))
    return [compared(column, "==", name) for column, name in wanted if name]
