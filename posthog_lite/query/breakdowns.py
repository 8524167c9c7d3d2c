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
TRAILING_URL_MARKS = "[/?#]*$"
LAST_EDGE = 0.01

Edges = tuple[float, float] | None


def value_of(breakdown: Breakdown, context: QueryContext) -> ast.Expr:
    """The value of a breakdown as text, null where it is missing or empty."""
    text = call("nullIf", text_value(breakdown, context), constant(""))
    if not breakdown.normalize_url:
        return text
    return call("replaceRegexpOne", text, constant(TRAILING_URL_MARKS), constant(""))


def text_value(breakdown: Breakdown, context: QueryContext) -> ast.Expr:
    """The value of a breakdown as text, as it came."""
    if breakdown.kind is BreakdownKind.COHORT:
        raise UnsupportedQuery("Cohorts are not supported.", attr="breakdownFilter")
    return text_of(path_of(breakdown), context)


def path_of(breakdown: Breakdown) -> PropertyPath:
    """Return where the value of a breakdown stands."""
    return PropertyPath(breakdown.kind, breakdown.property, breakdown.group_type_index)


@dataclass(frozen=True)
class Bins:
    """Equal bins between the least and the greatest number; no edges without numbers."""

    count: int
    edges: Edges

    def index_of(self, number: ast.Expr) -> ast.Expr:
        """The number's bin, as text; the null bucket for what is no number."""
        if self.edges is None:
            return constant(NULL)
        low, high = self.edges
        if low == high:
            index: ast.Expr = constant(0)
        else:
            share = arithmetic(arithmetic(number, "-", low), "/", high - low)
            index = call(
                "least",
                call("floor", arithmetic(share, "*", self.count)),
                constant(self.count - 1),
            )
        text = call("toString", call("toInt", index))
        outside = ast.Or((is_null(number), compared(number, "<", low), compared(number, ">", high)))
        return call("if", outside, constant(NULL), call("assumeNotNull", text))

    def name_of(self, index: str) -> str:
        """The name of a bin, such as `[10,20.01]`."""
        if self.edges is None or not index.isdigit():
            return index
        low, high = self.edges
        if low == high:
            return f"[{decimal(low)},{decimal(low + LAST_EDGE)}]"
        width = (high - low) / self.count
        at = int(index)
        upper = high + LAST_EDGE if at == self.count - 1 else low + width * (at + 1)
        return f"[{decimal(low + width * at)},{decimal(upper)}]"


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
            return bins.index_of(number_of(path_of(breakdown), context))
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
        if not self.filter.is_list:
            return self._name(0, value)
        return tuple(self._name(at, part) for at, part in enumerate(value))

    def _name(self, at: int, text: str) -> str:
        bins = self.bins[at]
        return text if bins is None or text == OTHER else bins.name_of(text)

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
    counted: ast.SelectQuery, columns: BreakdownColumns, weight: ast.Expr, limit: int
) -> ast.SelectQuery:
    """Rows of `bucket, breakdown, value` with every value beyond the limit added up as Other.

    Values are ranked by the sum of `weight`, null last.
    """
    value = field("breakdown")
    ranked = select(
        {
            "breakdown": value,
            "points": call("groupArray", call("tuple", field("bucket"), field("value"))),
            "total": call("sum", weight),
        },
        counted,
        group_by=["breakdown"],
    )
    numbered = select(
        {"breakdown": value, "points": field("points"), "rank": _row_number(columns)}, ranked
    )
    point = field("point")
    outer = select(
        {
            "bucket": ast.TupleAccess(point, 1),
            "breakdown": call("if", compared(field("rank"), "<=", limit), value, columns.other),
            "value": ast.TupleAccess(point, 2),
        },
        _joined(numbered),
    )
    return select(
        {"bucket": field("bucket"), "breakdown": value, "value": call("sum", field("value"))},
        outer,
        group_by=["bucket", "breakdown"],
    )


def _row_number(columns: BreakdownColumns) -> ast.Expr:
    value = field("breakdown")
    order = (
        ast.OrderExpr(columns.is_null(value)),
        ast.OrderExpr(field("total"), "DESC"),
        ast.OrderExpr(value),
    )
    return ast.WindowFunction("row_number", over_expr=ast.WindowExpr(order_by=order))


def _joined(numbered: ast.SelectQuery) -> ast.SelectQuery:
    """One row for each point of each value."""
    return ast.SelectQuery(
        select=(field("breakdown"), field("rank"), field("point")),
        select_from=ast.JoinExpr(numbered, alias="inner"),
        array_join_op="ARRAY JOIN",
        array_join_list=(ast.Alias("point", field("points")),),
    )
