"""Reads what a page shows: everything but its tiles at once, and each tile when it is its turn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import orjson

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard, Insight
from dashboards.selectors.read_dashboard import read_dashboard
from dashboards.selectors.read_insight import read_insight
from dashboards.selectors.results import Asking
from dashboards.services.dashboards import is_access_recorded, record_access, record_view
from posthog_lite.database.stored_json import as_object
from posthog_lite.domain import Missing
from posthog_lite.query.freshness import BLOCKING
from sharing.serializers import COLOR_MODES, SWITCHES
from themes.models import DataColorTheme
from themes.read_themes import read_all_themes

Data: TypeAlias = dict[str, Any]

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from dashboards.selectors.read_dashboard import WholeDashboard
    from posthog_lite.accounts.access import ProjectAccess
    from sharing.resources import Resource
    from sharing.visitor import ShareVisitor

NOTHING: Data = {}
SECONDS_FOR_RESULTS = 10.0  # of a page; what is not there by then is there on reload


class Slot(NamedTuple):
    """The part of a card that is known before its result: its place, its color, its Markdown."""

    layouts: Any = None
    color: Any = None
    markdown: str = ""
    has_insight: bool = True
    query: str | None = None  # as it is stored


@dataclass(frozen=True, slots=True)
class Contents:
    """Contents of a page, as its reader sees them; `head` is all but a dashboard's tiles."""

    head: Data
    slots: Sequence[Slot]
    tile: Callable[[int], Data]
    is_ready: Callable[[], bool] = lambda: True
    give_up: Callable[[], None] = lambda: None

    def whole(self) -> Data:
        """Return everything, once it is there."""
        if "dashboard" not in self.head:
            return self.head
        tiles = [self.tile(order) for order in range(len(self.slots))]
        return self.head | {"dashboard": self.head["dashboard"] | {"tiles": tiles}}


def read_shared(*, visit: ShareVisitor, kind: str, filters: Data, now: datetime) -> Contents | None:
    """Return everything the share shows. `kind` is `scene`, or `embed` inside another page.

    None where it was deleted since the link was looked up. A dashboard's `last_accessed_at` moves.
    `filters` are applied over those that are stored. JSON of the database stays text. Results that
    are stale or missing are computed while the visitor waits, for SECONDS_FOR_RESULTS at most.
    """
    link = visit.configuration
    themes = read_all_themes(access=visit.access)
    more = {"themes": [visit.present(DataColorTheme, theme) for theme in themes]}
    more |= shown_settings(link.settings)
    head: Data = {"type": kind, "accessToken": link.access_token}
    overrides = Overrides(filters=filters)
    try:
        if link.dashboard_id is not None:
            return _shared_dashboard(visit, link.dashboard_id, head, more, overrides, now)
        return _shared_insight(visit, link.insight_id or 0, head, more, overrides, now)
    except Missing:
        return None


def read_own(
    *, access: ProjectAccess, dashboard_id: int, overrides: Overrides, now: datetime
) -> Contents:
    """Return a dashboard of a member's own project, which the member has then seen.

    Raises Missing.
    """
    whole = read_dashboard(
        access=access, dashboard_id=dashboard_id, overrides=overrides, asking=asking(now)
    )
    record_view(access=access, dashboard_id=whole.row.id, now=now)
    head = {"dashboard": whole.head, "themes": list(read_all_themes(access=access))}
    return _of_dashboard(whole, head, whole.tiles.shape_or_error, overrides)


def read_preview(*, access: ProjectAccess, resource: Resource, now: datetime) -> Contents:
    """Return what a link to the resource would show, for somebody who may make one.

    Raises Missing.
    """
    more = {"themes": list(read_all_themes(access=access))}
    pk, nothing = resource.pk, Overrides()
    if isinstance(resource, Insight):
        found = read_insight(access=access, lookup=pk, overrides=nothing, asking=asking(now))
        return _of_insight(found.shape, more)
    whole = read_dashboard(access=access, dashboard_id=pk, overrides=nothing, asking=asking(now))
    head = {"dashboard": whole.head} | more
    return _of_dashboard(whole, head, whole.tiles.shape_or_error, nothing)


def shown_settings(settings: Data | None) -> Data:
    """Return the switches that are on, and the color mode where one is chosen."""
    stored = as_object(settings)
    shown: Data = {name: True for name in SWITCHES if stored.get(name) is True}
    if stored.get("theme") in COLOR_MODES:
        shown["theme"] = stored["theme"]
    return shown


def asking(now: datetime) -> Asking:
    """Return how results are asked for where somebody waits for a page."""
    return Asking(now, BLOCKING, SECONDS_FOR_RESULTS, for_page=True)


def _shared_dashboard(
    visit: ShareVisitor, pk: int, head: Data, more: Data, overrides: Overrides, now: datetime
) -> Contents:
    whole = read_dashboard(
        access=visit.access, dashboard_id=pk, overrides=overrides, asking=asking(now)
    )
    if not is_access_recorded(stored=whole.row.last_accessed_at, now=now):
        record_access(project=visit.project, dashboard_id=pk, now=now)
    shown = visit.present(Dashboard, {**whole.head, "tiles": []})
    head |= {"dashboard": shown} | more
    return _of_dashboard(whole, head, partial(_tile, visit, whole), overrides)


def _tile(visit: ShareVisitor, whole: WholeDashboard, order: int) -> Data:
    return visit.present_tile(whole.tiles.shape_or_error(order))


def _of_dashboard(
    whole: WholeDashboard, head: Data, tile: Callable[[int], Data], overrides: Overrides
) -> Contents:
    tiles = whole.tiles
    tiles.check_size()
    slots = [_slot(row) for row in tiles.rows()]
    contents = Contents(head, slots, tile, lambda: tiles.is_ready)
    if overrides == Overrides():
        return contents
    # There are any number of other dates: what nobody has begun with by then must not pile up.
    return replace(contents, give_up=tiles.give_up)


def _slot(row: Any) -> Slot:
    tile, text, insight = row
    layouts = orjson.loads(tile.layouts)
    if insight is None:
        return Slot(layouts, tile.color, text.body if text else "", has_insight=False)
    markdown = "" if tile.show_description is False else insight.description
    return Slot(layouts, tile.color, markdown or "", query=insight.query)


def _shared_insight(
    visit: ShareVisitor, pk: int, head: Data, more: Data, overrides: Overrides, now: datetime
) -> Contents:
    found = read_insight(access=visit.access, lookup=pk, overrides=overrides, asking=asking(now))
    return _of_insight(visit.present(Insight, found.shape), more, head)


def _of_insight(insight: Data, more: Data, head: Data = NOTHING) -> Contents:
    slot = Slot(markdown=insight.get("description") or "")
    return Contents({**head, "insight": insight, **more}, [slot], lambda _: {"insight": insight})
