"""The context of an answer as a whole, beside its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.people import People


@dataclass(frozen=True, slots=True)
class Context:
    """The caller, and the people whom the rows name."""

    access: ProjectAccess
    people: People
