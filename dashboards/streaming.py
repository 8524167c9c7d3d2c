"""stream_tiles: a dashboard's tiles as server-sent events, each sent as soon as it is ready."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import connection

from posthog_lite.api.renderers import render_json
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dashboards.selectors.tile_rows import Tiles

logger = logging.getLogger(__name__)

TILES_IN_FIRST_EVENT = 2


def stream_events(*, dashboard: dict[str, Any], tiles: Tiles) -> Iterator[bytes]:
    """The events: `metadata` with the first two tiles, one `tile` for each other, `complete`.

    `dashboard` is the whole object without its tiles; a tile is shaped only when it is its turn. A
    tile that fails becomes an `error` event; a failure outside of a tile ends the stream without
    `complete`.
    """
    try:
        numbered = list(enumerate(tiles.ids()))
        first = [_initial_tile(tiles, *tile) for tile in numbered[:TILES_IN_FIRST_EVENT]]
        yield _event({"type": "metadata", "dashboard": {**dashboard, "tiles": first}})
        for tile in numbered[TILES_IN_FIRST_EVENT:]:
            yield _event(_tile_event(tiles, *tile))
        yield _event({"type": "complete"})
    except Exception as error:  # noqa: BLE001  # whatever it was, the client is told
        yield _event({"type": "error", "error": _message(error)})


def _initial_tile(tiles: Tiles, order: int, tile_id: int) -> Any:
    try:
        return _shaped(tiles, order)
    except Exception as error:  # noqa: BLE001  # one bad tile must not take the others along
        problem = {"type": type(error).__name__, "message": _message(error)}
        return {"id": tile_id, "error": problem}


def _tile_event(tiles: Tiles, order: int, tile_id: int) -> dict[str, Any]:
    try:
        return {"type": "tile", "order": order, "tile": _shaped(tiles, order)}
    except Exception as error:  # noqa: BLE001  # one bad tile must not take the others along
        return {"type": "error", "tile_id": tile_id, "error": _message(error)}


def _shaped(tiles: Tiles, order: int) -> Any:
    """The tile's shape; whatever connection that took goes back before the reader is waited for."""
    try:
        return tiles.shape(order)
    finally:
        release_connection()


def release_connection() -> None:
    """Give the database connection back: a slow or vanished reader must not hold one."""
    if not connection.in_atomic_block:
        connection.close()


def _message(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.detail
    logger.error("A tile could not be streamed", exc_info=error)
    return "This tile could not be rendered."


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + render_json(data) + b"\n\n"
