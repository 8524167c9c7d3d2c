"""Tiles read as answers, straight from the database, in the order of their layout."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson
from orjson import Fragment

from dashboards.filters.limits import InvalidFilters
from dashboards.layouts import position
from dashboards.models import Dashboard
from dashboards.selectors import answer_size
from dashboards.selectors.answer_size import AnswerSize
from dashboards.selectors.insights import insight_annotations
from dashboards.selectors.results import result_keys
from dashboards.selectors.rights import editable_among
from dashboards.selectors.tiles import tiles_of
from dashboards.shapes.insight import (
    Insight,
    InsightContext,
    people_of,
    restricted_by,
    stored_query,
)
from dashboards.shapes.tile import Text, Tile
from posthog_lite.accounts.models import Project
from posthog_lite.accounts.people import get_people
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.listing import looked_up
from posthog_lite.domain import AnswerTooLarge, Missing

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from django.db.models import QuerySet

    from dashboards.filters.dashboard_layers import Layers
    from dashboards.models.tile import TileQuerySet
    from dashboards.selectors.results import Asking
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.query.many import Pending
    from posthog_lite.query.results import Answer

logger = logging.getLogger(__name__)

DEFAULT_LAYOUT_SIZE = "sm"

TILE = Tile.reads()
TEXT = Text.reads("text__")
INSIGHT = Insight.reads("insight__")


class ReadTile(NamedTuple):
    """The row of a tile, and those of the text or the insight on it."""

    tile: Any
    text: Any
    insight: Any


class Run(NamedTuple):
    """An insight on a tile, the query that is shown there, and its answer where one was asked."""

    tile_id: int
    order: int
    insight: Any
    query: Any
    answer: Answer | None


def _tiles(project: int, dashboard: int) -> QuerySet[Any, Any]:
    # Of an array PostgreSQL always expects the same number, so that it plans this once, and not
    # at each look again for the number of tiles that it expects here.
    all_tiles = _of(project, dashboard)
    rows = looked_up(all_tiles, all_tiles.filter(deleted=False).values("pk")).live()
    rows = rows.annotate(**insight_annotations("insight_id"))
    return rows.values_list(*TILE, *TEXT, *INSIGHT)


def _two_tiles(project: int, dashboard: int, one: int, other: int) -> QuerySet[Any, Any]:
    return _tiles(project, dashboard).filter(pk__in=[one, other])


def _layouts(project: int, dashboard: int) -> QuerySet[Any, Any]:
    return _of(project, dashboard).live().values_list("pk", "layouts")


def _of(project: int, dashboard: int) -> TileQuerySet:
    return tiles_of(dashboard=Dashboard(pk=dashboard, project=Project(pk=project)))


TILES = CompiledQuery(_tiles, project=int, dashboard=int)
TWO_TILES = CompiledQuery(_two_tiles, project=int, dashboard=int, one=int, other=int)
LAYOUTS = CompiledQuery(_layouts, project=int, dashboard=int)


class Tiles:
    """The live tiles of a dashboard, from top left to bottom right, each shaped when asked for.

    `found` may lack some: all are read when the first of these is asked for.
    """

    def __init__(
        self,
        order: list[int],
        found: dict[int, ReadTile],
        *,
        dashboard_id: int,
        layers: Layers,
        context: InsightContext,
        asking: Asking | None = None,
    ) -> None:
        self._order = order
        self._found = found
        self._dashboard_id = dashboard_id
        self._layers = layers
        self._asking = asking
        self._queries: dict[int, Any] = {}
        self._pending: dict[int, Pending] = {}
        self._size = AnswerSize(asking.most_bytes if asking else answer_size.MOST_BYTES)
        self.context = context
        self._ask()

    def __len__(self) -> int:
        return len(self._order)

    def ids(self) -> list[int]:
        return list(self._order)

    def shape_by_id(self, tile_id: int) -> dict[str, Any]:
        """Return the tile with this id. Raises Missing."""
        if tile_id not in self._order:
            raise Missing("Not found.")
        return self.shape(self._order.index(tile_id))

    def shape(self, order: int) -> dict[str, Any]:
        """Return the tile at a place of the order. Raises Missing where it is gone since."""
        tile_id = self._order[order]
        if tile_id not in self._found:
            self._read_all()
        if tile_id not in self._found:
            raise Missing("Not found.")
        tile, text, insight = self._found[tile_id]
        given = {} if insight is None else self._insight(tile, insight)
        return Tile.make(
            tile,
            self.context,
            text=None if text is None else Text.make(text, self.context),
            order=order,
            **given,
        )

    def shape_all(self) -> list[dict[str, Any]]:
        """Return all tiles; one that fails says so itself. Raises AnswerTooLarge."""
        self.check_size()
        tiles = [self.shape_or_error(order) for order in range(len(self))]
        self._size.check()
        return tiles

    def check_size(self) -> None:
        """Raise AnswerTooLarge where all tiles would be more than one answer may hold.

        From here on results count too: those beyond are errors of their tiles.
        """
        filters = len(orjson.dumps(self._layers.filters))
        self._size.add(sum(_bytes_of(row, filters) for row in self._found.values()))

    def rows(self) -> list[ReadTile]:
        """Return the rows of the tiles, which are there before their results are."""
        return [self._found[tile_id] for tile_id in self._order]

    @property
    def is_ready(self) -> bool:
        """Tell whether every result that was asked for is there."""
        return all(pending.is_there() for pending in self._pending.values())

    def give_up(self) -> None:
        """Leave what nobody has begun to compute."""
        for pending in self._pending.values():
            pending.give_up()

    def shape_or_error(self, order: int) -> dict[str, Any]:
        """Return the tile at a place of the order; one that fails says so itself."""
        try:
            return self.shape(order)
        except AnswerTooLarge as error:
            return self._failed(order, error, error.detail)
        except Exception as error:  # one bad tile must not take the others along
            logger.exception("A tile could not be shown")
            return self._failed(order, error, "This tile could not be shown.")

    def _failed(self, order: int, error: Exception, message: str) -> dict[str, Any]:
        problem = {"type": type(error).__name__, "message": message}
        blank = self._found[self._order[order]].tile
        return Tile.make(blank, self.context, order=order, error=problem)

    def runs(self) -> Iterator[Run]:
        """Yield what each tile with an insight has of its result; none where it is odd."""
        for order, tile_id in enumerate(self._order):
            tile, _, insight = self._found[tile_id]
            if insight is not None:
                query, pending = _as_stored(insight), self._pending.get(tile_id)
                with suppress(InvalidFilters):
                    query = self._shown_query(tile, insight)
                yield Run(tile_id, order, insight, query, pending.get() if pending else None)

    def _read_all(self) -> None:
        access = self.context.access
        rows = TILES.rows(project=access.project.pk, dashboard=self._dashboard_id)
        self._found = _by_id(rows)
        context = _context_of(self._found, access, None)
        people = {**self.context.people, **context.people}
        self.context = InsightContext(access, people, context.editable)
        self._ask()

    def _insight(self, tile: Any, insight: Any) -> dict[str, Any]:
        """Return the keys of a tile that come from its insight."""
        try:
            query = self._shown_query(tile, insight)
        except InvalidFilters as error:
            return {"insight": self._unfiltered(insight, error)}
        pending = self._pending.get(tile.id)
        answer = pending.get() if pending else None
        self._size.add(len(answer.rows or b"") if answer else 0)
        found = result_keys(answer) if answer else {}
        return {
            "insight": Insight.make(insight, self.context, query=query, **found),
            "last_refresh": found.get("last_refresh"),
            "is_cached": found.get("is_cached", False),
        }

    def _unfiltered(self, insight: Any, error: InvalidFilters) -> dict[str, Any]:
        """Return an insight with the query that is stored, and why nothing is laid over it."""
        failed = {"complete": True, "error": True, "error_message": error.detail}
        return Insight.make(insight, self.context, query=_as_stored(insight), query_status=failed)

    def _shown_query(self, tile: Any, insight: Any) -> Any:
        """Return the query of a tile's insight, made once. Raises InvalidFilters."""
        if tile.id not in self._queries:
            self._queries[tile.id] = self._layers.shown_query(
                stored_query(insight), tile_filters=tile.filters_overrides
            )
        return self._queries[tile.id]

    def _ask(self) -> None:
        """Ask for the results of the tiles that were read, all at once; odd ones have none."""
        if self._asking is None:
            return
        for tile, _, insight in self._found.values():
            if insight is not None:
                with suppress(InvalidFilters):  # raised again when the tile is shaped
                    self._shown_query(tile, insight)
        wanted = [pk for pk in self._order if pk in self._queries and pk not in self._pending]
        pending = self._asking.ask(
            self.context.access.project, [self._queries[pk] for pk in wanted]
        )
        self._pending.update(zip(wanted, pending, strict=True))


def read_tiles(
    *,
    access: ProjectAccess,
    dashboard_id: int,
    author_id: int | None,
    layers: Layers,
    layout_size: str = DEFAULT_LAYOUT_SIZE,
    only_two: bool = False,
    asking: Asking | None = None,
) -> Tiles:
    """Return the tiles of a dashboard in one query, and the authors of all in one.

    With `only_two` the first two are read, for a stream that begins with them.
    """
    scope = {"project": access.project.pk, "dashboard": dashboard_id}
    if only_two:
        order = _order_of(LAYOUTS.rows(**scope), layout_size)
        found = TWO_TILES.rows(**scope, one=order[0], other=order[:2][-1]) if order else []
        tiles = _by_id(found)
    else:
        tiles = _by_id(TILES.rows(**scope))
        order = _order_of(((tile.id, tile.layouts) for tile, _, _ in tiles.values()), layout_size)
    return Tiles(
        order,
        tiles,
        dashboard_id=dashboard_id,
        layers=layers,
        context=_context_of(tiles, access, author_id),
        asking=asking,
    )


def _context_of(
    tiles: dict[int, ReadTile], access: ProjectAccess, author_id: int | None
) -> InsightContext:
    found = list(tiles.values())
    people = get_people([author_id, *_people_of(found)], caller=access.user)
    rows = [tile.insight for tile in found if tile.insight is not None]
    restricted = set().union(*map(restricted_by, rows))
    return InsightContext(access, people, editable_among(restricted=restricted, access=access))


def _bytes_of(row: ReadTile, filters: int) -> int:
    """Return about how much a tile adds to an answer, its result left out."""
    tile, text, insight = row
    size = len(tile.layouts) + 2 * len(tile.filters_overrides or "")  # in the query as well
    size += 0 if text is None else 2 * len(text.body or "")
    return size if insight is None else size + len(insight.query or "") + filters


def _as_stored(insight: Any) -> Fragment | None:
    stored = stored_query(insight)
    return None if stored is None else Fragment(stored)


def _by_id(rows: list[tuple[Any, ...]]) -> dict[int, ReadTile]:
    return {row[0]: _read(row) for row in rows}


def _read(row: tuple[Any, ...]) -> ReadTile:
    text, insight = row[len(TILE) : len(TILE) + len(TEXT)], row[len(TILE) + len(TEXT) :]
    return ReadTile(
        Tile.Row._make(row[: len(TILE)]),
        None if text[0] is None else Text.Row._make(text),
        None if insight[0] is None else Insight.row(insight),
    )


def _order_of(layouts: Iterable[tuple[int, str]], layout_size: str) -> list[int]:
    """Return the ids of tiles from top left to bottom right."""
    ordered = sorted((*position(orjson.loads(stored), layout_size), pk) for pk, stored in layouts)
    return [pk for _, _, pk in ordered]


def _people_of(tiles: Iterable[ReadTile]) -> Iterator[int | None]:
    for _, text, insight in tiles:
        if text is not None:
            yield from (text.created_by_id, text.last_modified_by_id)
        if insight is not None:
            yield from people_of(insight)
