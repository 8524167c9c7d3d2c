"""Tree to SQL: the door of this room."""

from __future__ import annotations

from posthog_lite.hogql import ast
from posthog_lite.hogql.context import CompiledSQL, HogQLContext


def compile_query(tree: ast.Select, context: HogQLContext) -> CompiledSQL:
    """Return the SQL that answers `tree` for the project of `context` alone."""
    raise NotImplementedError
