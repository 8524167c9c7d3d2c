"""An entry of `tiles` in the body of a dashboard."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class TextEntry:
    """The text part of an entry. `body` is as the client sent it, whatever that is."""

    id: int | None
    body: Any
    has_body: bool


@dataclass(frozen=True, slots=True)
class TileEntry:
    """An entry of `tiles`: it names a tile, its content, and the looks to change.

    `insight` names one by id or short id, or is what a new one is made of. `changes` holds any of
    color, layouts, filters_overrides, show_description and deleted.
    """

    id: int | None
    insight: int | str | dict[str, Any] | None
    text: TextEntry | None
    changes: dict[str, Any] = field(default_factory=dict)
