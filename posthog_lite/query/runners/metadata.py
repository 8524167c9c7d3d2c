"""Compute a HogQLMetadata: parse and compile, and report what would be refused."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.compiler import compile_query
from posthog_lite.hogql.context import DEFAULT_LIMIT, MOST_ROWS
from posthog_lite.hogql.errors import HogQLError
from posthog_lite.hogql.parser import parse_expr, parse_select
from posthog_lite.hogql.placeholders import transform
from posthog_lite.hogql.tables import TABLES
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.metadata import HogQLMetadata, Language
from posthog_lite.query.sql_placeholders import fill_placeholders

EVENTS = ast.JoinExpr(ast.field("events"))


def compute(query: HogQLMetadata, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute what is wrong with SQL; nothing is asked of the engine."""
    source = EVENTS if query.source is None else _table_of(parse_select(query.source.query))
    errors, tables = [], []
    try:
        tree = fill_placeholders(_tree(query, source), query.text, context)
        compile_query(tree, context.hogql(default_limit=DEFAULT_LIMIT, most_rows=MOST_ROWS))
        tables = _tables(tree)
    except HogQLError as error:
        errors = [_told(error)]
    return {
        "results": [],
        "query": query.text.query,
        "isValid": not errors,
        "errors": errors,
        "warnings": [],
        "notices": [],
        "table_names": tables,
        "ch_table_names": None,
        "isUsingIndices": None,
    }


def _tree(query: HogQLMetadata, source: ast.JoinExpr | None) -> ast.Select:
    text = query.text.query
    if query.language is Language.SELECT:
        return parse_select(text)
    return ast.SelectQuery(select=(parse_expr(text),), select_from=source)


def _table_of(tree: ast.Select) -> ast.JoinExpr | None:
    """Return what an expression of a SELECT is about; of a UNION that of its first one."""
    while isinstance(tree, ast.SelectSetQuery):
        tree = tree.initial_select_query
    return tree.select_from


def _told(error: HogQLError) -> dict[str, Any]:
    place = {"start": error.start, "end": error.end}
    return {"message": str(error.detail), **place, "fix": None}


def _tables(tree: ast.Select) -> list[str]:
    """Return the names of the tables that a tree reads, in the order of the alphabet."""
    read, named = set(), set()

    def look(node: ast.Node) -> None:
        if isinstance(node, ast.CTE):
            named.add(node.name)
        if isinstance(node, ast.JoinExpr) and isinstance(node.table, ast.Field):
            read.add(str(node.table.chain[0]))

    transform(tree, look)
    return sorted((read & set(TABLES)) - named)
