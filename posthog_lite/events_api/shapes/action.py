"""Actions as answers show them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from orjson import Fragment

from posthog_lite.accounts.context import Context
from posthog_lite.accounts.people import PERSON_KEYS
from posthog_lite.api.renderers import render_json
from posthog_lite.database.shapes import Shape, column, computed, given, person
from posthog_lite.database.stored_json import as_objects
from posthog_lite.domain import MOST_ANSWER_BYTES, AnswerSize
from posthog_lite.events.models import Action as ActionModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.people import Person

LARGE = ("steps", "description", "tags")
MATCHING = {"type": ["string", "null"], "enum": ["contains", "regex", "exact", None]}


class ActionStep(
    Shape, about="One way to do an action: an event has to meet all of its conditions."
):
    event = given("Name of the event; null for any.", str, null=True)
    properties = given("Property filters, as in queries.", [dict])
    selector = given("CSS selector of the element that was clicked.", str, null=True)
    selector_regex = given("Always null.", str, null=True)
    tag_name = given("Its tag.", str, null=True)
    text = given("Its text.", str, null=True)
    text_matching = given("How the text is compared; null for exact.", MATCHING)
    href = given("Its link.", str, null=True)
    href_matching = given("How the link is compared; null for exact.", MATCHING)
    url = given("Address of the page.", str, null=True)
    url_matching = given("How the address is compared; null for contains.", MATCHING)


def _steps(row: Any, context: Context) -> Fragment:
    """Every key, also of steps that were written without it, as JSON: there may be many."""
    steps = [
        {name: step.get(name) for name in ActionStep.declared}
        | {"properties": as_objects(step.get("properties"))}
        for step in as_objects(row.steps)
    ]
    return Fragment(render_json(steps))


def _level(row: Any, context: Context) -> str:
    is_own = row.created_by_id == context.access.user.pk
    return "manager" if is_own or context.access.is_admin else "editor"


class Action(
    Shape,
    of=ActionModel,
    about="Events that match any of some steps, under one name.",
    hidden=["steps"],
):
    id = column("Number of the action.")
    name = column("Name, at most 400 characters.")
    description = column("What it stands for.")
    tags = column("Tags, lower-cased.", kind=[str])
    post_to_slack = column("Kept; nothing is posted.")
    slack_message_format = column("Kept; nothing is posted.")
    steps = computed("Ways to do it; an event has to match one.", [ActionStep], _steps)
    created_at = column("When it was created.")
    created_by = person("Who created it.", source="created_by_id")
    deleted = column("Whether it is hidden for good.")
    is_calculating = given("Always false.", bool, otherwise=False)
    last_calculated_at = column("When it was last changed.", kind=datetime, source="updated_at")
    team_id = column("Number of its project.", kind=int, source="project_id")
    is_action = given("Always true.", bool, otherwise=True)
    bytecode_error = given("Always null.", str, null=True)
    pinned_at = column("When it was pinned; null where it is not.")
    creation_context = given("Always null.", str, null=True)
    user_access_level = computed(
        "`manager` for its author and for admins, else `editor`.", str, _level
    )


def action_answers(
    *, access: ProjectAccess, actions: Iterable[ActionModel]
) -> list[dict[str, Any]]:
    """The answers of actions whose authors are joined. Raises AnswerTooLarge."""
    people: dict[int | None, Person] = {}
    context = Context(access, people)
    size, answers = AnswerSize(MOST_ANSWER_BYTES), []
    for each in actions:
        if each.created_by is not None and each.created_by.pk not in people:
            author = each.created_by
            people[author.pk] = {name: getattr(author, name) for name in PERSON_KEYS}
        answers.append(Action.make(_row(each), context))
        size.add(_size(answers[-1]))
    return answers


def _size(answer: dict[str, Any]) -> int:
    return len(render_json([answer[name] for name in LARGE]))


def _row(action: ActionModel) -> Any:
    return Action.Row(*(getattr(action, name) for name in Action.reads()))
