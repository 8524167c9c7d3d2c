"""The tree of a HogQL query. Every node is frozen; a sequence is a tuple.

`field("properties", "$browser")`, `call("count")` and `constant(1)` are the short forms that
code which builds trees uses. `start` and `end` are offsets in the text a node was read from.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any, Literal, TypeAlias

CompareOperator: TypeAlias = Literal[
    "==", "!=", "<", "<=", ">", ">=", "like", "not like", "ilike", "not ilike",
    "in", "not in", "in cohort", "not in cohort", "=~", "!~", "=~*", "!~*",
]  # fmt: skip
ArithmeticOperator: TypeAlias = Literal["+", "-", "*", "/", "%"]
SetOperator: TypeAlias = Literal[
    "UNION ALL", "UNION DISTINCT", "INTERSECT", "INTERSECT DISTINCT", "EXCEPT"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of all nodes. Where a node stood in its text takes no part in comparison."""

    start: int | None = dataclass_field(default=None, compare=False, repr=False)
    end: int | None = dataclass_field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Expr(Node):
    """Base of everything that has a value, subqueries included."""


@dataclass(frozen=True, slots=True)
class Constant(Expr):
    """A value: None, bool, int, float, str, date, datetime, UUID, or a list or tuple of them."""

    value: Any


@dataclass(frozen=True, slots=True)
class Field(Expr):
    """A name with dots: `Field(("person", "properties", "email"))`; the last part may be `*`."""

    chain: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Placeholder(Expr):
    """`{name}`, to be replaced before the query is resolved."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class Alias(Expr):
    """`expr AS alias`."""

    alias: str
    expr: Expr


@dataclass(frozen=True, slots=True)
class And(Expr):
    """A conjunction; true when empty."""

    exprs: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Or(Expr):
    """A disjunction; false when empty."""

    exprs: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Not(Expr):
    """A negation."""

    expr: Expr


@dataclass(frozen=True, slots=True)
class ArithmeticOperation(Expr):
    """`left op right` with a number as the outcome."""

    op: ArithmeticOperator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class CompareOperation(Expr):
    """`left op right`, never NULL."""

    op: CompareOperator
    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class BetweenExpr(Expr):
    """`expr [NOT] BETWEEN low AND high`, never NULL."""

    expr: Expr
    low: Expr
    high: Expr
    negated: bool = False


@dataclass(frozen=True, slots=True)
class TypeCast(Expr):
    """`expr::type_name`; what cannot be cast is NULL."""

    expr: Expr
    type_name: str


@dataclass(frozen=True, slots=True)
class Array(Expr):
    """`[a, b]`."""

    exprs: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Tuple(Expr):
    """`(a, b)`."""

    exprs: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Dict(Expr):
    """`{'a': 1}`."""

    items: tuple[tuple[Expr, Expr], ...]


@dataclass(frozen=True, slots=True)
class ArrayAccess(Expr):
    """`array[property]`, counted from 1; also a key of a JSON column or a map."""

    array: Expr
    property: Expr


@dataclass(frozen=True, slots=True)
class TupleAccess(Expr):
    """`tuple.index`, counted from 1."""

    tuple: Expr
    index: int


@dataclass(frozen=True, slots=True)
class Lambda(Expr):
    """`(a, b) -> expr`."""

    args: tuple[str, ...]
    expr: Expr


@dataclass(frozen=True, slots=True)
class OrderExpr(Node):
    """A key of ORDER BY, optionally with the place of NULLs and `WITH FILL`."""

    expr: Expr
    order: Literal["ASC", "DESC"] = "ASC"
    fill: WithFill | None = None
    nulls: Literal["FIRST", "LAST"] | None = None


@dataclass(frozen=True, slots=True)
class WithFill(Node):
    """`WITH FILL FROM a TO b STEP c`."""

    from_value: Expr | None = None
    to_value: Expr | None = None
    step_value: Expr | None = None


@dataclass(frozen=True, slots=True)
class Call(Expr):
    """`name(params)(DISTINCT args ORDER BY order_by) FILTER (WHERE filter_expr)`."""

    name: str
    args: tuple[Expr, ...] = ()
    params: tuple[Expr, ...] | None = None
    distinct: bool = False
    order_by: tuple[OrderExpr, ...] = ()
    filter_expr: Expr | None = None


@dataclass(frozen=True, slots=True)
class WindowFrame(Node):
    """An end of a window's frame; `value` None with PRECEDING or FOLLOWING is UNBOUNDED."""

    type: Literal["CURRENT ROW", "PRECEDING", "FOLLOWING"]
    value: int | None = None


@dataclass(frozen=True, slots=True)
class WindowExpr(Node):
    """A window, behind OVER or in the WINDOW clause."""

    partition_by: tuple[Expr, ...] = ()
    order_by: tuple[OrderExpr, ...] = ()
    frame_method: Literal["ROWS", "RANGE"] | None = None
    frame_start: WindowFrame | None = None
    frame_end: WindowFrame | None = None


@dataclass(frozen=True, slots=True)
class WindowFunction(Expr):
    """`name(params)(args) OVER (…)` or `OVER over_identifier`."""

    name: str
    args: tuple[Expr, ...] = ()
    params: tuple[Expr, ...] | None = None
    over_expr: WindowExpr | None = None
    over_identifier: str | None = None


@dataclass(frozen=True, slots=True)
class ColumnsExpr(Expr):
    """`* EXCLUDE (a, b)`, or `COLUMNS('regex')`."""

    exclude: tuple[str, ...] = ()
    regex: str | None = None


@dataclass(frozen=True, slots=True)
class JoinConstraint(Node):
    """`ON expr` or `USING columns`."""

    constraint_type: Literal["ON", "USING"]
    expr: Expr


@dataclass(frozen=True, slots=True)
class JoinExpr(Node):
    """A table, subquery or table function, how it is joined, and what is joined to it next."""

    table: Expr
    alias: str | None = None
    table_args: tuple[Expr, ...] | None = None
    join_type: str | None = None
    constraint: JoinConstraint | None = None
    next_join: JoinExpr | None = None
    column_aliases: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CTE(Node):
    """`name AS (SELECT …)` (subquery) or `expr AS name` (column)."""

    name: str
    expr: Expr
    cte_type: Literal["subquery", "column"] = "subquery"
    columns: tuple[str, ...] | None = None
    recursive: bool = False


@dataclass(frozen=True, slots=True)
class LimitByExpr(Node):
    """`LIMIT n [OFFSET m] BY exprs`."""

    n: Expr
    exprs: tuple[Expr, ...]
    offset_value: Expr | None = None


@dataclass(frozen=True, slots=True)
class SelectQuery(Expr):
    """One SELECT."""

    select: tuple[Expr, ...]
    select_from: JoinExpr | None = None
    where: Expr | None = None
    group_by: tuple[Expr, ...] | None = None
    having: Expr | None = None
    order_by: tuple[OrderExpr, ...] | None = None
    limit: Expr | None = None
    offset: Expr | None = None
    distinct: bool = False
    ctes: tuple[CTE, ...] = ()
    prewhere: Expr | None = None
    qualify: Expr | None = None
    group_by_mode: Literal["cube", "rollup", "all"] | None = None
    array_join_op: Literal["ARRAY JOIN", "LEFT ARRAY JOIN", "INNER ARRAY JOIN"] | None = None
    array_join_list: tuple[Expr, ...] = ()
    window_exprs: tuple[tuple[str, WindowExpr], ...] = ()
    limit_by: LimitByExpr | None = None
    limit_with_ties: bool = False


@dataclass(frozen=True, slots=True)
class SelectSetNode(Node):
    """A further SELECT of a set of them, with the operator before it."""

    set_operator: SetOperator
    select_query: SelectQuery | SelectSetQuery


@dataclass(frozen=True, slots=True)
class SelectSetQuery(Expr):
    """SELECTs joined by UNION, INTERSECT or EXCEPT."""

    initial_select_query: SelectQuery | SelectSetQuery
    subsequent_select_queries: tuple[SelectSetNode, ...]
    order_by: tuple[OrderExpr, ...] | None = None
    limit: Expr | None = None
    offset: Expr | None = None


Select: TypeAlias = SelectQuery | SelectSetQuery


def field(*chain: str | int) -> Field:
    """Return the field with these parts."""
    return Field(chain)


def constant(value: Any) -> Constant:
    """Return the constant with this value."""
    return Constant(value)


def call(name: str, *args: Expr, params: tuple[Expr, ...] | None = None) -> Call:
    """Return the call of a function."""
    return Call(name, args, params)


def compare(left: Expr, op: CompareOperator, right: Expr) -> CompareOperation:
    """Return the comparison of two values."""
    return CompareOperation(op, left, right)
