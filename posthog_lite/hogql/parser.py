"""Text to tree. Trees are kept by text: the same queries are asked again and again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from posthog_lite.hogql import ast, grammar
from posthog_lite.hogql.effort import check_effort
from posthog_lite.hogql.errors import HogQLSyntaxError, QueryError
from posthog_lite.hogql.placeholders import replace_placeholders
from posthog_lite.hogql.reading import Reader

KEPT_TREES = 512
# What the grammar says of tokens speaks of its own rules; what it says otherwise is plain.
_ABOUT_TOKENS = ("mismatched", "no viable", "extraneous", "missing", "token", "Unexpected")
_DIRECTIONS = {"asc": "ASC", "ascending": "ASC", "desc": "DESC", "descending": "DESC"}


def parse_select(text: str, placeholders: Mapping[str, ast.Expr] | None = None) -> ast.Select:
    """Return the tree of a SELECT, with `{name}` replaced where `placeholders` are given."""
    tree = _select(text)
    return tree if placeholders is None else replace_placeholders(tree, placeholders)


def parse_expr(text: str, placeholders: Mapping[str, ast.Expr] | None = None) -> ast.Expr:
    """Return the tree of an expression, with `{name}` replaced where `placeholders` are given."""
    tree = _expr(text)
    return tree if placeholders is None else replace_placeholders(tree, placeholders)


def parse_order_expr(text: str) -> ast.OrderExpr:
    """Return the tree of an ORDER BY key: `timestamp DESC`."""
    words = text.rsplit(None, 1)
    direction = _DIRECTIONS.get(words[-1].lower()) if len(words) == 2 else None
    expr = _expr(text if direction is None else words[0])
    return ast.OrderExpr(expr, "DESC" if direction == "DESC" else "ASC")


@lru_cache(maxsize=KEPT_TREES)
def _select(text: str) -> ast.Select:
    return Reader().select(_data(text, grammar.select_tree))


@lru_cache(maxsize=KEPT_TREES)
def _expr(text: str) -> ast.Expr:
    return Reader().expr(_data(text, grammar.expr_tree))


def _data(text: str, read: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    _check_characters(text)
    check_effort(text)
    data = read(text)
    if data.get("error"):
        raise _refusal(text, data)
    return data


def _check_characters(text: str) -> None:
    if not text.strip():
        raise HogQLSyntaxError("The query is empty.")
    if "\0" in text or (not text.isascii() and _has_surrogates(text)):
        raise HogQLSyntaxError("The query contains a character that no text can hold.")


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _refusal(text: str, data: dict[str, Any]) -> HogQLSyntaxError | QueryError:
    start, end = data["start"]["offset"], data["end"]["offset"]
    if data.get("type") == "NotImplementedError":
        return QueryError(f"{data['message']}.", start=start, end=end)
    if data.get("message") and not data["message"].startswith(_ABOUT_TOKENS):
        return HogQLSyntaxError(f"{data['message']}.", start=start, end=end)
    start = min(start, len(text))
    line = text.count("\n", 0, start) + 1
    column = start - (text.rfind("\n", 0, start) + 1) + 1
    near = text[start : start + 30].split("\n")[0].strip()
    where = f"near `{near}`" if near else "at the end of the query"
    return HogQLSyntaxError(
        f"Syntax error in line {line}, column {column}, {where}.", start=start, end=end
    )
