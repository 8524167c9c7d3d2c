"""Tags as people write them: in one line, separated by commas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from dashboards.models import Tag
from dashboards.services.tags import normalize_tags

if TYPE_CHECKING:
    from dashboards.models import Dashboard, Insight


class TagBox(forms.CharField):
    widget = forms.TextInput(attrs={"size": 80})

    def __init__(self) -> None:
        super().__init__(
            required=False,
            label="Tags",
            help_text="Separated by commas. They are kept in lower case.",
        )

    def to_python(self, value: Any) -> Any:
        return normalize_tags((super().to_python(value) or "").split(","))

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return set(initial or []) != set(self.to_python(data))


def tag_names_of(item: Dashboard | Insight) -> list[str]:
    if item._state.adding:
        return []
    # The tags of one row are those of its project.
    tags = Tag.all_projects.filter(**{f"{item._meta.model_name}s": item})
    return list(tags.order_by("name").values_list("name", flat=True))
