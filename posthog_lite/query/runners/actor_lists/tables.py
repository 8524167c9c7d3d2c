"""A table of actors, as a list of them needs to know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.query.runners.listing import Cell
from posthog_lite.query.trees import TRUE


@dataclass(frozen=True)
class ActorTable:
    """A table and its id; `columns` are those that are listed unless a query names others."""

    name: str
    id: ast.Field
    cells: Mapping[str, Cell]
    columns: Sequence[str]
    conditions: Sequence[ast.Expr]
    of_type: ast.Expr = TRUE


class ActorCell(dict[str, Any]):
    """The cell of an actor; without `properties` where nothing is known but the id."""
