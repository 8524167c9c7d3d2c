"""`{name}` in a tree, replaced by what the caller gives for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TypeVar, cast

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError

AnyNode = TypeVar("AnyNode", bound=ast.Node)


def transform(node: AnyNode, change: Callable[[ast.Node], ast.Node | None]) -> AnyNode:
    """Return the tree with each node for which `change` answers another replaced by it.

    A replacement is not looked into. Parts of the tree that stay the same are shared.
    """
    changed = change(node)
    if changed is not None:
        return cast("AnyNode", changed)  # the caller replaces like with like
    values = {}
    for slot in fields(node):
        value = getattr(node, slot.name)
        if (new := _transform_value(value, change)) is not value:
            values[slot.name] = new
    return replace(node, **values) if values else node


def _transform_value(value: Any, change: Callable[[ast.Node], ast.Node | None]) -> Any:
    if isinstance(value, ast.Node):
        return transform(value, change)
    if not isinstance(value, tuple):
        return value
    new = tuple(_transform_value(item, change) for item in value)
    return value if all(a is b for a, b in zip(value, new, strict=True)) else new


def placeholder_name(node: ast.Placeholder) -> str:
    """Return the name with dots within the braces."""
    if not isinstance(node.expr, ast.Field):
        raise QueryError(
            "A placeholder holds a name, like {variables.x}.", start=node.start, end=node.end
        )
    return ".".join(str(part) for part in node.expr.chain)
