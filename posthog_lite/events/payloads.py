"""Events as the senders meant them, read from the bodies of capture requests. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID


@dataclass(frozen=True, slots=True)
class CapturedEvent:
    """One event, checked and cleaned: no NUL, no lone surrogate, names and ids cut to size.

    `set` and `set_once` are what stood beside `properties`, where they win over the same keys
    in them. `timestamp` is the corrected one, aware and in UTC.
    """

    event: str
    distinct_id: str
    uuid: UUID
    timestamp: datetime
    properties: dict[str, Any]
    set: dict[str, Any] | None = None
    set_once: dict[str, Any] | None = None
    ip: str | None = None
