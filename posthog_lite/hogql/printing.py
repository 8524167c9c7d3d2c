"""Protocols of the printer, for the functions that print one kind of node each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from posthog_lite.hogql import ast
from posthog_lite.hogql.context import HogQLContext
from posthog_lite.hogql.output import Output
from posthog_lite.hogql.scope import Scope
from posthog_lite.hogql.sources import Column
from posthog_lite.hogql.types import Printed


@dataclass(frozen=True, slots=True)
class PrintedSelect:
    """SQL of a SELECT, and its columns."""

    sql: str
    columns: list[Column]


class Printer(Protocol):
    """The printer of a query, as functions that print expressions use it."""

    context: HogQLContext
    output: Output
    scope: Scope

    def expr(self, node: ast.Expr) -> Printed:
        """Return the SQL of an expression, and its type."""

    def many(self, nodes: Iterable[ast.Expr]) -> str:
        """Return expressions separated by commas."""

    def select(self, node: ast.Select) -> str:
        """Return the SQL of a subquery in an expression."""

    def alias(self, name: str, node: ast.Node) -> Printed:
        """Return the use of an alias of this SELECT."""

    def window(self, node: ast.WindowFunction) -> str:
        """Return what stands behind OVER."""

    def is_aggregate(self, name: str) -> bool:
        """Return True for the name of an aggregate."""


class QueryPrinter(Printer, Protocol):
    """The printer of a query, as its sources use it."""

    def query(self, node: ast.Select) -> PrintedSelect:
        """Return the SQL of a SELECT or of a set of them, and its columns."""

    def condition_of_join(self, node: ast.Expr) -> str:
        """Return the condition of a JOIN, with plain operators."""
