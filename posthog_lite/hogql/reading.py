"""Plain data from the grammar to the tree of `ast`. What the tree has no node for is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError, QueryTooComplex

Data: TypeAlias = dict[str, Any]
MOST_NODES = 20_000
MOST_DEPTH = 150
_POSITIONS = ("start", "end")
_NUMBERS = {"Infinity", "-Infinity", "NaN"}


class Reader:
    """Reads one tree and counts its nodes."""

    def __init__(self) -> None:
        self._left = MOST_NODES
        self._depth = 0

    def expr(self, data: Data) -> ast.Expr:
        """Return the expression or subquery."""
        read = _READERS.get(data["node"])
        if read is None:
            raise QueryError(f"Unsupported: {data['node']}.", **_position(data))
        self._enter(data)
        node = read(self, data)
        self._depth -= 1
        return node

    def _enter(self, data: Data) -> None:
        self._left -= 1
        self._depth += 1
        if self._left < 0:
            raise QueryTooComplex(f"A query may have at most {MOST_NODES} parts.")
        if self._depth > MOST_DEPTH:
            raise QueryTooComplex(
                f"A query may be nested at most {MOST_DEPTH} deep.", **_position(data)
            )

    def optional(self, data: Data | None) -> ast.Expr | None:
        """Return the expression, or None where there is none."""
        return None if data is None else self.expr(data)

    def several(self, items: Iterable[Data] | None) -> tuple[ast.Expr, ...]:
        """Return the expressions of a list."""
        return tuple(self.expr(item) for item in items or ())

    def maybe_several(self, items: Iterable[Data] | None) -> tuple[ast.Expr, ...] | None:
        """Return the expressions of a list, None for none."""
        return None if items is None else self.several(items)

    def order(self, data: Data) -> ast.OrderExpr:
        """Return a key of ORDER BY."""
        fill = data.get("with_fill")
        return ast.OrderExpr(
            self.expr(data["expr"]),
            "DESC" if data["order"].upper().startswith("DESC") else "ASC",
            None if fill is None else self._fill(fill),
            **_position(data),
        )

    def orders(self, items: Iterable[Data] | None) -> tuple[ast.OrderExpr, ...] | None:
        """Return the keys of ORDER BY, None for none."""
        return None if items is None else tuple(self.order(item) for item in items)

    def _fill(self, data: Data) -> ast.WithFill:
        values = (data.get(name) for name in ("from_value", "to_value", "step_value"))
        return ast.WithFill(*(self.optional(value) for value in values))

    def select(self, data: Data) -> ast.Select:
        """Return a SELECT or a set of them."""
        read = self.expr(data)
        if not isinstance(read, ast.SelectQuery | ast.SelectSetQuery):
            raise QueryError("Only SELECT is supported here.", **_position(data))
        return read

    def select_query(self, data: Data) -> ast.SelectQuery:
        """Return one SELECT."""
        if data.get("interpolate"):
            raise QueryError("Unsupported: INTERPOLATE.", **_position(data))
        if data.get("group_by_mode") == "grouping_sets":
            raise QueryError("Unsupported: GROUPING SETS.", **_position(data))
        source, limit_by = data.get("select_from"), data.get("limit_by")
        return ast.SelectQuery(
            select=self.several(data["select"]),
            select_from=None if source is None else self._join(source),
            where=self.optional(data.get("where")),
            group_by=self.maybe_several(data.get("group_by")),
            having=self.optional(data.get("having")),
            order_by=self.orders(data.get("order_by")),
            limit=self.optional(data.get("limit")),
            offset=self.optional(data.get("offset")),
            distinct=bool(data.get("distinct")),
            ctes=tuple(self._cte(cte) for cte in data.get("ctes") or ()),
            prewhere=self.optional(data.get("prewhere")),
            qualify=self.optional(data.get("qualify")),
            group_by_mode=data.get("group_by_mode"),
            array_join_op=data.get("array_join_op"),
            array_join_list=self.several(data.get("array_join_list")),
            window_exprs=tuple(
                (name, self.window(window))
                for name, window in (data.get("window_exprs") or {}).items()
            ),
            limit_by=None if limit_by is None else self._limit_by(limit_by),
            limit_with_ties=bool(data.get("limit_with_ties")),
            **_position(data),
        )

    def set_query(self, data: Data) -> ast.SelectSetQuery:
        """Return SELECTs joined by set operators."""
        return ast.SelectSetQuery(
            self.select(data["initial_select_query"]),
            tuple(
                ast.SelectSetNode(item["set_operator"], self.select(item["select_query"]))
                for item in data["subsequent_select_queries"]
            ),
            order_by=self.orders(data.get("order_by")),
            limit=self.optional(data.get("limit")),
            offset=self.optional(data.get("offset")),
            **_position(data),
        )

    def _join(self, data: Data) -> ast.JoinExpr:
        constraint, following = data.get("constraint"), data.get("next_join")
        aliases = data.get("column_aliases")
        return ast.JoinExpr(
            self.expr(data["table"]),
            alias=data.get("alias"),
            table_args=self.maybe_several(data.get("table_args")),
            join_type=data.get("join_type"),
            constraint=None if constraint is None else self._constraint(constraint),
            next_join=None if following is None else self._join(following),
            column_aliases=None if aliases is None else tuple(aliases),
            table_final=bool(data.get("table_final")),
            sample=None if data.get("sample") is None else ast.Node(**_position(data["sample"])),
            **_position(data),
        )

    def _constraint(self, data: Data) -> ast.JoinConstraint:
        return ast.JoinConstraint(
            data["constraint_type"], self.expr(data["expr"]), **_position(data)
        )

    def _cte(self, data: Data) -> ast.CTE:
        columns = data.get("columns")
        return ast.CTE(
            data["name"],
            self.expr(data["expr"]),
            cte_type=data["cte_type"],
            columns=None if columns is None else tuple(columns),
            recursive=bool(data.get("recursive")),
            **_position(data),
        )

    def _limit_by(self, data: Data) -> ast.LimitByExpr:
        return ast.LimitByExpr(
            self.expr(data["n"]), self.several(data["exprs"]), self.optional(data["offset_value"])
        )

    def window(self, data: Data) -> ast.WindowExpr:
        """Return what stands behind OVER."""
        start, end = data.get("frame_start"), data.get("frame_end")
        return ast.WindowExpr(
            self.several(data.get("partition_by")),
            self.orders(data.get("order_by")) or (),
            data.get("frame_method"),
            None if start is None else _frame(start),
            None if end is None else _frame(end),
            **_position(data),
        )


def _frame(data: Data) -> ast.WindowFrame:
    return ast.WindowFrame(data["frame_type"], data["frame_value"])


def _position(data: Data) -> dict[str, Any]:
    return {name: data[name]["offset"] for name in _POSITIONS if data.get(name)}


def _constant(_: Reader, data: Data) -> ast.Expr:
    value = data.get("value")
    if data.get("value_type") == "number":
        value = float(value) if value in _NUMBERS else _number(str(value))
    return ast.Constant(value, **_position(data))


def _number(text: str) -> int | float:
    """Return an integer if the engine has a type for it, else the nearest float."""
    if text.lstrip("-").isdigit() and len(text) <= 20 and -(2**63) <= int(text) < 2**64:
        return int(text)
    return float(text)


def _field(_: Reader, data: Data) -> ast.Expr:
    return ast.Field(tuple(data["chain"]), **_position(data))


def _call(reader: Reader, data: Data) -> ast.Expr:
    if data["name"].lower() == "not" and len(data["args"]) == 1:  # the grammar on `not (…)`
        return ast.Not(reader.expr(data["args"][0]), **_position(data))
    return ast.Call(
        data["name"],
        reader.several(data["args"]),
        reader.maybe_several(data.get("params")),
        bool(data.get("distinct")),
        reader.orders(data.get("order_by")) or (),
        reader.optional(data.get("filter_expr")),
        **_position(data),
    )


def _window_function(reader: Reader, data: Data) -> ast.Expr:
    """Return `f(a) OVER …`, or `f(params)(a) OVER …` where the grammar gives two lists."""
    over, first, second = data.get("over_expr"), data.get("exprs"), data.get("args")
    return ast.WindowFunction(
        data["name"],
        reader.several(second or first),
        reader.several(first) if second else None,
        None if over is None else reader.window(over),
        data.get("over_identifier"),
        **_position(data),
    )


def _compare(reader: Reader, data: Data) -> ast.Expr:
    left, right = reader.expr(data["left"]), reader.expr(data["right"])
    return ast.CompareOperation(data["op"], left, right, **_position(data))


def _between(reader: Reader, data: Data) -> ast.Expr:
    expr, low, high = (reader.expr(data[name]) for name in ("expr", "low", "high"))
    return ast.BetweenExpr(expr, low, high, bool(data["negated"]), **_position(data))


def _arithmetic(reader: Reader, data: Data) -> ast.Expr:
    left, right = reader.expr(data["left"]), reader.expr(data["right"])
    return ast.ArithmeticOperation(data["op"], left, right, **_position(data))


def _dict(reader: Reader, data: Data) -> ast.Expr:
    items = tuple((reader.expr(key), reader.expr(value)) for key, value in data["items"])
    return ast.Dict(items, **_position(data))


def _array_access(reader: Reader, data: Data) -> ast.Expr:
    array, key = reader.expr(data["array"]), reader.expr(data["property"])
    return ast.ArrayAccess(array, key, **_position(data))


def _columns(_: Reader, data: Data) -> ast.Expr:
    if not data.get("all_columns") and data.get("regex") is None:
        raise QueryError("Unsupported: a list of columns in COLUMNS.", **_position(data))
    exclude = tuple(data.get("exclude") or ())
    return ast.ColumnsExpr(exclude, data.get("regex"), **_position(data))


_READERS: dict[str, Callable[[Reader, Data], ast.Expr]] = {
    "SelectQuery": Reader.select_query,
    "SelectSetQuery": Reader.set_query,
    "Constant": _constant,
    "Field": _field,
    "Call": _call,
    "WindowFunction": _window_function,
    "CompareOperation": _compare,
    "BetweenExpr": _between,
    "ArithmeticOperation": _arithmetic,
    "Dict": _dict,
    "ArrayAccess": _array_access,
    "ColumnsExpr": _columns,
    "Placeholder": lambda r, d: ast.Placeholder(r.expr(d["expr"]), **_position(d)),
    "Alias": lambda r, d: ast.Alias(d["alias"], r.expr(d["expr"]), **_position(d)),
    "And": lambda r, d: ast.And(r.several(d["exprs"]), **_position(d)),
    "Or": lambda r, d: ast.Or(r.several(d["exprs"]), **_position(d)),
    "Not": lambda r, d: ast.Not(r.expr(d["expr"]), **_position(d)),
    "TypeCast": lambda r, d: ast.TypeCast(r.expr(d["expr"]), d["type_name"], **_position(d)),
    "TryCast": lambda r, d: ast.TypeCast(r.expr(d["expr"]), d["type_name"], **_position(d)),
    "Array": lambda r, d: ast.Array(r.several(d["exprs"]), **_position(d)),
    "Tuple": lambda r, d: ast.Tuple(r.several(d["exprs"]), **_position(d)),
    "TupleAccess": lambda r, d: ast.TupleAccess(r.expr(d["tuple"]), d["index"], **_position(d)),
    "Lambda": lambda r, d: ast.Lambda(tuple(d["args"]), r.expr(d["expr"]), **_position(d)),
}
