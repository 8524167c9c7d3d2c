"""Links as answers show them to those who manage them, straight from the database.

The shape is the one that `sharing.serializers` documents; a test proves them equal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Project
from posthog_lite.database.compiled import CompiledQuery, json_as_stored
from posthog_lite.ids import parse_row_id
from sharing.models import SharePassword, SharingConfiguration
from sharing.resources import ResourceModel, ResourceNotFound
from sharing.selectors import active_configurations

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet

    from posthog_lite.accounts.selectors import ProjectAccess

    Shape = dict[str, Any]

DELETED_USER = "deleted user"
COLUMNS = ("pk", "created_at", "enabled", "access_token", "settings", "password_required")


def _resource(model: ResourceModel) -> Callable[..., QuerySet[Any, Any]]:
    def build(project: int, pk: int) -> QuerySet[Any, Any]:
        rows = model.objects.for_project(Project(pk=project))
        return rows.filter(pk=pk, deleted=False).values_list("pk")

    return build


def _link(model: ResourceModel) -> Callable[..., QuerySet[Any, Any]]:
    def build(project: int, pk: int) -> QuerySet[Any, Any]:
        rows = active_configurations(project=Project(pk=project), resource=model(pk=pk))
        return rows.values_list(*COLUMNS)

    return build


def _passwords(project: int, link: int) -> QuerySet[Any, Any]:
    rows = SharePassword.objects.for_project(Project(pk=project))
    newest_first = rows.filter(configuration=link, is_active=True).order_by("-created_at", "-id")
    return newest_first.values_list("pk", "created_at", "note", "created_by__email", "is_active")


RESOURCES = {
    model: CompiledQuery(_resource(model), project=int, pk=int) for model in (Dashboard, Insight)
}
LINKS = {model: CompiledQuery(_link(model), project=int, pk=int) for model in (Dashboard, Insight)}
PASSWORDS = CompiledQuery(_passwords, project=int, link=int)


def read_sharing(*, access: ProjectAccess, model: ResourceModel, resource_id: str) -> Shape:
    """The active link of a resource; where none is stored, what it would be.

    Raises ResourceNotFound.
    """
    pk, project = parse_row_id(resource_id), access.project.pk
    if pk is None or not RESOURCES[model].rows(project=project, pk=pk):
        raise ResourceNotFound(f"{model.__name__} not found.")
    rows = LINKS[model].rows(project=project, pk=pk)
    # Where nothing is stored it is as the first change would store it.
    link, created_at, enabled, token, settings, needs_password = rows[0] if rows else _unsaved()
    passwords = PASSWORDS.rows(project=project, link=link) if rows else []
    return {
        "created_at": created_at,
        "enabled": enabled,
        "access_token": token,
        "settings": json_as_stored(settings),
        "password_required": needs_password,
        "share_passwords": [
            {
                "id": password_id,
                "created_at": made_at,
                "note": note,
                "created_by_email": email or DELETED_USER,
                "is_active": is_active,
            }
            for password_id, made_at, note, email, is_active in passwords
        ],
    }


def _unsaved() -> tuple[Any, ...]:
    link = SharingConfiguration()
    return None, None, link.enabled, link.access_token, None, link.password_required
