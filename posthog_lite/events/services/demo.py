"""The events that quickstart's demo project has."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from posthog_lite.database.transactions import one_transaction
from posthog_lite.events.definitions import set_types
from posthog_lite.events.demo import demo_lines
from posthog_lite.events.importing import store_history
from posthog_lite.events.models import PropertyKind

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project

LINES_AT_ONCE = 10_000
NUMBERS = (
    "price",
    "$ai_input_tokens",
    "$ai_output_tokens",
    "$ai_total_cost_usd",
    "$ai_latency",
    "$ai_http_status",
    "$mcp_duration_ms",
)
FLAGS = ("$ai_is_error", "$mcp_is_error", "template")


@one_transaction
def create_demo_events(*, project: Project, **others: Any) -> None:
    """Give a new demo project people and ninety days of events."""
    now = timezone.now()
    lines = demo_lines(now=now)
    while chunk := list(islice(lines, LINES_AT_ONCE)):
        store_history(project_id=project.pk, lines=chunk, now=now)
    types = dict.fromkeys(NUMBERS, "Numeric") | dict.fromkeys(FLAGS, "Boolean")
    set_types(
        project_id=project.pk,
        types={(PropertyKind.EVENT, -1, name): kind for name, kind in types.items()},
    )
