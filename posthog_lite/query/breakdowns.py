"""Breakdown values: how they are read, binned, ranked and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import QueryContext
from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.common import (
    DEFAULT_BREAKDOWN_LIMIT,
    Breakdown,
    BreakdownFilter,
    BreakdownKind,
)
from posthog_lite.query.properties import PropertyPath, number_of, text_of
from posthog_lite.query.trees import arithmetic, array, compared, is_null, select

NULL = "$$_posthog_breakdown_null_$$"
OTHER = "$$_posthog_breakdown_other_$$"
WORDS = {NULL: "None (i.e. no value)", OTHER: "Other (i.e. all remaining values)"}  # for people
TRAILING_URL_MARKS = "[/?#]*$"
LAST_EDGE = 0.01
AT = field("at")

Edges = tuple[float, float] | None


def value_of(breakdown: Breakdown, context: QueryContext) -> ast.Expr:
    """The value of a breakdown as text, null where it is missing or empty."""
    text = text_value(breakdown, context)
    if not breakdown.normalize_url:
        return call("nullIf", text, constant(""))
    bare = call("replaceRegexpOne", text, constant(TRAILING_URL_MARKS), constant(""))
    return call("if", compared(bare, "==", ""), constant("/"), bare)


def text_value(breakdown: Breakdown, context: QueryContext) -> ast.Expr:
    """The value of a breakdown as text, as it came."""
    if breakdown.kind is BreakdownKind.COHORT:
        raise UnsupportedQuery("Cohorts are not supported.", attr="query.breakdownFilter")
    return text_of(path_of(breakdown), context)


def path_of(breakdown: Breakdown) -> PropertyPath:
    """Return where the value of a breakdown stands."""
    return PropertyPath(breakdown.kind, breakdown.property, breakdown.group_type_index)


@dataclass(frozen=True)
class Bins:
    """Equal bins between the least and the greatest number; no edges without numbers."""

    count: int
    edges: Edges

    def name_of(self, number: ast.Expr) -> ast.Expr:
        """The name of the number's bin, such as `[10,20.01]`; the null bucket for no number."""
        if self.edges is None:
            return constant(NULL)
        low, high = self.edges
        # As many bins begin at or below the number as its own bin is in the row of them.
        begin = arithmetic(
            arithmetic(arithmetic(constant(high - low), "/", self.count), "*", AT), "+", low
        )
        begun = ast.Lambda(("at",), compared(begin, "<=", number))
        place = call("arrayCount", begun, call("range", constant(self.count)))
        names = call("splitByChar", constant("|"), constant("|".join(self.names)))
        outside = ast.Or((is_null(number), compared(number, "<", low), compared(number, ">", high)))
        return call("if", outside, constant(NULL), ast.ArrayAccess(names, place))

    @property
    def names(self) -> list[str]:
        """The names of all bins, in order."""
        low, high = self.edges or (0.0, 0.0)
        edges = [low + (high - low) / self.count * at for at in range(self.count)]
        ends = [*edges[1:], high + LAST_EDGE]
        return [f"[{decimal(at)},{decimal(end)}]" for at, end in zip(edges, ends, strict=True)]


def decimal(number: float) -> str:
    """A number with at most two decimals."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


@dataclass(frozen=True)
class BreakdownColumns:
    """The columns by which one series is split, with the bins of those that have any."""

    filter: BreakdownFilter
    bins: tuple[Bins | None, ...]

    def expr(self, context: QueryContext) -> ast.Expr:
        """The value: a text, or an array of texts in the list form."""
        found = [
            self._column(breakdown, bins, context)
            for breakdown, bins in zip(self.filter.breakdowns, self.bins, strict=True)
        ]
        return array(found) if self.filter.is_list else found[0]

    @staticmethod
    def _column(breakdown: Breakdown, bins: Bins | None, context: QueryContext) -> ast.Expr:
        if bins is not None:
            return bins.name_of(number_of(path_of(breakdown), context))
        return call("ifNull", value_of(breakdown, context), constant(NULL))

    @property
    def other(self) -> ast.Expr:
        """The value of everything beyond the limit."""
        if not self.filter.is_list:
            return constant(OTHER)
        return array([OTHER] * len(self.bins))

    def is_null(self, value: ast.Expr) -> ast.Expr:
        """True for the null bucket."""
        if self.filter.is_list:
            return call("has", value, constant(NULL))
        return compared(value, "==", NULL)

    def named(self, value: Any) -> str | tuple[str, ...]:
        """A value as the wire names it."""
        return tuple(value) if self.filter.is_list else str(value)

    @property
    def limit(self) -> int:
        """Number of values that get a row of their own."""
        return self.filter.limit or DEFAULT_BREAKDOWN_LIMIT


def edges_query(
    breakdowns: Sequence[Breakdown], where: Sequence[ast.Expr], context: QueryContext
) -> ast.SelectQuery:
    """The least and the greatest number of each breakdown that is binned."""
    columns: dict[str, ast.Expr] = {}
    for at, breakdown in enumerate(breakdowns):
        if breakdown.bin_count:
            number = number_of(path_of(breakdown), context)
            columns[f"low_{at}"] = call("min", number)
            columns[f"high_{at}"] = call("max", number)
    return select(columns, "events", where=where)


def bins_of(breakdowns: Sequence[Breakdown], row: Sequence[Any]) -> tuple[Bins | None, ...]:
    """The bins of each breakdown from a row of `edges_query`."""
    numbers = iter(row)
    found: list[Bins | None] = []
    for breakdown in breakdowns:
        if breakdown.bin_count:
            low, high = next(numbers), next(numbers)
            edges = None if low is None or high is None else (float(low), float(high))
            found.append(Bins(breakdown.bin_count, edges))
        else:
            found.append(None)
    return tuple(found)


def is_other(value: str | tuple[str, ...]) -> bool:
    """True for the row of everything beyond the limit."""
    return value == OTHER or (isinstance(value, tuple) and OTHER in value)


def rank_of(value: str | tuple[str, ...]) -> int:
    """Return where a row stands: values, then null, then everything else."""
    if is_other(value):
        return 2
    return 1 if value == NULL or (isinstance(value, tuple) and NULL in value) else 0


def label_of(value: str | tuple[str, ...]) -> str:
    """A value as part of a label."""
    return value if isinstance(value, str) else "::".join(value)


def limited(
    counted: ast.SelectQuery,
    columns: BreakdownColumns,
    weight: ast.Expr,
    limit: int,
    *,
    is_null_last: bool,
) -> ast.SelectQuery:
    """Rows of `bucket, shown, value` with every value beyond the limit added up as Other.

    Values are ranked by the sum of `weight`, the null bucket like others or last.
    """
    value = field("breakdown")
    last = columns.is_null(value) if is_null_last else constant(0)
    ranked = select(
        {
            "breakdown": value,
            "points": call("groupArray", call("tuple", field("bucket"), field("value"))),
            "rank": _row_number(last, call("sum", weight)),
        },
        counted,
        group_by=["breakdown"],
    )
    point = field("point")
    shown = call("if", compared(field("rank"), "<=", limit), value, columns.other)
    return ast.SelectQuery(
        select=(
            ast.Alias("bucket", ast.TupleAccess(point, 1)),
            ast.Alias("shown", shown),
            ast.Alias("value", call("sum", ast.TupleAccess(point, 2))),
        ),
        select_from=ast.JoinExpr(ranked, alias="inner"),
        array_join_op="ARRAY JOIN",
        array_join_list=(ast.Alias("point", field("points")),),
        group_by=(field("bucket"), field("shown")),
    )


def _row_number(block: ast.Expr, total: ast.Expr) -> ast.Expr:
    order = (
        ast.OrderExpr(block),
        ast.OrderExpr(total, "DESC"),
        ast.OrderExpr(field("breakdown")),
    )
    return ast.WindowFunction("row_number", over_expr=ast.WindowExpr(order_by=order))
