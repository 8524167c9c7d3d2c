"""stream_tiles: a dashboard's tiles as server-sent events, each sent as soon as it is ready."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.conf import settings

from posthog_lite.api.renderers import render_json
from posthog_lite.database.transactions import release_connection
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Generator

    from dashboards.selectors.read_tiles import Tiles

logger = logging.getLogger(__name__)

TILES_IN_FIRST_EVENT = 2
places = threading.BoundedSemaphore(settings.MAX_OPEN_STREAMS)


class TooManyStreams(DomainError):
    """This process has as many streams open as it may."""

    status_code = 503
    code = "too_many_streams"
    type = "server_error"


def take_place() -> None:
    """Take one of the places for streams. Raises TooManyStreams."""
    if not places.acquire(blocking=False):
        raise TooManyStreams("Too many streams are open. Try again in a moment.")


def check_free_place() -> None:
    """Raise TooManyStreams where a stream made now would: before the work of making it."""
    take_place()
    places.release()


class OpenStream(Iterator[bytes]):
    """A stream in one of the process's places, which it gives back when it is closed.

    A stream keeps a thread for as long as its reader takes. Were there no bound, slow readers
    could keep them all.
    """

    def __init__(self, events: Generator[bytes]) -> None:
        self._events = events
        self._has_place = False
        take_place()
        self._has_place = True

    def __next__(self) -> bytes:
        return next(self._events)

    def close(self) -> None:
        if self._has_place:
            self._has_place = False
            places.release()
        self._events.close()

    def __del__(self) -> None:  # where an answer was dropped on its way to the server
        self.close()


def stream_events(*, dashboard: dict[str, Any], tiles: Tiles) -> Generator[bytes]:
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


def _message(error: Exception) -> str:
    if isinstance(error, DomainError):
        return error.detail
    logger.error("A tile could not be streamed", exc_info=error)
    return "This tile could not be rendered."


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + render_json(data) + b"\n\n"
