"""Lists of events and actors: columns that are expressions, and cells that are objects."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from posthog_lite.events.person_names import named_by
from posthog_lite.hogql import ast
from posthog_lite.hogql.aggregates import has_aggregate
from posthog_lite.hogql.parser import parse_expr, parse_order_expr
from posthog_lite.query.context import Ask, Table
from posthog_lite.query.nodes.events import Paging
from posthog_lite.query.trees import TRUE, all_of


@dataclass(frozen=True)
class Cell:
    """A column that is not an expression: its key, and how it is read where it is an object.

    `order` is what a list is ordered by where it is ordered by this column.
    """

    expr: ast.Expr
    read: Callable[[list[Any]], Any] | None = None
    order: ast.Expr | None = None


@dataclass(frozen=True)
class Listing:
    """The columns of a list; `texts` are their names as they were given."""

    texts: Sequence[str]
    exprs: Sequence[ast.Expr]
    reads: Sequence[Callable[[Any], Any] | None]

    @property
    def aggregates(self) -> list[ast.Expr]:
        """The columns that count something."""
        return [expr for expr in self.exprs if has_aggregate(expr)]

    def expr_of(self, text: str) -> ast.Expr | None:
        """The column of that name, without its title."""
        for given, expr in zip(self.texts, self.exprs, strict=True):
            if given.split("--")[0].strip() == text:
                return expr
        return None


def listing_of(texts: Sequence[str], cells: Mapping[str, Cell]) -> Listing:
    """Read the columns of a list; text behind `--` is a title."""
    exprs: list[ast.Expr] = []
    reads: list[Callable[[Any], Any] | None] = []
    for text in texts:
        cell = cells.get(text.split("--")[0].strip())
        exprs.append(parse_expr(text) if cell is None else cell.expr)
        reads.append(None if cell is None else cell.read)
    return Listing(texts, exprs, reads)


def statement_of(
    listing: Listing,
    table: ast.JoinExpr,
    *,
    conditions: Sequence[ast.Expr],
    order_by: Sequence[ast.OrderExpr],
    paging: Paging,
) -> ast.SelectQuery:
    """The statement of a page: aggregates group by all other columns, and filter the groups."""
    # A number would be taken for the place of a column.
    keys = tuple(
        expr
        for expr in listing.exprs
        if not has_aggregate(expr) and not isinstance(expr, ast.Constant)
    )
    where = all_of(condition for condition in conditions if not has_aggregate(condition))
    having = all_of(condition for condition in conditions if has_aggregate(condition))
    return ast.SelectQuery(
        select=tuple(
            expr if isinstance(expr, ast.Alias) else ast.Alias(f"column {at}", expr)
            for at, expr in enumerate(listing.exprs)
        ),
        select_from=table,
        where=None if where == TRUE else where,
        group_by=(keys if listing.aggregates else ()) or None,
        having=None if having == TRUE else having,
        order_by=tuple(order_by) or None,
        limit=ast.constant(paging.limit + 1),
        offset=ast.constant(paging.offset) if paging.offset else None,
    )


def order_of(given: Sequence[str], cells: Mapping[str, Cell]) -> list[ast.OrderExpr] | None:
    """The order as it was given; None when none was."""
    if not given:
        return None
    keys = [parse_order_expr(_without_title(text)) for text in given]
    return [replace(key, expr=_column(key.expr, cells)) for key in keys]


def _without_title(text: str) -> str:
    """The key of an order without its title; a direction may stand behind that."""
    key, _, title = text.partition("--")
    direction = title.split()[-1].upper() if title.strip() else ""
    return f"{key} {direction}" if direction in ("ASC", "DESC") else text


def _column(expr: ast.Expr, cells: Mapping[str, Cell]) -> ast.Expr:
    """The key of an order: a column that is an object is ordered by what it is made of."""
    is_name = isinstance(expr, ast.Field) and len(expr.chain) == 1
    cell = cells.get(str(expr.chain[0])) if is_name and isinstance(expr, ast.Field) else None
    return expr if cell is None else cell.order or cell.expr


def order_of_aggregates(listing: Listing) -> list[ast.OrderExpr] | None:
    """`count()` from the highest if it is there, else the first aggregate; None without any."""
    count = ast.call("count")
    found = listing.aggregates
    if not found:
        return None
    return [ast.OrderExpr(count if count in found else found[0], "DESC")]


def answer_of(listing: Listing, table: Table, paging: Paging) -> dict[str, Any]:
    """The answer of a list, without the row that tells of more."""
    rows = table.rows[: paging.limit]
    return {
        "results": [
            [
                value if read is None else read(value)
                for read, value in zip(listing.reads, row, strict=True)
            ]
            for row in rows
        ],
        "columns": list(listing.texts),
        "types": table.types,
        "limit": paging.limit,
        "offset": paging.offset,
        "hasMore": len(table.rows) > paging.limit,
    }


def asked(listing: Listing, statement: ast.SelectQuery, paging: Paging, ask: Ask) -> dict[str, Any]:
    """The answer of a statement."""
    return answer_of(listing, ask.table(statement), paging)


def properties_of(text: str | None) -> dict[str, Any]:
    """Properties from their text; what is not an object has none."""
    try:
        found = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def in_utc(moment: str | None) -> str | None:
    """Return the moment of an object, in UTC whatever the project's zone."""
    if moment is None or moment.endswith("Z"):
        return moment
    return datetime.fromisoformat(moment).astimezone(UTC).isoformat().replace("+00:00", "Z")


def order_of_names(names: Sequence[str], *properties: str, otherwise: ast.Expr) -> ast.Expr:
    """Return the key that orders like `display_name`."""
    texts = [
        ast.call("nullIf", ast.call("toString", ast.field(*properties, name)), ast.constant(""))
        for name in names
    ]
    return ast.call("coalesce", *texts, ast.call("toString", otherwise))


def display_name(properties: dict[str, Any], names: Sequence[str], otherwise: Any) -> Any:
    """The name by which people know a person."""
    return named_by(properties, names) or otherwise
