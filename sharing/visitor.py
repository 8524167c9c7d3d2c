"""Visitors of a link, and the parts of its project that they may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import Exists, OuterRef, Q

from dashboards.models import Dashboard, Insight, PrivilegeLevel, RestrictionLevel, Text, Tile
from posthog_lite.api.visitors import Visitor
from posthog_lite.database.stored_json import as_object
from posthog_lite.domain import DomainError
from themes.models import DataColorTheme

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet

    from posthog_lite.accounts.models import Project
    from sharing.models import SharingConfiguration

M = TypeVar("M", bound="Model")

AUTHORS = ("created_by", "last_modified_by")
DETAILS = (
    *AUTHORS,
    "created_at",
    "updated_at",
    "last_modified_at",
    "last_accessed_at",
    "last_viewed_at",
)
# Filters of lists that would tell these.
TELLING = (
    "user",
    "created_by",
    "date_from",
    "date_to",
    "created_date_from",
    "created_date_to",
    "last_viewed_date_from",
    "last_viewed_date_to",
)
# Of an author a visitor learns the name at most: the other keys stay for clients that need them.
NOT_FOR_VISITORS = {
    "distinct_id": "",
    "email": "",
    "is_email_verified": None,
    "hedgehog_config": None,
    "role_at_organization": None,
}
THEME_KEYS = ("id", "name", "colors", "is_global")


class HiddenByLink(DomainError):
    """The link hides who made what it shows, and when."""


@dataclass(frozen=True, slots=True)
class ShareVisitor(Visitor):
    """Somebody with the token of this link, and its password where it asks for one."""

    configuration: SharingConfiguration

    @property
    def project(self) -> Project:
        return self.configuration.project

    @property
    def hides_details(self) -> bool:
        return bool(as_object(self.configuration.settings).get("hideExtraDetails"))

    def narrow(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Themes all; insights that the link shows; of everything else nothing."""
        if issubclass(rows.model, DataColorTheme):
            return rows
        if not issubclass(rows.model, Insight):
            return rows.none()
        link = self.configuration
        if link.insight_id is not None:
            return rows.filter(pk=link.insight_id, deleted=False)
        # The dashboard is of the visitor's project, which scopes its tiles.
        tiles = Tile.all_projects.filter(
            Q(dashboard=link.dashboard_id, deleted=False, dashboard__deleted=False),
            insight=OuterRef("pk"),
        )
        return rows.filter(Exists(tiles), deleted=False)

    def check_filters(self, query: Mapping[str, Any]) -> None:
        if not self.hides_details:
            return
        asked = [name for name in TELLING if query.get(name)]
        if query.get("order", "").removeprefix("-") in DETAILS:
            asked.append("order")
        if asked:
            raise HiddenByLink("This link hides who made what it shows, and when.", attr=asked[0])

    def present(self, model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
        if issubclass(model, DataColorTheme):
            return {key: row[key] for key in THEME_KEYS}
        shown = self._without_people(row)
        if issubclass(model, (Dashboard, Insight)):
            shown |= self._rights(row)
        if "hogql" in shown:
            # The statement that was run tells the project's filters of test accounts.
            shown["hogql"] = None
        if issubclass(model, Dashboard):
            shown["tiles"] = [self.present_tile(tile) for tile in row["tiles"]]
        return shown

    def present_tile(self, tile: dict[str, Any]) -> dict[str, Any]:
        """A tile of the shared dashboard, as visitors may see it."""
        shown = dict(tile)
        if tile["insight"] is not None:
            shown["insight"] = self.present(Insight, tile["insight"])
        if tile["text"] is not None:
            shown["text"] = self.present(Text, tile["text"])
        return shown

    def _without_people(self, row: dict[str, Any]) -> dict[str, Any]:
        if self.hides_details:
            return {key: value for key, value in row.items() if key not in DETAILS}
        shown = dict(row)
        for key in AUTHORS:
            if shown.get(key) is not None:
                shown[key] = {**shown[key], **NOT_FOR_VISITORS}
        return shown

    def _rights(self, row: dict[str, Any]) -> dict[str, Any]:
        """A visitor looks, whatever members may do."""
        rights = {
            "user_access_level": None,
            "effective_restriction_level": RestrictionLevel.ONLY_COLLABORATORS_CAN_EDIT.value,
            "effective_privilege_level": PrivilegeLevel.CAN_VIEW.value,
        }
        return {key: value for key, value in rights.items() if key in row}
