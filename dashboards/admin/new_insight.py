"""The form of a new insight: from a starting point, or with a query as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms

from dashboards.admin.insight_form import InsightForm
from dashboards.admin.starting_points import (
    CHOICES,
    FIELD_OF,
    JSON,
    TREND,
    problem_of,
    query_from,
    read_names,
)
from posthog_lite.events.models import EventDefinition
from posthog_lite.ids import row_id

if TYPE_CHECKING:
    from dashboards.models import Dashboard, Insight

OFFERED_EVENTS = 20
ASKED = ["starting_point", "events", "breakdown", "sql", "query"]


class NewInsightForm(InsightForm):
    dashboard: ClassVar[Dashboard | None] = None  # where it is to be shown; the page sets it
    starting_point = forms.ChoiceField(choices=CHOICES, initial=TREND, label="Begin with")
    events = forms.CharField(
        required=False,
        max_length=2000,
        label="Events",
        widget=forms.TextInput(attrs={"size": 80, "placeholder": "$pageview, signed_up"}),
    )
    breakdown = forms.CharField(
        required=False,
        max_length=400,
        label="Property",
        widget=forms.TextInput(attrs={"size": 40, "placeholder": "$browser"}),
        help_text="A property of the events, for events by a property.",
    )
    sql = forms.CharField(
        required=False,
        label="SQL",
        widget=forms.Textarea(
            attrs={
                "rows": 6,
                "cols": 80,
                "class": "json",
                "spellcheck": "false",
                "placeholder": "select event, count() from events group by event",
            }
        ),
        help_text="HogQL, as the manual describes it.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["events"].help_text = _help_with_events(str(self.initial.get("project", "")))

    def check_body(self, cleaned: dict[str, Any]) -> None:
        point = cleaned["starting_point"]
        if point != JSON:
            answers: dict[str, Any] = {
                "events": read_names(cleaned["events"]),
                "breakdown": cleaned["breakdown"],
                "sql": cleaned["sql"],
            }
            problem = problem_of(point, **answers)
            if problem is not None:
                self.add_error(*problem)
                return
            cleaned["query"] = query_from(point, **answers)
        super().check_body(cleaned)

    def refuse(self, wire_name: str | None, problem: str) -> None:
        if wire_name == "query":
            self.add_error(FIELD_OF.get(self.cleaned_data["starting_point"], "events"), problem)
        else:
            super().refuse(wire_name, problem)

    def store(self, data: dict[str, Any]) -> Insight:
        dashboard = self.dashboard
        return super().store(data if dashboard is None else data | {"dashboards": [dashboard.pk]})


def _help_with_events(project_id: str) -> str:
    """Return how to name events, with some that the project knows where it is chosen already."""
    words = "Names, separated by commas. Empty: all events."
    number = row_id(project_id)
    if not number:
        return words
    # The admin crosses projects on purpose.
    rows = EventDefinition.all_projects.filter(project=number, hidden=False)
    names = rows.order_by("-last_seen_at", "id").values_list("name", flat=True)[:OFFERED_EVENTS]
    known = ", ".join(names)
    return f"{words} Seen lately: {known}." if known else words
