"""Color themes as answers show them; colors stay the text that they are stored as."""

from __future__ import annotations

from posthog_lite.accounts.examples import ADA
from posthog_lite.database.shapes import Shape, column, computed, person
from themes.models import DataColorTheme as DataColorThemeModel
from themes.palettes import COLORS_SCHEMA


class DataColorTheme(
    Shape,
    of=DataColorThemeModel,
    about="Colors for the series of charts.",
    hidden=["project_id"],
    examples={
        "A theme": {
            "id": 2,
            "name": "Brand",
            "colors": ["#1d4aff", "#CD0F74", "#43827e"],
            "is_global": False,
            "created_at": "2026-01-05T14:15:22Z",
            "created_by": ADA,
        }
    },
):
    id = column("Number of the theme.")
    name = column("Name, at most 100 characters.")
    colors = column("Colors of the series, in the order of use.", kind=COLORS_SCHEMA, json=True)
    is_global = computed(
        "Whether every project sees it and only staff may change it.",
        bool,
        lambda row, context: row.project_id is None,
    )
    created_at = column("When it was created.")
    created_by = person("Who created it; null for themes of the server.", source="created_by_id")
