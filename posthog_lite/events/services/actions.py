"""Everything that writes actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.action_steps import check_steps
from posthog_lite.events.changes import action_changed
from posthog_lite.events.models import Action

if TYPE_CHECKING:
    from collections.abc import Mapping

    from posthog_lite.accounts.models import Project, User

MOST_ACTIONS = 10_000
FIELDS = (
    "name",
    "description",
    "tags",
    "steps",
    "pinned_at",
    "deleted",
    "post_to_slack",
    "slack_message_format",
)
# What numbers depend on.
COUNTED_BY = ("name", "steps", "deleted")


class ActionNameTaken(DomainError):
    code = "unique"

    def __init__(self, pk: int) -> None:
        super().__init__(f"This project already has an action with this name, ID {pk}", attr="name")


class BlankName(DomainError):
    code = "blank"

    def __init__(self) -> None:
        super().__init__("This field may not be blank.", attr="name")


class TooManyActions(DomainError):
    """The project has as many actions as it may have."""


@one_transaction
def create_action(*, project: Project, by: User | None, fields: Mapping[str, Any]) -> Action:
    """Create an action. Raises BlankName, ActionNameTaken, WrongSteps, TooManyActions."""
    action = Action(project=project, created_by=by)
    if Action.objects.for_project(project).count() >= MOST_ACTIONS:
        raise TooManyActions(f"A project has at most {MOST_ACTIONS:,} actions.")
    _assign(action, {"name": "", **fields})
    action.save()
    return action


@one_transaction
def update_action(*, action: Action, changes: Mapping[str, Any]) -> Action:
    """Change the fields named in `changes`; `deleted` hides an action for good."""
    _assign(action, changes)
    action.updated_at = timezone.now()
    action.save(update_fields=[*(name for name in FIELDS if name in changes), "updated_at"])
    if any(name in changes for name in COUNTED_BY):
        action_changed.send(Action, project=action.project)
    return action


def _assign(action: Action, fields: Mapping[str, Any]) -> None:
    for name in FIELDS:
        if name in fields:
            setattr(action, name, fields[name])
    if "name" in fields:
        action.name = action.name.strip()
        if not action.name:
            raise BlankName
    if "steps" in fields:
        check_steps(action.steps)
    if not action.deleted:
        _check_name(action)


def _check_name(action: Action) -> None:
    """Refuse a taken name in words; the constraint is the guard."""
    namesakes = Action.objects.for_project(action.project).filter(name=action.name, deleted=False)
    taken = namesakes.exclude(pk=action.pk).values_list("pk", flat=True).first()
    if taken is not None:
        raise ActionNameTaken(taken)
