"""A project with one of everything that is moved."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboards.models import Dashboard, DashboardTemplate, Insight, InsightVariable, Text, Tile
from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Action
from tests.factories import DashboardFactory, InsightFactory, ThemeFactory

LAYOUT = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}


def trends(**source: Any) -> dict[str, Any]:
    series = source.pop("series", [{"kind": "EventsNode", "event": "$pageview"}])
    return {
        "kind": "InsightVizNode",
        "source": {"kind": "TrendsQuery", "series": series, **source},
    }


@transaction.atomic
def fill(project: Project) -> Dashboard:
    """Make a dashboard with an insight about an action, one in SQL, and a text."""
    action = Action.objects.create(project=project, name="Check out", steps=[{"event": "paid"}])
    theme = ThemeFactory.create(project=project, name="House colors")
    variable = InsightVariable.objects.create(
        project=project, name="Country", code_name="country", type="String", default_value="NZ"
    )
    DashboardTemplate.objects.create(
        project=project, template_name="Ours", tiles=[{"type": "TEXT", "body": "Hi", "layouts": {}}]
    )
    dashboard = DashboardFactory.create(
        project=project,
        name="Sales — north",
        description="By week",
        data_color_theme_id=theme.pk,
        filters={"date_from": "-30d"},
        variables={str(variable.pk): entry(variable, "AU")},
        restriction_level=37,
    )
    about_action = InsightFactory.create(
        project=project,
        name="Check-outs",
        saved=True,
        query=trends(series=[{"kind": "ActionsNode", "id": action.pk, "name": "Check out"}]),
    )
    in_sql = InsightFactory.create(project=project, name="By country", query=sql(variable))
    set_tags(item=dashboard, names=["sales", "north"])
    set_tags(item=about_action, names=["sales"])
    tile(dashboard, insight=about_action, layouts=LAYOUT, color="blue")
    tile(dashboard, insight=in_sql, filters_overrides={"date_from": "-7d"})
    text = Text.objects.create(project=project, body="# Hello", last_modified_at=timezone.now())
    tile(dashboard, text=text, show_description=True)
    return dashboard


def entry(variable: InsightVariable, value: str) -> dict[str, str]:
    return {"variableId": str(variable.pk), "code_name": variable.code_name, "value": value}


def sql(variable: InsightVariable) -> dict[str, Any]:
    source = {
        "kind": "HogQLQuery",
        "query": "select {variables.country}",
        "variables": {str(variable.pk): entry(variable, "NZ")},
    }
    return {"kind": "DataVisualizationNode", "source": source}


def tile(dashboard: Dashboard, **fields: Any) -> Tile:
    return Tile.objects.create(project=dashboard.project, dashboard=dashboard, **fields)


def insight_named(project: Project, name: str) -> Insight:
    return Insight.objects.for_project(project).get(name=name)
