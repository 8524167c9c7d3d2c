from __future__ import annotations

from typing import Any

import pytest

from posthog_lite.accounts.models import Project, User
from posthog_lite.domain import Missing
from posthog_lite.events.action_steps import WrongSteps
from posthog_lite.events.selectors.actions import get_action, list_actions
from posthog_lite.events.services.actions import (
    ActionNameTaken,
    BlankName,
    create_action,
    update_action,
)


def test_action_lives_and_is_deleted(project: Project, member: User) -> None:
    action = create_action(
        project=project, by=member, fields={"name": " Paid ", "steps": [{"event": "paid"}]}
    )
    update_action(action=action, changes={"description": "Money"})

    assert list(list_actions(project=project)) == [action]
    assert get_action(project=project, given=str(action.pk)).description == "Money"
    assert action.name == "Paid"

    update_action(action=action, changes={"deleted": True})
    assert not list_actions(project=project)
    with pytest.raises(Missing):
        get_action(project=project, given=str(action.pk))
    create_action(project=project, by=None, fields={"name": "Paid"})


def test_name_is_needed_and_unique(project: Project, other_project: Project) -> None:
    first = create_action(project=project, by=None, fields={"name": "Paid"})
    create_action(project=other_project, by=None, fields={"name": "Paid"})

    with pytest.raises(ActionNameTaken, match=f"with this name, ID {first.pk}$"):
        create_action(project=project, by=None, fields={"name": "Paid"})
    with pytest.raises(BlankName):
        update_action(action=first, changes={"name": " "})
    update_action(action=first, changes={"name": "Paid"})


@pytest.mark.parametrize(
    "steps",
    [
        None,
        {},
        [1],
        [{}] * 101,
        [{"event": 5}],
        [{"url_matching": "like"}],
        [{"url_matching": []}],
        [{"properties": "x"}],
        [{"properties": [5]}],
        [{"text": "x" * 2001}],
        [{"other": "x" * 70_000}],
    ],
)
def test_wrong_steps_are_refused(project: Project, steps: Any) -> None:
    with pytest.raises(WrongSteps):
        create_action(project=project, by=None, fields={"name": "x", "steps": steps})
