"""Everything that reads dashboards."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from dashboards.models import (
    CreationMode,
    Dashboard,
    DashboardCollaborator,
    DashboardView,
    Tag,
)
from dashboards.selectors.tags import names_of_tags

if TYPE_CHECKING:
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

GENERATED_NAME_PREFIX = "Generated Dashboard"


def dashboards_visible_to(
    *, access: ProjectAccess, include_deleted: bool = False
) -> QuerySet[Dashboard]:
    """The project's dashboards with what an answer says about them, all in one query.

    Adds `tag_names`, `shared`, `viewed_at` (by this user) and `collaborator_level` (of this user).
    """
    rows = Dashboard.objects.for_project(access.project)
    if not include_deleted:
        rows = rows.filter(deleted=False)
    # Subqueries of rows that belong to a dashboard of this project need no project of their own.
    views = DashboardView.all_projects.filter(dashboard=OuterRef("pk"), user=access.user)
    invitations = DashboardCollaborator.all_projects.filter(
        dashboard=OuterRef("pk"), user=access.user
    )
    return rows.annotate(
        tag_names=names_of_tags(Dashboard.tags.through, dashboard=OuterRef("pk")),
        shared=_is_shared(),
        viewed_at=Subquery(views.values("viewed_at")[:1]),
        collaborator_level=Subquery(invitations.values("level")[:1]),
    )


def _is_shared() -> Coalesce:
    """Return the expression for an enabled link: nothing else looks at sharing from below.

    One look-up for each row of a page. With EXISTS the database would hash everybody's links.
    """
    links: Any = Dashboard._meta.get_field("sharing_configurations").related_model
    rows = links._default_manager
    active = rows.filter(dashboard=OuterRef("pk"), expires_at__isnull=True)  # one at most
    return Coalesce(Subquery(active.values("enabled")[:1]), False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardFilters:
    """The filters of the list; every default means "all". `tags` are OR-ed."""

    tags: list[str] = field(default_factory=list)
    creation_mode: str = ""
    exclude_generated: bool = False
    search: str = ""
    pinned: bool | None = None


def list_dashboards(*, access: ProjectAccess, filters: DashboardFilters) -> QuerySet[Dashboard]:
    """The list: pinned ones first, then by name, those without a name last.

    Unlisted dashboards are left out unless a creation mode is asked for.
    """
    rows = filter_dashboards(
        dashboards_visible_to(access=access),
        project=access.project,
        tags=filters.tags,
        creation_mode=filters.creation_mode,
    )
    if not filters.creation_mode:
        rows = rows.exclude(creation_mode=CreationMode.UNLISTED)
    if filters.exclude_generated:
        rows = rows.exclude(name__startswith=GENERATED_NAME_PREFIX, name__isnull=False)
    if filters.pinned is not None:
        rows = rows.filter(pinned=filters.pinned)
    if filters.search.strip():
        rows = rows.filter(_matches(filters.search.strip()))
    return rows.order_by("-pinned", "name", "id")


def filter_dashboards(
    rows: QuerySet[Dashboard], *, project: Project, tags: list[str], creation_mode: str
) -> QuerySet[Dashboard]:
    """The two list filters that narrow a look-up by id as well."""
    if tags:
        rows = rows.filter(Exists(_tags_of_row(project).filter(name__in=tags)))
    return rows.filter(creation_mode=creation_mode) if creation_mode else rows


def _matches(text: str) -> Q:
    # Asked row by row on purpose: among all tags of the project, many would have to be joined.
    named = Exists(Tag.all_projects.filter(dashboards=OuterRef("pk"), name__icontains=text))
    return Q(name__icontains=text) | Q(description__icontains=text) | Q(named)


def _tags_of_row(project: Project) -> QuerySet[Tag]:
    return Tag.objects.for_project(project).filter(dashboards=OuterRef("pk"))
