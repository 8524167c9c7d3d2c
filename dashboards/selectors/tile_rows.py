"""Tiles as answers show them, straight from the database, in the order of their layout.

The shapes are those that `dashboards.serializers.tile` documents; a test proves them equal.
"""

from __future__ import annotations

from datetime import datetime
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from orjson import Fragment

from dashboards.models import Dashboard
from dashboards.selectors.insight_rows import (
    InsightRow,
    insight_columns,
    shape_insight,
)
from dashboards.selectors.insights import insight_annotations
from dashboards.selectors.tiles import live_tiles
from posthog_lite.accounts.models import Project
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery, json_as_stored
from posthog_lite.domain import Missing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

    from dashboards.selectors.contents import Layers
    from posthog_lite.accounts.people import People
    from posthog_lite.accounts.selectors import ProjectAccess

MISSING_COORDINATE = 100
DEFAULT_LAYOUT_SIZE = "sm"


class TileRow(NamedTuple):
    """The columns of a tile and of the text on it; those of its insight follow."""

    id: int
    layouts: str
    color: str | None
    filters_overrides: str | None
    show_description: bool | None
    insight_id: int | None
    text_id: int | None
    text_body: str | None
    text_created_by_id: int | None
    text_last_modified_at: datetime | None
    text_last_modified_by_id: int | None


COLUMNS = [name.replace("text_", "text__") for name in TileRow._fields]
COLUMNS[TileRow._fields.index("text_id")] = "text_id"
Pair = tuple[TileRow, InsightRow | None]


def _tiles(project: int, dashboard: int) -> QuerySet[Any, Any]:
    place = Dashboard(pk=dashboard, project_id=project)
    return (
        live_tiles(dashboard=place)
        .filter(project=Project(pk=project))
        .annotate(**insight_annotations("insight_id"))
        .values_list(*COLUMNS, *insight_columns("insight__"))
    )


TILES = CompiledQuery(_tiles, project=int, dashboard=int)


class Tiles:
    """The live tiles of a dashboard, from top left to bottom right, each shaped when asked for."""

    def __init__(
        self, pairs: list[Pair], *, access: ProjectAccess, layers: Layers, people: People
    ) -> None:
        self._pairs = pairs
        self._access = access
        self._layers = layers
        self.people = people

    def __len__(self) -> int:
        return len(self._pairs)

    def ids(self) -> list[int]:
        return [row.id for row, _ in self._pairs]

    def shape_by_id(self, tile_id: int) -> dict[str, Any]:
        """The tile with this id. Raises Missing."""
        for order, (row, _) in enumerate(self._pairs):
            if row.id == tile_id:
                return self.shape(order)
        raise Missing("Not found.")

    def shape(self, order: int) -> dict[str, Any]:
        """The tile at a place of the order."""
        row, insight = self._pairs[order]
        return {
            "id": row.id,
            "layouts": Fragment(row.layouts),
            "color": row.color,
            "filters_overrides": json_as_stored(row.filters_overrides),
            "show_description": row.show_description,
            "insight": None if insight is None else self._insight(row, insight),
            "text": None if row.text_id is None else self._text(row),
            "order": order,
            "last_refresh": None,
            "is_cached": False,
        }

    def shape_all(self) -> list[dict[str, Any]]:
        return [self.shape(order) for order in range(len(self))]

    def _insight(self, row: TileRow, insight: InsightRow) -> dict[str, Any]:
        query = self._layers.shown_query(insight.query, tile_filters=row.filters_overrides)
        return shape_insight(insight, people=self.people, access=self._access, query=query)

    def _text(self, row: TileRow) -> dict[str, Any]:
        return {
            "id": row.text_id,
            "body": row.text_body,
            "created_by": self.people.get(row.text_created_by_id),
            "last_modified_at": row.text_last_modified_at,
            "last_modified_by": self.people.get(row.text_last_modified_by_id),
            "team": self._access.project.pk,
        }


def read_tiles(
    *,
    access: ProjectAccess,
    dashboard_id: int,
    author_id: int | None,
    layers: Layers,
    layout_size: str = DEFAULT_LAYOUT_SIZE,
) -> Tiles:
    """The tiles of a dashboard of the project in one query, and the authors of all in one."""
    pairs = [
        (TileRow._make(row[: len(COLUMNS)]), _insight_of(row))
        for row in TILES.rows(project=access.project.pk, dashboard=dashboard_id)
    ]
    pairs.sort(key=lambda pair: (*_position(pair[0].layouts, layout_size), pair[0].id))
    people = get_people([author_id, *_people_of(pairs)], caller=access.user)
    return Tiles(pairs, access=access, layers=layers, people=people)


def _insight_of(row: tuple[Any, ...]) -> InsightRow | None:
    columns = row[len(COLUMNS) :]
    return None if columns[0] is None else InsightRow._make(columns)


def _people_of(pairs: list[Pair]) -> Iterable[int | None]:
    for row, insight in pairs:
        yield from (row.text_created_by_id, row.text_last_modified_by_id)
        if insight is not None:
            yield from insight.people


def _position(layouts: str, layout_size: str) -> tuple[float, float]:
    sizes = orjson.loads(layouts)
    place = sizes.get(layout_size) if isinstance(sizes, dict) else None
    place = place if isinstance(place, dict) else {}
    return _coordinate(place.get("y")), _coordinate(place.get("x"))


def _coordinate(value: Any) -> float:
    """A grid coordinate; what is missing or no number sorts as 100, numbers in text count."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        return MISSING_COORDINATE
    return MISSING_COORDINATE if isnan(number) else number  # nothing sorts beside NaN
