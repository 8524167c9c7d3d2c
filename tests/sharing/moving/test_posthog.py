"""Another server of this kind as the source."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardTemplate, Insight, InsightVariable, Tile
from posthog_lite.accounts.models import Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.events.models import Action
from posthog_lite.query.cache import claim_result, keep_result, key_of
from posthog_lite.query.freshness import Ages
from posthog_lite.query.models import Result
from posthog_lite.query.nodes.parsing import unwrap
from sharing.models import Origin, SharingConfiguration
from tests.factories import make_member
from tests.sharing.moving.making import fill, insight_named, tile
from tests.support.clients import client_with
from themes.models import DataColorTheme

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


class Move:
    """A move from one project to another of the same server, over HTTP."""

    def __init__(self, server: LiveServer, source: Project, target: Project, key: str) -> None:
        self._server, self._source, self._target, self._key = server, source, target, key

    def __call__(self, **options: object) -> str:
        out = StringIO()
        given = {"key": self._key, "source_project": self._source.pk, "project": self._target.pk}
        call_command(
            "import_posthog", url=self._server.url, stdout=out, stderr=StringIO(), **given | options
        )
        return out.getvalue()


@pytest.fixture
def move(live_server: LiveServer, project: Project, other_project: Project, admin: User) -> Move:
    """A move of what the project has to the other project."""
    key = create_key(user=admin, label="move", scopes=["*"]).value
    return Move(live_server, project, other_project, key)


def newest_result(project: Project, query: dict[str, object], rows: list[object]) -> None:
    """Keep a result as if it had been computed an hour ago."""
    key = key_of(unwrap(query).values, project)
    assert claim_result(project=project, key=key)
    moment = timezone.now() - timedelta(hours=1)
    body = str(rows).replace("'", '"').encode()
    ages = Ages(None, None, moment)
    keep_result(project=project, key=key, rows=body, extras=b"{}", computed_at=moment, ages=ages)


def reader_of(project: Project, email: str) -> APIClient:
    reader = make_member(project, email)
    return client_with(create_key(user=reader, label="read", scopes=["*"]).value)


def test_everything_comes_along(move: Move, project: Project, other_project: Project) -> None:
    dashboard = fill(project)
    SharingConfiguration.objects.create(project=project, dashboard=dashboard, enabled=True)
    said = move()
    moved = Dashboard.objects.for_project(other_project).get()
    assert (moved.name, moved.description, moved.restriction_level) == (
        "Sales — north",
        "By week",
        37,
    )
    assert moved.filters == {"date_from": "-30d"}
    assert set(moved.tags.values_list("name", flat=True)) == {"sales", "north"}
    theme = DataColorTheme.objects.for_project(other_project).get(name="House colors")
    assert moved.data_color_theme_id == theme.pk
    variable = InsightVariable.objects.for_project(other_project).get()
    assert moved.variables[str(variable.pk)]["value"] == "AU"
    action = Action.objects.for_project(other_project).get()
    checkouts = insight_named(other_project, "Check-outs")
    assert checkouts.query is not None
    assert checkouts.query["source"]["series"][0]["id"] == action.pk
    assert checkouts.short_id == insight_named(project, "Check-outs").short_id
    assert DashboardTemplate.objects.for_project(other_project).filter(template_name="Ours")

    tiles = Tile.objects.for_project(other_project).live().order_by("pk")
    looks = {(t.insight and t.insight.name, t.color, t.show_description) for t in tiles}
    assert looks == {("Check-outs", "blue", None), ("By country", None, None), (None, None, True)}

    link = SharingConfiguration.objects.for_project(other_project).get()
    assert f"Sales — north: /shared/{link.access_token}" in said
    assert link.access_token != SharingConfiguration.objects.for_project(project).get().access_token


def test_a_second_run_changes_what_changed(
    move: Move, project: Project, other_project: Project
) -> None:
    dashboard = fill(project)
    move()
    assert move().count("unchanged") == 6, "a line for each kind"
    Dashboard.objects.for_project(other_project).update(description="Ours now")
    Insight.objects.for_project(project).filter(name="Check-outs").update(name="Sold")
    said = move()
    assert "insights    1 changed" in said
    assert "dashboards  1 unchanged" in said
    assert insight_named(other_project, "Sold").name == "Sold"
    assert Dashboard.objects.for_project(other_project).get().description == "Ours now"

    Dashboard.objects.for_project(project).filter(pk=dashboard.pk).update(name="South")
    Tile.objects.for_project(project).filter(text__isnull=False).update(deleted=True)
    assert "dashboards  1 changed" in move()
    assert Dashboard.objects.for_project(other_project).get().name == "South"
    assert Tile.objects.for_project(other_project).live().count() == 2


def test_newest_results_are_shown_where_no_events_are(
    move: Move, project: Project, other_project: Project
) -> None:
    dashboard = fill(project)
    client = reader_of(project, "here@example.com")
    told = client.get(f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/").json()
    [query] = [
        t["insight"]["query"]
        for t in told["tiles"]
        if t["insight"] and t["insight"]["name"] == "Check-outs"
    ]
    newest_result(project, query, [{"count": 7, "label": "Check out"}])
    move()
    moved = Dashboard.objects.for_project(other_project).get()
    target = reader_of(other_project, "there@example.com")
    told = target.get(f"/api/projects/{other_project.pk}/dashboards/{moved.pk}/").json()
    results = {t["insight"]["name"]: t["insight"]["result"] for t in told["tiles"] if t["insight"]}
    assert results["Check-outs"] == [{"count": 7, "label": "Check out"}]
    assert results["By country"] is None
    assert Result.objects.for_project(other_project).count() == 1


def test_links_of_single_insights_come_along_where_they_are_asked_for(
    move: Move, project: Project, other_project: Project
) -> None:
    fill(project)
    shared = insight_named(project, "Check-outs")
    SharingConfiguration.objects.create(project=project, insight=shared, enabled=True)
    links = SharingConfiguration.objects.for_project(other_project)
    assert "New links:" not in move()
    assert not links.exists()
    said = move(insight_links=True)
    link = links.get()
    assert link.insight == insight_named(other_project, "Check-outs")
    assert f"Check-outs: /shared/{link.access_token}" in said
    assert "New links:" not in move(insight_links=True), "a second run makes no other one"
    assert links.count() == 1


def test_a_protected_link_stays_closed_until_it_has_a_password(
    move: Move, project: Project, other_project: Project
) -> None:
    dashboard = fill(project)
    SharingConfiguration.objects.create(
        project=project, dashboard=dashboard, enabled=True, password_required=True
    )
    said = move()
    link = SharingConfiguration.objects.for_project(other_project).get()
    assert link.password_required
    assert "asks for a password, which cannot be copied" in said
    move()
    assert SharingConfiguration.objects.for_project(other_project).count() == 1


def test_unsaved_insights_come_with_their_dashboard_and_unknown_kinds_as_they_are(
    move: Move, project: Project, other_project: Project
) -> None:
    dashboard = fill(project)
    strange = {"kind": "QueryOfTomorrow", "shape": {"of": ["things"]}}
    insight = Insight.objects.create(
        project=project, name="Strange", query=strange, last_modified_at=timezone.now()
    )
    tile(dashboard, insight=insight)
    move(only=["dashboard"])
    assert insight_named(other_project, "Strange").query == strange
    assert not Action.objects.for_project(other_project).exists()


def test_a_dry_run_lists_and_writes_nothing(
    move: Move, project: Project, other_project: Project
) -> None:
    fill(project)
    said = move(dry_run=True)
    assert "Sales — north" in said
    assert "dashboards  1 created" in said
    assert not Origin.objects.for_project(other_project).exists()
    assert not Dashboard.objects.for_project(other_project).exists()


def test_a_key_that_the_source_does_not_take_is_said(
    move: Move, project: Project, other_project: Project
) -> None:
    with pytest.raises(CommandError, match="--key: is not taken by the source"):
        move(key="phx_wrong")
