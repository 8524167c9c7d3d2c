"""Reads what a visitor gets of a shared resource: the same on the page and in its `.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Dashboard, Insight
from dashboards.selectors.read_dashboard import read_dashboard
from dashboards.selectors.read_insight import read_insight
from dashboards.selectors.results import Asking
from dashboards.services.dashboards import record_access
from posthog_lite.domain import Missing
from posthog_lite.query.freshness import BLOCKING
from sharing.serializers import COLOR_MODES, SWITCHES
from themes.models import DataColorTheme
from themes.read_themes import read_all_themes

if TYPE_CHECKING:
    from datetime import datetime

    from sharing.visitor import ShareVisitor

SECONDS_FOR_RESULTS = 10.0  # of a page; what is not there by then is there on reload


def read_shared(*, visit: ShareVisitor, kind: str, now: datetime) -> dict[str, Any] | None:
    """Return everything the share shows. `kind` is `scene`, or `embed` inside another page.

    None where it was deleted since the link was looked up. A dashboard's `last_accessed_at` moves.
    Stored filters count, those of the URL do not. JSON of the database stays text. Results that
    are stale or missing are computed while the visitor waits, for SECONDS_FOR_RESULTS at most.
    """
    link = visit.configuration
    data: dict[str, Any] = {"type": kind, "accessToken": link.access_token}
    try:
        data |= _resource(visit, now)
    except Missing:
        return None
    themes = read_all_themes(access=visit.access)
    data["themes"] = [visit.present(DataColorTheme, theme) for theme in themes]
    return data | shown_settings(link.settings)


def shown_settings(settings: dict[str, Any] | None) -> dict[str, Any]:
    """Return the switches that are on, and the color mode where one is chosen."""
    stored = settings or {}
    shown: dict[str, Any] = {name: True for name in SWITCHES if stored.get(name) is True}
    if stored.get("theme") in COLOR_MODES:
        shown["theme"] = stored["theme"]
    return shown


def _resource(visit: ShareVisitor, now: datetime) -> dict[str, Any]:
    link = visit.configuration
    if link.dashboard_id is not None:
        return {"dashboard": _dashboard(visit, link.dashboard_id, now)}
    return {"insight": _insight(visit, link.insight_id or 0, now)}


def _dashboard(visit: ShareVisitor, pk: int, now: datetime) -> dict[str, Any]:
    whole = read_dashboard(
        access=visit.access, dashboard_id=pk, overrides=Overrides(), asking=_asking(now)
    )
    record_access(project=visit.project, dashboard_id=pk, now=now)
    return visit.present(Dashboard, whole.shape())


def _insight(visit: ShareVisitor, pk: int, now: datetime) -> dict[str, Any]:
    found = read_insight(access=visit.access, lookup=pk, overrides=Overrides(), asking=_asking(now))
    return visit.present(Insight, found.shape)


def _asking(now: datetime) -> Asking:
    return Asking(now, BLOCKING, SECONDS_FOR_RESULTS)
