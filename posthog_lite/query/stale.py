"""Results that something was changed under: they are stale from then on, whatever their age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from django.db.models import F

from posthog_lite.events.models import Action
from posthog_lite.query.models import Result

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from posthog_lite.accounts.models import Project

# In the JSON of a query, what names an action: a series, an entity of a retention, SQL.
ACTIONS = (b'"ActionsNode"', b'"actions"', b"matchesAction")


def counts_actions(query: Mapping[str, Any]) -> bool:
    """Return whether the answer to a query may depend on actions."""
    text = orjson.dumps(query, option=orjson.OPT_NON_STR_KEYS)
    return any(word in text for word in ACTIONS)


def has_changed_actions(*, project: Project, since: datetime) -> bool:
    """Return whether an action was changed while a result was computed."""
    return Action.objects.for_project(project).filter(updated_at__gt=since).exists()


def note_action(*, project: Project, **_: object) -> None:
    """Let all results that count actions be stale."""
    _mark(project, counts_actions=True)


def note_property_type(*, project: Project, **_: object) -> None:
    """Let all results be stale: any of them may read the property."""
    _mark(project)


def note_variable(*, project: Project) -> None:
    """Let all results be stale: any SQL may have been answered with the variable's default."""
    _mark(project)


def _mark(project: Project, **which: bool) -> None:
    """Take the claim from whoever computes one of them: a result without one is stale at once."""
    Result.objects.for_project(project).filter(is_imported=False, **which).update(
        stale_at=F("computed_at"), lazily_stale_at=F("computed_at"), claim=None, claimed_at=None
    )
