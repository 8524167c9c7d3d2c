"""Compute a HogQLQuery: parse, fill in what stands in braces, ask, show."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.compiler import with_limits
from posthog_lite.hogql.context import DEFAULT_LIMIT, MOST_ROWS
from posthog_lite.hogql.parser import parse_select
from posthog_lite.hogql.text import select_text
from posthog_lite.query.context import Ask, QueryContext
from posthog_lite.query.nodes.sql import HogQLQuery
from posthog_lite.query.sql_placeholders import fill_placeholders


def compute(query: HogQLQuery, context: QueryContext, ask: Ask) -> dict[str, Any]:
    """Compute a query in SQL."""
    tree = fill_placeholders(parse_select(query.query), query, context)
    table = ask.table(tree, default_limit=DEFAULT_LIMIT, most_rows=MOST_ROWS)
    is_paged = table.limit is not None
    return {
        "results": table.rows,
        "query": query.query,
        "hogql": _as_understood(tree),
        "clickhouse": None,
        "columns": table.columns,
        "types": [list(pair) for pair in zip(table.columns, table.types, strict=True)],
        "limit": table.limit,
        "offset": 0 if is_paged else None,
        "hasMore": table.has_more if is_paged else None,
        "explain": None,
        "metadata": None,
    }


def _as_understood(tree: ast.Select) -> str:
    """Return the query with its limits, printed from its tree."""
    limited, limit = with_limits(tree, default_limit=DEFAULT_LIMIT, most_rows=MOST_ROWS)
    if limit is not None and isinstance(limited, ast.SelectQuery):
        limited = replace(limited, offset=limited.offset or ast.constant(0))
    return select_text(limited)
