"""Everything that writes stored dashboard templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from dashboards.models import DashboardTemplate
from dashboards.models.template import TemplateScope
from dashboards.selectors.templates import RECIPE_FIELDS, as_recipe, get_template
from dashboards.services.template_validation import check_template, prepare_template
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, NotAllowed

if TYPE_CHECKING:
    from posthog_lite.accounts.access import ProjectAccess

ONE_PER_NAME = "template_name_once_per_project"


class TemplateNotEditable(NotAllowed):
    """Templates that other projects see are changed by staff only."""


class TemplateWithoutTiles(DomainError):
    """A template needs something to show."""


class TemplateNameTaken(DomainError):
    """The project has a template of this name."""


class TemplateWouldBeLost(DomainError):
    """A template of no project cannot become the template of one."""


@one_transaction
def create_template(*, access: ProjectAccess, fields: dict[str, Any]) -> DashboardTemplate:
    """Store a template in the project. `fields` is a validated body.

    Raises TemplateNotEditable, TemplateWithoutTiles, TemplateNameTaken or InvalidTemplate.
    """
    template = DashboardTemplate(project=access.project, created_by=access.user, **fields)
    _check_rights(access, template)
    _check_recipe(template)
    _save(template)
    return template


@one_transaction
def update_template(
    *, access: ProjectAccess, template_id: str, fields: dict[str, Any]
) -> DashboardTemplate:
    """Change what `fields`, a validated body, names; `deleted` hides a template or restores it.

    Raises TemplateNotFound and what `create_template` raises.
    """
    template = get_template(
        project=access.project,
        template_id=template_id,
        include_deleted=fields.get("deleted") is False,
        lock=True,
    )
    _check_rights(access, template)
    if template.project_id is None and fields.get("scope") == TemplateScope.TEAM:
        raise TemplateWouldBeLost(
            "The original templates cannot be made private as they would be lost.", attr="scope"
        )
    for name, value in fields.items():
        setattr(template, name, value)
    _check_rights(access, template)
    if not fields.keys().isdisjoint(RECIPE_FIELDS):
        _check_recipe(template)
    _save(template, changed=list(fields))
    return template


def check_template_editable(*, access: ProjectAccess, template_id: str) -> None:
    """Raise TemplateNotFound or TemplateNotEditable where a change would."""
    _check_rights(access, get_template(project=access.project, template_id=template_id))


def _check_rights(access: ProjectAccess, template: DashboardTemplate) -> None:
    is_own = template.project_id == access.project.pk and template.scope == TemplateScope.TEAM
    if not is_own and not access.user.is_staff:
        raise TemplateNotEditable("You don't have edit permissions for this dashboard template.")


def _check_recipe(template: DashboardTemplate) -> None:
    """Raise unless a dashboard can be made from it.

    While a variable has no default, clients choose one before they use the template: then its
    queries are checked.
    """
    recipe = as_recipe(template)
    if not recipe["tiles"]:
        raise TemplateWithoutTiles("You need to provide tiles for the template.", attr="tiles")
    check_template(recipe)
    if all(variable["default"] for variable in recipe["variables"] or ()):
        prepare_template(recipe)


def _save(template: DashboardTemplate, *, changed: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            template.save(update_fields=changed)
    except IntegrityError as error:
        # The constraint, not a look beforehand: of two at once one must lose.
        if ONE_PER_NAME not in str(error):
            raise
        raise TemplateNameTaken(
            "A dashboard template with this name already exists for this project.",
            attr="template_name",
        ) from error
