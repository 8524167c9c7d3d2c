"""Text to tree. Trees are kept by text: the same queries are asked again and again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from typing import TypeVar

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryTooComplex
from posthog_lite.hogql.parsing.lexer import tokens_of
from posthog_lite.hogql.parsing.statements import StatementParser

KEPT_TREES = 512
DEEPEST_TREE = 120
AnyNode = TypeVar("AnyNode", bound=ast.Node)


@lru_cache(maxsize=KEPT_TREES)
def parse_select(text: str) -> ast.Select:
    """Return the tree of a SELECT."""
    return _whole(text, StatementParser.select_set)


@lru_cache(maxsize=KEPT_TREES)
def parse_expr(text: str) -> ast.Expr:
    """Return the tree of an expression."""
    return _whole(text, StatementParser.expr)


@lru_cache(maxsize=KEPT_TREES)
def parse_order_expr(text: str) -> ast.OrderExpr:
    """Return the tree of an ORDER BY key: `timestamp DESC`."""
    return _whole(text, StatementParser.order_key)


def _whole(text: str, rule: Callable[[StatementParser], AnyNode]) -> AnyNode:
    """Return the tree that a rule reads from all of the text."""
    parser = StatementParser(text, tokens_of(text))
    tree = rule(parser)
    parser.expect_end()
    return _not_too_deep(tree)


def _not_too_deep(tree: AnyNode) -> AnyNode:
    """Return the tree unless it is deeper than what reads trees may follow."""
    level: list[ast.Node] = [tree]
    for _ in range(DEEPEST_TREE):
        level = [child for node in level for child in _children(node)]
        if not level:
            return tree
    raise QueryTooComplex(f"A query may have at most {DEEPEST_TREE} levels.")


def _children(node: ast.Node) -> list[ast.Node]:
    found: list[ast.Node] = []
    for slot in fields(node):
        value = getattr(node, slot.name)
        found.extend(_nodes(value))
    return found


def _nodes(value: object) -> list[ast.Node]:
    if isinstance(value, ast.Node):
        return [value]
    if isinstance(value, tuple):
        return [node for item in value for node in _nodes(item)]
    return []
