"""Resources that can be shared: dashboards and insights, found in their project."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from dashboards.models import Dashboard, Insight
from dashboards.selectors.rights import editable_ids, find_refusing
from posthog_lite.domain import Missing, NotAllowed
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

Resource: TypeAlias = Dashboard | Insight
ResourceModel: TypeAlias = type[Dashboard] | type[Insight]


class ResourceNotFound(Missing):
    """The project has no such dashboard or insight, or it is deleted."""


class ResourceNotEditable(NotAllowed):
    """Sharing a dashboard or an insight needs the right to edit it."""


def shareable(project: Project, model: ResourceModel) -> QuerySet[Dashboard] | QuerySet[Insight]:
    """Return the rows of one kind that a project may share: those that are not deleted."""
    return model.objects.for_project(project).filter(deleted=False)


def lock_resource(*, access: ProjectAccess, model: ResourceModel, resource_id: str) -> Resource:
    """The dashboard or insight with this id, locked until the end of the transaction.

    So its links change one writer at a time. Raises ResourceNotFound.
    """
    number = parse_row_id(resource_id)
    rows = shareable(access.project, model).select_for_update(no_key=True)
    row: Resource | None = None if number is None else rows.filter(pk=number).first()
    if row is None:
        raise ResourceNotFound(f"{model.__name__} not found.")
    return row


def check_editable(*, access: ProjectAccess, resource: Resource) -> None:
    """Raise ResourceNotEditable unless the caller may edit what is shared.

    An insight is everybody's until a restricted dashboard shows it.
    """
    if isinstance(resource, Insight):
        refusing = find_refusing(insight=resource, access=access)
        if refusing is not None:
            raise ResourceNotEditable(
                f"You don't have edit permissions for this insight: dashboard {refusing} shows it."
            )
    elif not editable_ids(dashboards=[resource], access=access):
        raise ResourceNotEditable("You don't have edit permissions for this dashboard.")


def resource_filter(resource: Resource) -> dict[str, Resource]:
    """The resource as a condition on sharing rows, and as their field."""
    return {"insight" if isinstance(resource, Insight) else "dashboard": resource}
