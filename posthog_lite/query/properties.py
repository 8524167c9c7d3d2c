"""Values of properties as HogQL trees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.hogql.parser import parse_expr
from posthog_lite.hogql.placeholders import transform
from posthog_lite.hogql.tables import VIRTUAL
from posthog_lite.query.context import PropertyType, QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.common import BreakdownKind
from posthog_lite.query.nodes.properties import PropertyKind

TEXT_COLUMNS = frozenset({"event", "distinct_id", "elements_chain", "person_mode"})
SESSION_NUMBERS = frozenset(
    {
        "$session_duration", "duration", "$pageview_count", "$autocapture_count", "$screen_count",
        "$num_uniq_urls",
    }
)  # fmt: skip
PREFIXES: Mapping[str, tuple[str, ...]] = {"event": (), "feature": (), "person": ("person",)}


@dataclass(frozen=True)
class PropertyPath:
    """The path to a value: the kind of its owner, its name, and the group for groups."""

    kind: str
    key: str
    group_type_index: int | None = None


def expression_of(text: str) -> ast.Expr:
    """A typed expression over events, which it may call `e`."""
    return transform(parse_expr(text), _without_alias)


def _without_alias(node: ast.Node) -> ast.Node | None:
    if isinstance(node, ast.Field) and node.chain[0] == "e" and len(node.chain) > 1:
        return ast.Field(node.chain[1:])
    return None


def text_of(path: PropertyPath, context: QueryContext) -> ast.Expr:
    """The value as text as it came, null where it is missing."""
    owner = _owner(path)
    if owner is None:
        return _column(path)
    if path.kind == PropertyKind.EVENT and path.key == "$elements_chain":
        return field("elements_chain")
    if type_of(path, context) in (None, "String"):
        return ast.Field((*owner.chain, path.key))
    # A defined type would convert the value; filters compare the text.
    return call("JSONExtract", owner, constant(path.key), constant("Nullable(String)"))


def number_of(path: PropertyPath, context: QueryContext) -> ast.Expr:
    """Return the value as a number, null where it cannot be one."""
    return call("toFloat", text_of(path, context))


def type_of(path: PropertyPath, context: QueryContext) -> PropertyType | None:
    """The type that the project has defined for a property."""
    if path.kind == PropertyKind.GROUP:
        return context.property_types.get((f"group_{path.group_type_index or 0}", path.key))
    owner = "person" if path.kind == PropertyKind.PERSON else "event"
    return context.property_types.get((owner, path.key)) if path.kind in PREFIXES else None


def _owner(path: PropertyPath) -> ast.Field | None:
    """The JSON column that holds the property; None when it is a column itself."""
    if path.kind == PropertyKind.PERSON and path.key in VIRTUAL:
        return None
    if path.kind in PREFIXES:
        return field(*PREFIXES[path.kind], "properties")
    if path.kind == PropertyKind.GROUP and not path.key.startswith("$group_key"):
        return field(f"group_{path.group_type_index or 0}", "properties")
    return None


def _column(path: PropertyPath) -> ast.Expr:
    if path.kind == PropertyKind.GROUP:
        return field(f"$group_{path.group_type_index or 0}")
    if path.kind == PropertyKind.EVENT_METADATA:
        column = field(path.key)
        return column if path.key in TEXT_COLUMNS else call("toString", column)
    if path.kind == PropertyKind.PERSON:
        return field("person", path.key)
    if path.kind == PropertyKind.PERSON_METADATA:
        return call("toString", field("person", path.key))
    if path.kind == PropertyKind.SESSION:
        text = call("toString", field("session", path.key))
        # An event without a session counts as one in which nothing was done.
        return call("ifNull", text, constant("0")) if path.key in SESSION_NUMBERS else text
    if path.kind == BreakdownKind.HOGQL:
        return call("toString", expression_of(path.key))
    raise UnsupportedQuery(f"Properties of type {path.kind} are not supported.")
