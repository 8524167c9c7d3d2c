"""The form of an insight that is there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from dashboards.admin.tag_names import tag_names_of
from dashboards.models import Insight
from dashboards.serializers.insight_write import InsightWriteSerializer
from dashboards.services.insights import create_insight, update_insight
from posthog_lite.admin_site.tags import TagsBox
from posthog_lite.project_admin.writing import ServiceForm, operator_access

NAMED = ["project", "name", "derived_name", "description", "favorited", "saved"]
JSON_FIELDS = ["query", "filters"]


class InsightForm(ServiceForm):
    body = InsightWriteSerializer
    wire_names = {"tag_names": "tags"}
    tag_names = TagsBox()

    class Meta:
        model = Insight
        fields = [*NAMED, *JSON_FIELDS]
        help_texts = {
            "derived_name": "What clients call it while it has no name.",
            "query": 'The query as the API takes it: an object with "kind". Empty: none.',
            "filters": "Filters of the old form, from before there were queries. Empty: none.",
        }
        widgets = {
            "name": forms.TextInput(attrs={"size": 80}),
            "derived_name": forms.TextInput(attrs={"size": 80}),
            "description": forms.Textarea(attrs={"rows": 2, "cols": 80}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tag_names"] = tag_names_of(self.instance)

    def store(self, data: dict[str, Any]) -> Insight:
        now = timezone.now()
        if self.instance._state.adding:
            access = operator_access(self.cleaned_data["project"], self.by)
            return create_insight(access=access, data=data, now=now)
        access = operator_access(self.instance.project, self.by)
        return update_insight(access=access, lookup=str(self.instance.pk), data=data, now=now)
