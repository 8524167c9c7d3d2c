"""What an entry of `tiles` asks for, once its shape has been checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

LONGEST_TEXT = 4000


@dataclass(frozen=True, slots=True)
class TextEntry:
    """The text part of an entry; `author_id` is null when the client named none.

    `body` is as the client sent it, whatever that is.
    """

    id: int | None
    body: Any
    has_body: bool
    author_id: int | None


@dataclass(frozen=True, slots=True)
class TileEntry:
    """One entry of `tiles`: which tile, its content, and the looks to change.

    `changes` holds any of color, layouts, filters_overrides, show_description and deleted.
    """

    id: int | None
    insight_id: int | None
    text: TextEntry | None
    changes: dict[str, Any] = field(default_factory=dict)
