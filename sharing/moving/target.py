"""The project that items are moved to: what it has of them, and what there is to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dashboards.filters.limits import check_filters
from dashboards.selectors.variables import variable_ids_by_code_name
from posthog_lite.accounts.models import Membership
from posthog_lite.domain import DomainError
from sharing.models import Origin
from sharing.moving.items import VARIABLE, Item

if TYPE_CHECKING:
    from datetime import datetime

    from posthog_lite.accounts.models import Project


@dataclass
class Target:
    """A project, as one source is moved to it, and what was moved before.

    `is_by_name` is true of files, which are the truth: what was changed here since is changed
    back. What another server has is left as it is until it changes there.
    """

    project: Project
    source: str
    now: datetime
    is_by_name: bool = False
    is_dry: bool = False
    notes: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rows = Origin.objects.for_project(self.project).filter(source=self.source)
        self._origins = {(row.kind, row.key): row for row in rows}
        self._variables = variable_ids_by_code_name(project=self.project)
        members = Membership.objects.filter(organization=self.project.organization_id)
        people = members.values_list("user__email", "user_id")
        self._members = {email.lower(): user_id for email, user_id in people}

    def note(self, item: Item, said: str) -> None:
        """Remember something that the operator should know of an item."""
        self.notes.append(f"{item.kind} {item.title!r}: {said}")

    def local_id(self, kind: str, key: Any) -> Any:
        """Return what this project calls something, or the key where it does not have it."""
        if kind == VARIABLE:
            return self._variables.get(str(key), key)
        origin = self._origins.get((kind, str(key)))
        return key if origin is None else int(origin.local_id)

    def found_id(self, item: Item, kind: str, key: Any) -> int | None:
        """Return the id of what an item refers to; None, and a note, where it is not here."""
        found = self.local_id(kind, key)
        if isinstance(found, int) and (kind, str(key)) in self._origins:
            return found
        self.note(item, f"its {kind} {key} is not here.")
        return None

    def good_filters(self, item: Item, filters: dict[str, Any]) -> dict[str, Any]:
        """Return filters that can be applied; none, and a note, in place of others."""
        try:
            check_filters(filters)
        except DomainError as error:
            self.note(item, f"left out its filters: {error.detail}")
            return {}
        return filters

    def author(self, item: Item) -> int | None:
        """Return the member who made an item, where they are one here too."""
        return self._members.get((item.author or "").lower())

    def variable_ids(self) -> dict[str, str]:
        """Return the id of each variable of the project by its code name."""
        return self._variables
