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
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from dashboards.filters.dashboard_layers import Layers
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.people import People

MISSING_COORDINATE = 100
DEFAULT_LAYOUT_SIZE = "sm"
RESULT_KEYS = ("id", "order", "insight", "last_refresh", "is_cached")


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


def _two_tiles(project: int, dashboard: int, one: int, other: int) -> QuerySet[Any, Any]:
    return _tiles(project, dashboard).filter(pk__in=[one, other])


def _places(project: int, dashboard: int) -> QuerySet[Any, Any]:
    place = Dashboard(pk=dashboard, project_id=project)
    rows = live_tiles(dashboard=place).filter(project=Project(pk=project))
    return rows.values_list("pk", "layouts")


TILES = CompiledQuery(_tiles, project=int, dashboard=int)
TWO_TILES = CompiledQuery(_two_tiles, project=int, dashboard=int, one=int, other=int)
PLACES = CompiledQuery(_places, project=int, dashboard=int)


class Tiles:
    """The live tiles of a dashboard, from top left to bottom right, each shaped when asked for.

    `pairs` may lack some: all are read when the first of these is asked for.
    """

    def __init__(
        self,
        order: list[int],
        pairs: dict[int, Pair],
        *,
        dashboard_id: int,
        access: ProjectAccess,
        layers: Layers,
        people: People,
    ) -> None:
        self._order = order
        self._pairs = pairs
        self._dashboard_id = dashboard_id
        self._access = access
        self._layers = layers
        self.people = people

    def __len__(self) -> int:
        return len(self._order)

    def ids(self) -> list[int]:
        return list(self._order)

    def shape_by_id(self, tile_id: int) -> dict[str, Any]:
        """The tile with this id. Raises Missing."""
        if tile_id not in self._order:
            raise Missing("Not found.")
        return self.shape(self._order.index(tile_id))

    def shape(self, order: int) -> dict[str, Any]:
        """The tile at a place of the order. Raises Missing where it is gone since."""
        tile_id = self._order[order]
        if tile_id not in self._pairs:
            self._read_all()
        if tile_id not in self._pairs:
            raise Missing("Not found.")
        row, insight = self._pairs[tile_id]
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

    def shape_results(self) -> list[dict[str, Any]]:
        """What the tiles with an insight say of its result."""
        tiles = [tile for tile in self.shape_all() if tile["insight"] is not None]
        return [{name: tile[name] for name in RESULT_KEYS} for tile in tiles]

    def _read_all(self) -> None:
        scope = {"project": self._access.project.pk, "dashboard": self._dashboard_id}
        self._pairs = _pairs_of(TILES.rows(**scope))
        others = get_people(_people_of(self._pairs.values()), caller=self._access.user)
        self.people = {**self.people, **others}

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
    only_two: bool = False,
) -> Tiles:
    """The tiles of a dashboard of the project in one query, and the authors of all in one.

    With `only_two` the first two are read, for a stream that begins with them.
    """
    scope = {"project": access.project.pk, "dashboard": dashboard_id}
    if only_two:
        order = _order_of(PLACES.rows(**scope), layout_size)
        found = TWO_TILES.rows(**scope, one=order[0], other=order[:2][-1]) if order else []
        pairs = _pairs_of(found)
    else:
        pairs = _pairs_of(TILES.rows(**scope))
        order = _order_of(((row.id, row.layouts) for row, _ in pairs.values()), layout_size)
    return Tiles(
        order,
        pairs,
        dashboard_id=dashboard_id,
        access=access,
        layers=layers,
        people=get_people([author_id, *_people_of(pairs.values())], caller=access.user),
    )


def _pairs_of(rows: list[tuple[Any, ...]]) -> dict[int, Pair]:
    return {row[0]: (TileRow._make(row[: len(COLUMNS)]), _insight_of(row)) for row in rows}


def _order_of(places: Iterable[tuple[int, str]], layout_size: str) -> list[int]:
    """The ids of tiles from top left to bottom right."""
    ordered = sorted((*_position(layouts, layout_size), pk) for pk, layouts in places)
    return [pk for _, _, pk in ordered]


def _insight_of(row: tuple[Any, ...]) -> InsightRow | None:
    columns = row[len(COLUMNS) :]
    return None if columns[0] is None else InsightRow._make(columns)


def _people_of(pairs: Iterable[Pair]) -> Iterator[int | None]:
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
