"""Sources of FROM and JOIN: tables of the project, subqueries, and rows of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from posthog_lite.hogql.context import HogQLContext
from posthog_lite.hogql.output import Output, literal
from posthog_lite.hogql.tables import EVENTS, PROJECT, Join, Table, joined_table
from posthog_lite.hogql.types import Printed, ValueType

OVERRIDES = "person_overrides"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a subquery: its name for the query, in the SQL and in an answer, and its type."""

    name: str
    sql_name: str
    type: ValueType
    title: str


@dataclass(slots=True)
class Source:
    """Rows under a name. `is_nullable` says that a join may leave every column NULL."""

    sql_name: str
    is_nullable: bool = field(default=False, init=False)

    def column(self, name: str) -> Printed | None:
        """Return the column, or None if there is none of that name."""
        raise NotImplementedError

    def star(self) -> list[str]:
        """Return the names of the columns that `*` stands for."""
        raise NotImplementedError

    def names(self) -> Iterable[str]:
        """Return the names of all columns and joins."""
        return self.star()

    def joined(self, name: str) -> Source | None:
        """Return what a dot leads to from here, or None."""
        return None

    def extracted(self, name: str, label: str, path_sql: str) -> Printed | None:
        """Return a property read where the rows are read, or None to read it in place."""
        return None

    def sql(self) -> str:
        """Return what stands behind FROM. To be asked when all columns have been named."""
        raise NotImplementedError

    def joins_sql(self) -> str:
        """Return the joins that dots have made, in order."""
        return ""

    def joins_made(self) -> int:
        """Return how many joins dots have made."""
        return 0

    def _typed(self, type_: ValueType) -> ValueType:
        return type_.or_null() if self.is_nullable else type_


@dataclass(slots=True)
class SubquerySource(Source):
    """A subquery, or the name of one from WITH."""

    from_sql: str
    columns: list[Column]

    def column(self, name: str) -> Printed | None:
        """Return the last column of that name."""
        for column in reversed(self.columns):
            if column.name == name:
                return Printed(f"{self.sql_name}.{column.sql_name}", self._typed(column.type))
        return None

    def star(self) -> list[str]:
        """Return the names of all columns, once each."""
        return list(dict.fromkeys(column.name for column in self.columns))

    def sql(self) -> str:
        """Return the subquery under its name."""
        return f"{self.from_sql} AS {self.sql_name}"


@dataclass(slots=True)
class TableSource(Source):
    """A table, read for one project; only the columns that are named are read."""

    table: Table
    context: HogQLContext
    output: Output
    is_joined: bool = False
    _read: dict[str, tuple[str, str]] = field(default_factory=dict)
    _joins: dict[str, tuple[Join, str, TableSource]] = field(default_factory=dict)

    def column(self, name: str) -> Printed | None:
        """Return the column; moments are shown in the time zone of the project."""
        found = self.table.columns.get(name)
        if found is None:
            return None
        sql = self._reading(name, found.sql)
        type_ = self._typed(found.type)
        if type_.kind == "DateTime" and self.context.timezone != "UTC":
            return Printed(f"toTimeZone({sql}, {literal(self.context.timezone)})", type_, sql)
        return Printed(sql, type_)

    def star(self) -> list[str]:
        """Return the plain columns."""
        return self.table.shown()

    def names(self) -> Iterable[str]:
        """Return the names of all columns and joins."""
        own = [*self.table.columns, *self.table.joins]
        return [*own, *self.context.group_types] if self.table is EVENTS else own

    def joined(self, name: str) -> TableSource | None:
        """Return the table that a dot leads to, joined once however often it is named."""
        if self.table is EVENTS and name not in self.table.columns:
            name = self.context.group_types.get(name, name)
        if name in self._joins:
            return self._joins[name][2]
        join = self.table.joins.get(name)
        if join is None:
            return None
        self.output.count_tables(1)
        table = joined_table(join)
        own = self._reading(join.own, self.table.columns[join.own].sql)
        source = TableSource(self.output.name(name), table, self.context, self.output, True)
        source.is_nullable = True
        self._joins[name] = (join, own, source)
        return source

    def extracted(self, name: str, label: str, path_sql: str) -> Printed | None:
        """Return a property of a joined table, so that the join carries no whole objects."""
        column = self.table.columns.get(name)
        if not self.is_joined or column is None or column.type.kind != "Json":
            return None
        sql = f"JSONExtract({column.sql}, {path_sql}, 'Nullable(String)')"
        return Printed(self._reading(label, sql), ValueType("String", owner=column.type.owner))

    def sql(self) -> str:
        """Return the table as a subquery that sees the project alone."""
        return f"({self._rows()}) AS {self.sql_name}"

    def joins_sql(self) -> str:
        """Return the joins that dots have made, each followed by those made from it."""
        parts = []
        for join, own, source in self._joins.values():
            other = source.key(join.other)
            parts.append(f" LEFT JOIN {source.sql()} ON {own} = {other}{source.joins_sql()}")
        return "".join(parts)

    def joins_made(self) -> int:
        """Return how many joins dots have made."""
        return len(self._joins) + sum(source.joins_made() for *_, source in self._joins.values())

    def key(self, name: str) -> str:
        """Return the SQL of a column as it is stored."""
        return self._reading(name, self.table.columns[name].sql)

    def _reading(self, name: str, sql: str) -> str:
        if name not in self._read:
            self._read[name] = (self.output.name(name), sql)
        return f"{self.sql_name}.{self._read[name][0]}"

    def _rows(self) -> str:
        table, project = self.table, int(self.context.project_id)
        columns = ", ".join(f"{sql} AS {name}" for name, sql in self._read.values()) or "1"
        final = " FINAL" if table.is_final else ""
        sql = f"SELECT {columns} FROM {self._origin()}{final}"  # noqa: S608  # our own names
        sql += f" WHERE {PROJECT} = {project}"
        if table.condition:
            sql += f" AND {table.condition}"
        return f"{sql} GROUP BY {table.group_by}" if table.group_by else sql

    def _origin(self) -> str:
        """Return the stored table; events of merged persons get the id they belong to now."""
        merged = self.context.has_overrides and "person_id" in self._read
        if self.table.origin != "events" or not merged:
            return self.table.origin
        project = int(self.context.project_id)
        return (
            "(SELECT stored.* EXCEPT person_id, "  # noqa: S608  # our own names
            "ifNull(merged.person_id, stored.person_id) AS person_id "
            f"FROM (SELECT * FROM events WHERE {PROJECT} = {project}) AS stored "
            "LEFT JOIN (SELECT old_person_id, argMax(person_id, version) AS person_id "
            f"FROM {OVERRIDES} WHERE {PROJECT} = {project} GROUP BY old_person_id) AS merged "
            "ON stored.person_id = merged.old_person_id) AS events"
        )


@dataclass(slots=True)
class NumbersSource(Source):
    """`numbers(n)`: 0 to n - 1; `numbers(a, n)`: n numbers from a."""

    arguments: str

    def column(self, name: str) -> Printed | None:
        """Return `number`."""
        if name != "number":
            return None
        return Printed(f"{self.sql_name}.number", self._typed(ValueType("Number", nullable=False)))

    def star(self) -> list[str]:
        """Return `number`."""
        return ["number"]

    def sql(self) -> str:
        """Return the table function."""
        return f"numbers({self.arguments}) AS {self.sql_name}"
