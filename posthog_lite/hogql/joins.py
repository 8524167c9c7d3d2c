"""FROM and its joins: what each source is, which of them may be missing, and their conditions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError, ResolutionError
from posthog_lite.hogql.sources import NumbersSource, Source, SubquerySource, TableSource
from posthog_lite.hogql.tables import TABLES

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import QueryPrinter

_JOIN_WORDS = frozenset(
    (
        "INNER", "LEFT", "RIGHT", "FULL", "OUTER", "CROSS", "ANY", "ALL", "ASOF", "SEMI", "ANTI",
        "JOIN", "GLOBAL",
    )
)  # fmt: skip
_NUMBERS = "numbers"


class Joins:
    """The sources of one SELECT in their order."""

    def __init__(self, printer: QueryPrinter, first: ast.JoinExpr) -> None:
        self._printer = printer
        self._nodes = list(_chained(first))
        self._sources = [self._source(node) for node in self._nodes]
        self._mark_missing()
        self._conditions = [self._condition(index, node) for index, node in enumerate(self._nodes)]

    def sql(self) -> str:
        """Return everything behind FROM, once all columns have been named."""
        parts: list[str] = []
        for node, source, condition in zip(
            self._nodes, self._sources, self._conditions, strict=True
        ):
            if parts:
                parts.append(f" {_join_type(node)} ")
            # `joins_sql` first: it names the keys that the source itself must read.
            joins = source.joins_sql()
            parts.append(f"{source.sql()}{condition}{joins}")
        return "".join(parts)

    def _source(self, node: ast.JoinExpr) -> Source:
        name, source = self._named(node)
        self._printer.scope.add_source(node.alias or name, source, node)
        return source

    def _named(self, node: ast.JoinExpr) -> tuple[str, Source]:
        table = node.table
        if isinstance(table, ast.SelectQuery | ast.SelectSetQuery):
            return self._subquery(node, table)
        if not isinstance(table, ast.Field):
            raise QueryError(
                "FROM and JOIN need a table, a subquery or numbers().",
                start=node.start,
                end=node.end,
            )
        name = ".".join(str(part) for part in table.chain)
        if (known := self._printer.scope.subquery(name)) is not None:
            self._refuse_arguments(node, name)
            self._printer.output.count_tables(max(known.tables, 1))  # it is printed again as well
            sql_name = self._printer.output.name(node.alias or name)
            source = SubquerySource(sql_name, known.sql_name, known.columns)
            return name, _renamed(source, node)
        return name, self._numbers(node) if name == _NUMBERS else self._table(node, name)

    def _subquery(self, node: ast.JoinExpr, table: ast.Select) -> tuple[str, Source]:
        printed = self._printer.query(table)
        name = node.alias or f"subquery {len(self._printer.scope.sources)}"
        source = SubquerySource(
            self._printer.output.name(name), f"({printed.sql})", printed.columns
        )
        return name, _renamed(source, node)

    def _table(self, node: ast.JoinExpr, name: str) -> Source:
        table = TABLES.get(name)
        if table is None:
            raise QueryError(f"Unknown table `{name}`.", start=node.start, end=node.end)
        self._refuse_arguments(node, name)
        if node.column_aliases:
            raise QueryError("Names of columns may follow a subquery only.", start=node.start)
        self._printer.output.count_tables(1)
        sql_name = self._printer.output.name(node.alias or name)
        return TableSource(sql_name, table, self._printer.context, self._printer.output)

    def _refuse_arguments(self, node: ast.JoinExpr, name: str) -> None:
        if node.table_args is not None:
            raise QueryError(
                f"Table '{name}' does not accept arguments", start=node.start, end=node.end
            )

    def _numbers(self, node: ast.JoinExpr) -> Source:
        found = None
        if node.table_args is None:
            found = "requires arguments"
        elif not node.table_args:
            found = "requires at least 1 argument"
        elif len(node.table_args) > 2:
            found = "requires at most 2 arguments"
        if found is not None:
            raise QueryError(f"Table function 'numbers' {found}", start=node.start, end=node.end)
        self._printer.output.count_tables(1)
        arguments = self._printer.many(node.table_args or ())
        return NumbersSource(self._printer.output.name(node.alias or _NUMBERS), arguments)

    def _mark_missing(self) -> None:
        """Note which sources have NULL where the other side of a join has no match."""
        for index, node in enumerate(self._nodes):
            words = (node.join_type or "").upper().split()
            if "LEFT" in words or "FULL" in words:
                self._sources[index].is_nullable = True
            if "RIGHT" in words or "FULL" in words:
                for source in self._sources[:index]:
                    source.is_nullable = True

    def _condition(self, index: int, node: ast.JoinExpr) -> str:
        if node.constraint is None:
            return ""
        source = self._sources[index]
        before = source.joins_made()
        if node.constraint.constraint_type == "USING":
            sql = self._using(index, node.constraint)
        else:
            sql = self._printer.condition_of_join(node.constraint.expr)
        if source.joins_made() > before:
            raise QueryError(
                "The condition of a JOIN cannot use what the joined table itself joins by a dot. "
                "Join a subquery that selects it.",
                start=node.constraint.start,
                end=node.constraint.end,
            )
        return f" ON {sql}"

    def _using(self, index: int, constraint: ast.JoinConstraint) -> str:
        """Return `USING (a, b)` as equalities: columns have other names in the SQL."""
        parts = []
        for name in _using_names(constraint):
            right = self._sources[index].column(name)
            found = (source.column(name) for source in self._sources[:index])
            left = next((column for column in found if column is not None), None)
            if left is None or right is None:
                raise ResolutionError(
                    f"Unable to resolve field: {name}", start=constraint.start, end=constraint.end
                )
            self._printer.scope.shared.add(name)
            parts.append(f"equals({left.sql}, {right.sql})")
        return parts[0] if len(parts) == 1 else f"and({', '.join(parts)})"


def _chained(first: ast.JoinExpr) -> Iterator[ast.JoinExpr]:
    node: ast.JoinExpr | None = first
    while node is not None:
        yield node
        node = node.next_join


def _renamed(source: SubquerySource, node: ast.JoinExpr) -> SubquerySource:
    """Return the subquery with the names of columns that follow its alias."""
    if node.column_aliases is None:
        return source
    if len(node.column_aliases) != len(source.columns):
        raise QueryError(
            f"{len(source.columns)} columns have {len(node.column_aliases)} names.",
            start=node.start,
            end=node.end,
        )
    pairs = zip(source.columns, node.column_aliases, strict=True)
    source.columns = [replace(column, name=name) for column, name in pairs]
    return source


def _using_names(constraint: ast.JoinConstraint) -> list[str]:
    expr = constraint.expr
    fields = expr.exprs if isinstance(expr, ast.Tuple) else (expr,)
    names = [
        str(field.chain[0])
        for field in fields
        if isinstance(field, ast.Field) and len(field.chain) == 1
    ]
    if not names or len(names) != len(fields):
        raise QueryError("USING takes names of columns.", start=constraint.start)
    return names


def _join_type(node: ast.JoinExpr) -> str:
    words = (node.join_type or "JOIN").upper().split()
    if not _JOIN_WORDS.issuperset(words) or words[-1] != "JOIN" or len(words) > 4:
        raise QueryError(f"Unsupported: {node.join_type}.", start=node.start, end=node.end)
    return " ".join(word for word in words if word != "GLOBAL")
