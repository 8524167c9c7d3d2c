"""The box with the tiles on the page of a dashboard: adding, ordering, removing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboards.models import Dashboard, Insight, Text, Tile
from dashboards.selectors import tiles as tile_limits
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory, InsightFactory, ProjectFactory
from tests.support.admin import list_address, page_address, save, send_box, staff_with, text_of

VIEW = ("view_dashboard", "view_tile")
CHANGE = (*VIEW, "change_dashboard", "change_tile")


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="Revenue")


@pytest.fixture
def insight(project: Project) -> Insight:
    return InsightFactory.create(project=project, name="Sales")


def add_insights(client: Client, dashboard: Dashboard, *insights: Insight) -> Any:
    pks = [insight.pk for insight in insights]
    return send_box(client, dashboard, "tiles", "add_insights", insights=pks)


def add_text(client: Client, dashboard: Dashboard, body: str) -> Any:
    return send_box(client, dashboard, "tiles", "add_text", body=body)


def change(client: Client, dashboard: Dashboard, verb: str, tile: Tile) -> Any:
    return send_box(client, dashboard, "tiles", "change", **{verb: tile.pk})


def shown_on(dashboard: Dashboard) -> list[str]:
    """What the dashboard shows, in its order."""
    rows = Tile.objects.for_project(dashboard.project).filter(dashboard=dashboard).live()
    rows = rows.select_related("insight", "text")
    ordered = sorted(rows, key=lambda tile: (tile.layouts["sm"]["y"], tile.layouts["sm"]["x"]))
    return [
        (tile.insight.name or "") if tile.insight else str(tile.text and tile.text.body)
        for tile in ordered
    ]


def test_a_new_dashboard_leads_to_its_page_to_be_filled(operator: Client, project: Project) -> None:
    answer = save(operator, f"{list_address(Dashboard)}add/", project=project.pk, name="New")
    dashboard = Dashboard.all_projects.get(name="New")
    assert answer.headers["Location"] == page_address(dashboard)
    page = text_of(operator.get(page_address(dashboard)))
    assert "Put something on it." in page
    assert "Nothing yet." in page


def test_insights_and_texts_are_put_on_a_dashboard_each_in_a_place_of_its_own(
    operator: Client, dashboard: Dashboard, insight: Insight, project: Project
) -> None:
    other = InsightFactory.create(project=project, name="Costs")
    assert "Added insights: 2." in text_of(add_insights(operator, dashboard, insight, other))
    assert "Added a text." in text_of(add_text(operator, dashboard, "# Notes"))
    assert shown_on(dashboard) == ["Sales", "Costs", "# Notes"]
    places = {tuple(tile.layouts["sm"].values()) for tile in Tile.all_projects.all()}
    assert len(places) == 3
    text = Text.all_projects.get()
    assert text.created_by == User.objects.get(email="root@example.com")


def test_tiles_change_places_and_keep_their_sizes(
    operator: Client, dashboard: Dashboard, insight: Insight
) -> None:
    add_insights(operator, dashboard, insight)
    add_text(operator, dashboard, "One")
    add_text(operator, dashboard, "Two")
    two = Tile.all_projects.get(text__body="Two")
    Tile.all_projects.filter(pk=two.pk).update(layouts={"sm": {"x": 0, "y": 5, "w": 12, "h": 2}})
    assert "Moved." in text_of(change(operator, dashboard, "up", two))
    assert shown_on(dashboard) == ["Sales", "Two", "One"]
    two.refresh_from_db()
    assert (two.layouts["sm"]["w"], two.layouts["sm"]["h"]) == (12, 2)
    change(operator, dashboard, "down", Tile.all_projects.get(insight=insight))
    assert shown_on(dashboard) == ["Two", "Sales", "One"]
    change(operator, dashboard, "up", two)  # it is the first already
    assert shown_on(dashboard) == ["Two", "Sales", "One"]


def test_a_tile_is_removed_and_put_back(
    operator: Client, dashboard: Dashboard, insight: Insight
) -> None:
    add_insights(operator, dashboard, insight)
    tile = Tile.all_projects.get()
    page = text_of(change(operator, dashboard, "remove", tile))
    assert "Not shown: 1" in page
    assert shown_on(dashboard) == []
    assert "no longer shown" in text_of(change(operator, dashboard, "up", tile))
    assert "Not found." in text_of(change(operator, dashboard, "remove", tile))
    assert "Put back." in text_of(change(operator, dashboard, "put_back", tile))
    assert shown_on(dashboard) == ["Sales"]


def test_what_the_api_would_refuse_is_said_at_the_field(
    operator: Client, dashboard: Dashboard, insight: Insight, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_insights(operator, dashboard, insight)
    page = text_of(add_insights(operator, dashboard, insight))
    assert f"Already on this dashboard: {insight}." in page
    assert "at most 4000 characters" in text_of(add_text(operator, dashboard, "x" * 4001))
    assert "This field is required" in text_of(add_text(operator, dashboard, " "))
    monkeypatch.setattr(tile_limits, "MAX_TILES", 1)
    page = text_of(add_text(operator, dashboard, "One more"))
    assert "at most 1 tiles" in page
    assert ">\nOne more</textarea>" in page  # what was typed is not lost
    assert Tile.all_projects.count() == 1


def test_insights_of_other_projects_and_deleted_ones_are_neither_offered_nor_taken(
    operator: Client, dashboard: Dashboard, insight: Insight, other_project: Project
) -> None:
    foreign = InsightFactory.create(project=other_project, name="Sales elsewhere")
    deleted = InsightFactory.create(project=dashboard.project, name="Sales old", deleted=True)
    address = "/admin/autocomplete/?app_label=dashboards&model_name=tile&field_name=insight"
    found = operator.get(f"{address}&term=Sales&project={dashboard.project_id}").json()
    assert [one["id"] for one in found["results"]] == [str(insight.pk)]
    assert operator.get(f"{address}&term=Sales&project=x").json()["results"] == []
    for refused in (foreign, deleted):
        assert "Select a valid choice" in text_of(add_insights(operator, dashboard, refused))
    assert not Tile.all_projects.exists()


@pytest.mark.parametrize(
    ("permissions", "may_text", "may_insight"),
    [
        (VIEW, False, False),
        ((*VIEW, "change_dashboard"), False, False),
        (CHANGE, False, False),
        ((*CHANGE, "add_tile"), True, False),
        ((*CHANGE, "add_tile", "view_insight"), True, False),
        ((*CHANGE, "add_tile", "view_person"), True, False),
        ((*CHANGE, "add_tile", "view_insight", "view_person"), True, True),
    ],
)
def test_limited_staff_fill_dashboards_only_with_what_they_may_see(
    dashboard: Dashboard,
    insight: Insight,
    permissions: tuple[str, ...],
    may_text: bool,
    may_insight: bool,
) -> None:
    client = staff_with(*permissions)
    page = text_of(client.get(page_address(dashboard)))
    assert ("Add a text" in page, "Add insights" in page) == (may_text, may_insight)
    assert (add_text(client, dashboard, "Hi").status_code == 200) is may_text
    assert (add_insights(client, dashboard, insight).status_code == 200) is may_insight
    assert Tile.all_projects.count() == may_text + may_insight


def test_limited_staff_move_and_remove_nothing_without_the_right_to(
    dashboard: Dashboard, insight: Insight
) -> None:
    tile = Tile.objects.create(project=dashboard.project, dashboard=dashboard, insight=insight)
    assert change(staff_with(*VIEW), dashboard, "remove", tile).status_code == 403
    assert change(staff_with("change_tile"), dashboard, "remove", tile).status_code == 403
    assert change(staff_with(*CHANGE), dashboard, "remove", tile).status_code == 200
    tile.refresh_from_db()
    assert tile.deleted is True


def test_a_deleted_dashboard_and_junk_are_refused(
    operator: Client, dashboard: Dashboard, project: Project
) -> None:
    for box, does in (("tiles", "explode"), ("tiles", ""), ("nothing", "add_text")):
        assert send_box(operator, dashboard, box, does).status_code == 403
    assert send_box(operator, dashboard, "tiles", "change").status_code == 403
    assert "Not found." in text_of(send_box(operator, dashboard, "tiles", "change", remove="x"))
    Dashboard.all_projects.update(deleted=True)
    assert add_text(operator, dashboard, "Hi").status_code == 403
    elsewhere = DashboardFactory.create(project=ProjectFactory.create())
    text = Text.objects.create(project=project, body="Hi", last_modified_at=timezone.now())
    tile = Tile.objects.create(project=project, dashboard=dashboard, text=text)
    assert "Not found." in text_of(change(operator, elsewhere, "remove", tile))
