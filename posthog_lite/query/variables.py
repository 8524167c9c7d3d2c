"""Values of variables that a SQL query lists without one: the defaults that a project keeps.

`dashboards` keeps the variables and stands above this room; it registers how they are found.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from posthog_lite.hogql.errors import QueryError
from posthog_lite.query.nodes.sql import HogQLQuery, is_constant

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project
    from posthog_lite.query.nodes.parsing import Node

# The project and code names to their default values; without names that are no variables.
Find = Callable[["Project", Collection[str]], Mapping[str, Any]]


class Defaults:
    """Finds default values, by the function that was registered."""

    def __init__(self) -> None:
        self._find: Find | None = None

    def register(self, find: Find) -> None:
        """Say how defaults are found. Called once, when the applications are ready."""
        self._find = find

    def fill(self, node: Node, project: Project) -> Node:
        """Return the query with a value for each variable; other kinds of queries as they are."""
        if self._find is None or not isinstance(node, HogQLQuery) or not node.unset:
            return node
        found = self._find(project, node.unset)
        for name in sorted(node.unset - found.keys()):
            if f"variables.{name}" in node.query:
                raise QueryError(f"Variable {name} does not exist")
        values = {name: value for name, value in found.items() if is_constant(value)}
        return replace(node, variables={**node.variables, **values}, unset=frozenset())


defaults = Defaults()
