"""What a visitor gets of a shared resource, as data: the same on the page and in its `.json`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Dashboard, Insight
from dashboards.selectors.contents import Overrides, get_contents
from dashboards.selectors.dashboards import dashboards_visible_to
from dashboards.selectors.insights import get_insight
from dashboards.serializers.dashboard import DashboardSerializer
from dashboards.serializers.insight import InsightSerializer
from dashboards.services.dashboards import record_access
from themes.models import DataColorTheme
from themes.selectors import themes_visible_to
from themes.serializers import DataColorThemeSerializer

if TYPE_CHECKING:
    from datetime import datetime

    from sharing.visits import ShareVisit

FLAGS = ("whitelabel", "noHeader", "showInspector", "legend", "detailed", "hideExtraDetails")
COLOR_MODES = ("light", "dark", "system")


def export(*, visit: ShareVisit, kind: str, now: datetime) -> dict[str, Any]:
    """Everything the share shows. `kind` is `scene`, or `embed` inside another page.

    A dashboard's `last_accessed_at` moves. Stored filters count, those of the URL do not.
    """
    link = visit.configuration
    data: dict[str, Any] = {"type": kind, "accessToken": link.access_token}
    if link.dashboard_id is not None:
        data["dashboard"] = _dashboard(visit, link.dashboard_id, now)
    else:
        data["insight"] = _insight(visit, link.insight_id or 0)
    themes = DataColorThemeSerializer(themes_visible_to(project=visit.project), many=True).data
    data["themes"] = [visit.present(DataColorTheme, theme) for theme in themes]
    return data | export_settings(link.settings)


def export_settings(settings: dict[str, Any] | None) -> dict[str, Any]:
    """The switches that are on, and the color mode where one is chosen."""
    stored = settings or {}
    shown: dict[str, Any] = {name: True for name in FLAGS if stored.get(name) is True}
    if stored.get("theme") in COLOR_MODES:
        shown["theme"] = stored["theme"]
    return shown


def _dashboard(visit: ShareVisit, pk: int, now: datetime) -> dict[str, Any]:
    dashboard = dashboards_visible_to(access=visit.access).get(pk=pk)
    contents = get_contents(dashboard=dashboard, access=visit.access, overrides=Overrides())
    record_access(dashboard=dashboard, now=now)
    context = {"access": visit.access, "contents": contents}
    row = dict(DashboardSerializer(dashboard, context=context).data)
    return visit.present(Dashboard, row)


def _insight(visit: ShareVisit, pk: int) -> dict[str, Any]:
    insight = get_insight(project=visit.project, lookup=pk)
    row = dict(InsightSerializer(insight, context={"access": visit.access}).data)
    return visit.present(Insight, row)
