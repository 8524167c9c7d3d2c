"""What uses an action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from dashboards.models import Insight
from dashboards.selectors.insight_filters import Holds
from posthog_lite.events.selectors.actions import get_action

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project

MOST_REFERENCES = 50
_IS_ID = "(@.id == $id || @.id == $text)"
IN_QUERY = (
    f'$.** ? ((@.kind == "ActionsNode" && {_IS_ID})'
    f' || (@.type == "actions" && {_IS_ID})'
    " || @.actionId == $id || @.actionId == $text)"
)
IN_OLD_FILTERS = f"$.actions[*] ? {_IS_ID}"


def insights_with_action(*, project: Project, action_id: str) -> list[Insight]:
    """The insights that ask about an action, at most 50, the newest first. Raises Missing."""
    action = get_action(project=project, given=action_id)
    values = {"id": action.pk, "text": str(action.pk)}
    uses = (
        Q(Holds("query", IN_QUERY, **values))
        | Q(Holds("filters", IN_QUERY, **values))
        | Q(Holds("filters", IN_OLD_FILTERS, **values))
    )
    rows = Insight.objects.for_project(project).filter(uses, deleted=False)
    return list(rows.select_related("created_by").order_by("-id")[:MOST_REFERENCES])
