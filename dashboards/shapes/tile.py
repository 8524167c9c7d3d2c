"""Tiles as answers show them, with the insight or the text on them."""

from __future__ import annotations

from datetime import datetime

from dashboards.models import Insight as InsightModel
from dashboards.models import Text as TextModel
from dashboards.models import Tile as TileModel
from dashboards.shapes.insight import Insight
from posthog_lite.database.shapes import Shape, column, computed, given, person


class Text(Shape, of=TextModel, about="The text of a tile."):
    id = column("Number of the text.")
    body = column("Markdown; at most 4000 characters.")
    created_by = person("Who wrote it.", source="created_by_id")
    last_modified_at = column("When it was last changed.")
    last_modified_by = person("Who last changed it.", source="last_modified_by_id")
    team = computed("Number of its project.", int, lambda row, context: context.access.project.pk)


class Tile(Shape, of=TileModel, about="A tile of a dashboard: an insight or a text."):
    id = column("Number of the tile.")
    layouts = column(
        "Place and size per screen size: `sm`, `xs`, each with `x`, `y`, `w`, `h`.",
        kind=dict,
        json=True,
    )
    color = column("Color of the tile.")
    filters_overrides = column("Filters of this tile alone.", kind=dict, null=True, json=True)
    show_description = column("Whether the insight's description is shown.")
    insight = given("The insight; null on text tiles.", Insight, null=True)
    text = given("The text; null on insight tiles.", Text, null=True)
    order = given("Place on the dashboard, from 0.", int)
    last_refresh = given("When the result was computed; null until then.", datetime, null=True)
    is_cached = given("Whether the result was stored before.", bool, otherwise=False)
    error = given("Why the tile cannot be shown; only where it cannot.", dict, only_if_given=True)


class InsightResult(Shape, of=InsightModel, about="What an insight is called, and its result."):
    id = column("Number of the insight.")
    short_id = column("Short id, as links use it.")
    name = column("Name, at most 400 characters.")
    derived_name = column("Name made from the query, where it has none of its own.")
    result = given("The result, as rows or as text; null until it is computed.")


class InsightRun(Shape, about="One insight tile with its result."):
    id = given("The tile.", int)
    order = given("Place on the dashboard, from 0.", int)
    insight = given("The insight with its result.", InsightResult)
    last_refresh = given("When the result was computed; null until then.", datetime, null=True)
    is_cached = given("Whether the result was stored before.", bool, otherwise=False)


class RunInsights(Shape, about="The results of a dashboard."):
    results = given("One entry per insight tile, in the order of the layout.", [InsightRun])
