"""The names of the tags of a dashboard or an insight."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.models import Tag

if TYPE_CHECKING:
    from dashboards.models import Dashboard, Insight


def tag_names_of(item: Dashboard | Insight) -> list[str]:
    if item._state.adding:
        return []
    # The tags of one row are those of its project.
    tags = Tag.all_projects.filter(**{f"{item._meta.model_name}s": item})
    return list(tags.order_by("name").values_list("name", flat=True))
