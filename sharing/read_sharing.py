"""Links as answers show them to those who manage them, straight from the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.ids import parse_row_id
from sharing import shapes
from sharing.models import SharePassword, SharingConfiguration
from sharing.resources import ResourceModel, ResourceNotFound, shareable
from sharing.selectors import active_configurations

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.database.compiled import Row
    from posthog_lite.database.shapes import Answer


def _resource(model: ResourceModel) -> Callable[..., QuerySet[Any, Any]]:
    def build(project: int, pk: int) -> QuerySet[Any, Any]:
        return shareable(Project(pk=project), model).filter(pk=pk).values_list("created_at")

    return build


def _active(model: ResourceModel) -> Callable[..., QuerySet[Any, Any]]:
    def build(project: int, pk: int) -> QuerySet[Any, Any]:
        rows = active_configurations(project=Project(pk=project), resource=model(pk=pk))
        return rows.values_list(*shapes.SharingConfiguration.reads())

    return build


def _one(project: int, pk: int) -> QuerySet[Any, Any]:
    rows = SharingConfiguration.objects.for_project(Project(pk=project))
    return rows.filter(pk=pk).values_list(*shapes.SharingConfiguration.reads())


def _passwords(project: int, link: int) -> QuerySet[Any, Any]:
    rows = SharePassword.objects.for_project(Project(pk=project))
    newest_first = rows.filter(configuration=link, is_active=True).order_by("-created_at", "-id")
    return newest_first.values_list(*shapes.SharePassword.reads())


RESOURCES = {
    model: CompiledQuery(_resource(model), project=int, pk=int) for model in (Dashboard, Insight)
}
ACTIVE = {
    model: CompiledQuery(_active(model), project=int, pk=int) for model in (Dashboard, Insight)
}
ONE = CompiledQuery(_one, project=int, pk=int)
PASSWORDS = CompiledQuery(_passwords, project=int, link=int)


def read_sharing(*, access: ProjectAccess, model: ResourceModel, resource_id: str) -> Answer:
    """The active link of a resource; where none is stored, as the first change would store it.

    Raises ResourceNotFound.
    """
    pk, project = parse_row_id(resource_id), access.project.pk
    found = [] if pk is None else RESOURCES[model].rows(project=project, pk=pk)
    if not found:
        raise ResourceNotFound(f"{model.__name__} not found.")
    rows = ACTIVE[model].rows(project=project, pk=pk)
    return _shape(project, rows[0]) if rows else _shape_unsaved(*found[0])


def read_link(*, access: ProjectAccess, link: SharingConfiguration) -> Answer:
    """This link as it is now, which another request may have replaced meanwhile."""
    rows = ONE.rows(project=access.project.pk, pk=link.pk)
    return _shape(access.project.pk, rows[0]) if rows else _shape_unsaved(link.created_at)


def _shape(project: int, values: Row) -> Answer:
    row = shapes.SharingConfiguration.row(values)
    passwords = map(shapes.SharePassword.row, PASSWORDS.rows(project=project, link=row.pk))
    return shapes.SharingConfiguration.make(
        row, share_passwords=[shapes.SharePassword.make(password) for password in passwords]
    )


def _shape_unsaved(created_at: datetime) -> Answer:
    """Return the link of what was made then: generated clients want a moment."""
    link = SharingConfiguration(created_at=created_at)
    row = [getattr(link, name) for name in shapes.SharingConfiguration.reads()]
    return shapes.SharingConfiguration.make(row, share_passwords=[])
