"""SELECT to SQL: clauses in order, each with the names that may be used in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, replace
from operator import attrgetter
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError, ResolutionError
from posthog_lite.hogql.joins import Joins
from posthog_lite.hogql.printer import ExpressionPrinter
from posthog_lite.hogql.printing import PrintedSelect
from posthog_lite.hogql.scope import AliasEntry, NamedSubquery, Scope
from posthog_lite.hogql.sources import Column, SubquerySource
from posthog_lite.hogql.text import hogql
from posthog_lite.hogql.types import UNKNOWN, Printed, ValueType

_SET_OPERATORS = frozenset(
    ("UNION ALL", "UNION DISTINCT", "INTERSECT", "INTERSECT DISTINCT", "EXCEPT", "EXCEPT DISTINCT")
)
_RESERVED = frozenset(("team_id", "true", "false", "null"))
_PARTS: Mapping[type, Callable[[ast.Node], tuple[Any, ...]]] = {
    kind: attrgetter(*(slot.name for slot in fields(kind)))
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.Node)
}
_parts_with_aliases = attrgetter(
    *(
        slot.name
        for slot in fields(ast.SelectQuery)
        if slot.name not in ("ctes", "select_from", "array_join_list")
    )
)
_WITHOUT_ALIASES = (ast.Constant, ast.Field, ast.SelectQuery, ast.SelectSetQuery)
_ARRAY_JOINS = frozenset(("ARRAY JOIN", "LEFT ARRAY JOIN", "INNER ARRAY JOIN"))


class SelectPrinter(ExpressionPrinter):
    """Prints SELECTs, those within others included."""

    def select(self, node: ast.Select) -> str:
        """Return the SQL of a subquery in an expression."""
        return self.query(node).sql

    def query(self, node: ast.Select) -> PrintedSelect:
        """Return the SQL of a SELECT or of a set of them, and its columns."""
        if isinstance(node, ast.SelectSetQuery):
            printed = self._set(node)
        else:
            with self._inner_scope():
                printed = self._select(node)
        self.output.checked(printed.sql)
        return printed

    @contextmanager
    def _inner_scope(self) -> Iterator[None]:
        outer = self.scope
        self.scope = Scope(parent=outer)
        try:
            yield
        finally:
            self.scope = outer

    def _set(self, node: ast.SelectSetQuery) -> PrintedSelect:
        """Return a set of SELECTs. What the first one's WITH names is seen by all of them."""
        first = node.initial_select_query
        with self._inner_scope():
            prefix = ""
            if isinstance(first, ast.SelectQuery):
                prefix, first = self._with(first.ctes), replace(first, ctes=())
            members = [self.query(first)]
            sql = _member(first, members[0])
            for following in node.subsequent_select_queries:
                if following.set_operator not in _SET_OPERATORS:
                    raise QueryError(f"Unsupported: {following.set_operator}.")
                members.append(self.query(following.select_query))
                sql += f" {following.set_operator} {_member(following.select_query, members[-1])}"
            printed = PrintedSelect(prefix + sql, _common_columns(members, node))
            return self._bounded_set(node, printed)

    def _bounded_set(self, node: ast.SelectSetQuery, printed: PrintedSelect) -> PrintedSelect:
        """Return a set with ORDER BY and LIMIT of its own, where it has them."""
        if not (node.order_by or node.limit or node.offset):
            return printed
        source = SubquerySource(self.output.name("union"), f"({printed.sql})", printed.columns)
        self.scope.sources[""] = source
        order = f" ORDER BY {self.order(node.order_by)}" if node.order_by else ""
        bounds = self._bounds(node.limit, node.offset)
        columns = ", ".join(
            f"{source.sql_name}.{column.sql_name} AS {column.sql_name}"
            for column in printed.columns
        )
        return PrintedSelect(
            f"SELECT {columns} FROM {source.sql()}{order}{bounds}",  # noqa: S608  # our own names
            printed.columns,
        )

    def _select(self, node: ast.SelectQuery) -> PrintedSelect:
        later: list[ast.CTE] = []
        named = self._named_by_with(node.ctes, later)
        joins = None if node.select_from is None else Joins(self, node.select_from)
        unfolded = self._array_join(node)
        named.extend(self._cte(cte) for cte in later)
        prefix = f"WITH {', '.join(named)} " if named else ""
        self._collect_aliases(node)
        self.scope.windows = {name: self.output.name(name) for name, _ in node.window_exprs}
        items, columns = self._items(node)
        where = self._where(node)
        self.scope.aliases_first = True
        tail = self._tail(node)
        # FROM comes last: a source reads the columns that have been named by now.
        source = "" if joins is None else f" FROM {joins.sql()}"
        distinct = "DISTINCT " if node.distinct else ""
        return PrintedSelect(
            f"{prefix}SELECT {distinct}{', '.join(items)}{source}{unfolded}{where}{tail}", columns
        )

    def _with(self, ctes: tuple[ast.CTE, ...]) -> str:
        parts = [self._cte(cte) for cte in ctes]
        return f"WITH {', '.join(parts)} " if parts else ""

    def _named_by_with(self, ctes: tuple[ast.CTE, ...], later: list[ast.CTE]) -> list[str]:
        """Return what WITH names; `later` gets the expressions that read columns of FROM."""
        parts = []
        for cte in ctes:
            try:
                parts.append(self._cte(cte))
            except ResolutionError:
                if cte.cte_type != "column":
                    raise
                later.append(cte)
        return parts

    def _cte(self, cte: ast.CTE) -> str:
        sql_name = self.output.name(cte.name)
        if cte.recursive:
            raise QueryError("Unsupported: WITH RECURSIVE.", start=cte.start, end=cte.end)
        if cte.cte_type == "column":
            printed = self.expr(cte.expr)
            self.scope.values[cte.name] = Printed(sql_name, printed.type)
            return f"{printed.sql} AS {sql_name}"
        if not isinstance(cte.expr, ast.SelectQuery | ast.SelectSetQuery):
            raise QueryError("WITH name AS takes a SELECT.", start=cte.start, end=cte.end)
        before = self.output.tables
        query = self.query(cte.expr)
        named = SubquerySource(sql_name, sql_name, query.columns)
        columns = _named_anew(named.columns, cte)
        self.scope.subqueries[cte.name] = NamedSubquery(
            sql_name, columns, self.output.tables - before
        )
        return f"{sql_name} AS ({query.sql})"

    def _array_join(self, node: ast.SelectQuery) -> str:
        if not node.array_join_list:
            return ""
        if node.array_join_op not in _ARRAY_JOINS:
            raise QueryError(f"Unsupported: {node.array_join_op}.")
        parts = []
        for item in node.array_join_list:
            if not isinstance(item, ast.Alias):
                raise QueryError(
                    "ARRAY JOIN arrays must have an alias", start=item.start, end=item.end
                )
            sql_name = self.output.name(item.alias)
            parts.append((item.alias, sql_name, self.expr(item.expr).sql))
        self.scope.unfolded.update(
            {name: Printed(sql_name, UNKNOWN) for name, sql_name, _ in parts}
        )
        return f" {node.array_join_op} " + ", ".join(f"{sql} AS {name}" for _, name, sql in parts)

    def _collect_aliases(self, node: ast.SelectQuery) -> None:
        """Take every alias of this SELECT, wherever in an expression it stands."""
        for alias in _aliases(_parts_with_aliases(node)):
            self._take_alias(alias)

    def _take_alias(self, node: ast.Alias) -> None:
        if node.alias.lower() in _RESERVED:
            raise QueryError(
                f"`{node.alias}` cannot be an alias: the name is reserved.",
                start=node.start,
                end=node.end,
            )
        entry = AliasEntry(node.expr, self.output.name(node.alias))
        self.scope.aliases.setdefault(node.alias, entry)

    def _items(self, node: ast.SelectQuery) -> tuple[list[str], list[Column]]:
        sql, columns = [], []
        for item, title in self._expanded(node):
            name, printed, sql_name = self._item(item)
            sql.append(f"{printed.sql} AS {sql_name}")
            columns.append(Column(name, sql_name, printed.type, title or column_title(item)))
        if not sql:
            raise QueryError("A SELECT must have a column.", start=node.start, end=node.end)
        return sql, columns

    def _item(self, item: ast.Expr) -> tuple[str, Printed, str]:
        if not isinstance(item, ast.Alias):
            name = column_name(item)
            return name, self.expr(item), self.output.name(name)
        entry = self.scope.aliases[item.alias]
        if entry.expr is not item.expr:
            return item.alias, self.expr(item.expr), self.output.name(item.alias)
        self.alias(item.alias, item)
        assert entry.printed is not None  # noqa: S101  # `alias` prints it
        return item.alias, entry.printed, entry.sql_name

    def _expanded(self, node: ast.SelectQuery) -> Iterator[tuple[ast.Expr, str | None]]:
        """Yield the columns; those that `*` stands for with their titles."""
        for item in node.select:
            if isinstance(item, ast.Field) and item.chain[-1] == "*":
                yield from self._star(item, ())
            elif isinstance(item, ast.ColumnsExpr):
                if item.regex is not None:
                    raise QueryError("Unsupported: COLUMNS.", start=item.start, end=item.end)
                yield from self._star(item, item.exclude)
            else:
                yield item, None

    def _star(self, item: ast.Expr, without: tuple[str, ...]) -> Iterator[tuple[ast.Expr, str]]:
        wanted = item.chain[0] if isinstance(item, ast.Field) and len(item.chain) == 2 else None
        found = False
        for name, source in self.scope.sources.items():
            if wanted is None or wanted == name:
                found = True
                for column in source.star():
                    if column not in without:
                        yield ast.Field((name, column)), column
        if not found or (isinstance(item, ast.Field) and len(item.chain) > 2):
            raise QueryError(
                "`*` needs a table to stand for the columns of.", start=item.start, end=item.end
            )

    def _where(self, node: ast.SelectQuery) -> str:
        """Return WHERE; PREWHERE is part of it, since tables are subqueries."""
        conditions = [part for part in (node.prewhere, node.where) if part is not None]
        if not conditions:
            return ""
        with self.scope.columns_first():
            parts = [self.expr(condition).sql for condition in conditions]
        return f" WHERE {parts[0] if len(parts) == 1 else f'and({parts[0]}, {parts[1]})'}"

    def _tail(self, node: ast.SelectQuery) -> str:
        parts = [self._group_by(node)]
        if node.having is not None:
            parts.append(f" HAVING {self.expr(node.having).sql}")
        parts.append(self._windows(node))
        if node.qualify is not None:
            parts.append(f" QUALIFY {self.expr(node.qualify).sql}")
        if node.order_by:
            parts.append(f" ORDER BY {self.order(node.order_by)}")
        parts.append(self._limit_by(node.limit_by))
        parts.append(self._bounds(node.limit, node.offset, with_ties=node.limit_with_ties))
        return "".join(parts)

    def _group_by(self, node: ast.SelectQuery) -> str:
        if node.group_by_mode == "all":
            return " GROUP BY ALL"
        if not node.group_by:
            return ""
        keys = self.many(node.group_by)
        modes = {"cube": f"CUBE({keys})", "rollup": f"ROLLUP({keys})"}
        return f" GROUP BY {modes.get(node.group_by_mode or '', keys)}"

    def _windows(self, node: ast.SelectQuery) -> str:
        """Return WINDOW. The SELECT list has been printed, so names were given before."""
        if not node.window_exprs:
            return ""
        parts = [
            f"{self.scope.windows[name]} AS ({self.window_expr(window)})"
            for name, window in node.window_exprs
        ]
        return f" WINDOW {', '.join(parts)}"

    def _limit_by(self, node: ast.LimitByExpr | None) -> str:
        if node is None:
            return ""
        offset = "" if node.offset_value is None else f" OFFSET {_whole(node.offset_value)}"
        return f" LIMIT {_whole(node.n)}{offset} BY {self.many(node.exprs)}"

    def _bounds(
        self, limit: ast.Expr | None, offset: ast.Expr | None, *, with_ties: bool = False
    ) -> str:
        sql = "" if limit is None else f" LIMIT {_whole(limit)}{' WITH TIES' if with_ties else ''}"
        return sql if offset is None else f"{sql} OFFSET {_whole(offset)}"


def column_name(node: ast.Expr) -> str:
    """Return the name by which an outer query knows a column."""
    return str(node.chain[-1]) if isinstance(node, ast.Field) else column_title(node)


def column_title(node: ast.Expr) -> str:
    """Return the name of a column in an answer: its alias, or the expression as it is printed."""
    return node.alias if isinstance(node, ast.Alias) else hogql(node)


def whole_number(node: ast.Expr) -> int | None:
    """Return the number of a LIMIT or OFFSET, None for anything else."""
    value = node.value if isinstance(node, ast.Constant) else None
    if isinstance(value, str) and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**63:
        return None
    return value


def _whole(node: ast.Expr) -> str:
    value = whole_number(node)
    if value is None:
        raise QueryError(
            "LIMIT and OFFSET take a whole number that is not negative.",
            start=node.start,
            end=node.end,
        )
    return str(value)


def _member(node: ast.Select, printed: PrintedSelect) -> str:
    return f"({printed.sql})" if isinstance(node, ast.SelectSetQuery) else printed.sql


def _common_columns(members: list[PrintedSelect], node: ast.SelectSetQuery) -> list[Column]:
    """Return the columns of a set: names of the first SELECT, types that fit them all."""
    if len({len(member.columns) for member in members}) > 1:
        raise QueryError(
            "The SELECTs of a UNION must have the same number of columns.",
            start=node.start,
            end=node.end,
        )
    return [
        replace(columns[0], type=_common_type([column.type for column in columns]))
        for columns in zip(*(member.columns for member in members), strict=True)
    ]


def _common_type(types: list[ValueType]) -> ValueType:
    nullable = any(type_.nullable for type_ in types)
    known = types[0] if len({type_.kind for type_ in types}) == 1 else UNKNOWN
    return replace(known, nullable=nullable)


def _named_anew(columns: list[Column], cte: ast.CTE) -> list[Column]:
    if cte.columns is None:
        return columns
    if len(cte.columns) != len(columns):
        raise QueryError(
            f"`{cte.name}` has {len(columns)} columns, but {len(cte.columns)} names.",
            start=cte.start,
            end=cte.end,
        )
    pairs = zip(columns, cte.columns, strict=True)
    return [replace(column, name=name) for column, name in pairs]


def _aliases(parts: Iterable[Any]) -> Iterator[ast.Alias]:
    """Yield the aliases in parts of a tree, but none of its subqueries'."""
    left = [*parts][::-1]
    while left:
        part = left.pop()
        if isinstance(part, tuple):
            left += part[::-1]
        elif isinstance(part, ast.Node) and not isinstance(part, _WITHOUT_ALIASES):
            if isinstance(part, ast.Alias):
                yield part
            left += _PARTS[type(part)](part)[::-1]
