"""POST /dashboards/ with `use_template`."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, DashboardTemplate, Insight
from dashboards.models.template import TemplateScope
from dashboards.services.templates import fill_from_template_named
from posthog_lite.accounts.models import Project
from tests.factories import DashboardFactory
from tests.support.errors import assert_error


def post(client: APIClient, project: Project, body: Any) -> Any:
    return client.post(f"/api/projects/{project.pk}/dashboards/", body, format="json")


def store(project: Project | None, **fields: Any) -> DashboardTemplate:
    defaults = {
        "template_name": "Ours",
        "dashboard_description": "From the store",
        "dashboard_filters": {"date_from": "-3d"},
        "tags": ["stored"],
        "tiles": [{"type": "TEXT", "body": "stored", "layouts": {}}],
    }
    return DashboardTemplate.objects.create(project=project, **{**defaults, **fields})


def names(body: dict[str, Any]) -> list[str]:
    return [tile["insight"]["name"] for tile in body["tiles"]]


def test_default_app_makes_product_analytics(client: APIClient, project: Project) -> None:
    response = post(client, project, {"use_template": "DEFAULT_APP"})
    body = response.json()
    assert response.status_code == 201
    assert body["creation_mode"] == "template"
    assert (body["name"], body["description"]) == ("Product analytics", "")
    assert (body["filters"], body["tags"]) == ({}, [])
    assert names(body) == [
        "Daily active users (DAUs)",
        "Weekly active users (WAUs)",
        "Growth accounting",
        "Retention",
        "Referring domain (last 14 days)",
        "Pageview funnel, by browser",
    ]


def test_website_traffic_sets_filters_and_a_tag(client: APIClient, project: Project) -> None:
    body = post(client, project, {"name": "Site", "use_template": "WEBSITE_TRAFFIC"}).json()
    assert body["name"] == "Site"
    assert (body["filters"], body["tags"]) == ({"date_from": "-30d"}, ["marketing"])
    assert names(body) == [
        "Website Unique Users (Total)",
        "Organic SEO Unique Users (Total)",
        "Website Unique Users (Breakdown)",
        "Organic SEO Unique Users (Breakdown)",
        "Sessions Per User",
        "Pages Per User",
        "Top Website Pages (Overall)",
        "Top Website Pages (via Google)",
        "Website Users by Location",
    ]


@pytest.mark.parametrize("name", ["Product analytics", "Website traffic"])
def test_the_names_of_the_built_in_ones_work_too(
    client: APIClient, project: Project, name: str
) -> None:
    assert post(client, project, {"use_template": name}).json()["name"] == name


def test_insights_are_samples_by_nobody(client: APIClient, project: Project) -> None:
    post(client, project, {"use_template": "DEFAULT_APP"})
    rows = Insight.objects.for_project(project)
    assert {(row.is_sample, row.saved, row.created_by) for row in rows} == {(True, True, None)}


def test_description_and_filters_are_overwritten_and_a_name_is_kept(
    client: APIClient, project: Project
) -> None:
    store(project)
    sent = {
        "name": "Mine",
        "description": "mine",
        "filters": {"date_from": "-1d"},
        "use_template": "Ours",
    }
    body = post(client, project, sent).json()
    assert (body["name"], body["description"]) == ("Mine", "From the store")
    assert body["filters"] == {"date_from": "-3d"}
    assert (body["tags"], body["tiles"][0]["text"]["body"]) == (["stored"], "stored")


@pytest.mark.parametrize("name", ["", None])
def test_an_empty_name_becomes_the_name_of_the_template(
    client: APIClient, project: Project, name: str | None
) -> None:
    store(project)
    assert post(client, project, {"name": name, "use_template": "Ours"}).json()["name"] == "Ours"


def test_tags_of_the_request_replace_those_of_the_template(
    client: APIClient, project: Project
) -> None:
    sent = {"use_template": "WEBSITE_TRAFFIC", "tags": ["other"]}
    assert post(client, project, sent).json()["tags"] == ["other"]


def test_a_stored_template_goes_before_a_built_in_name_but_not_a_key(
    client: APIClient, project: Project
) -> None:
    store(project, template_name="Product analytics")
    store(project, template_name="DEFAULT_APP")
    body = post(client, project, {"use_template": "Product analytics"}).json()
    assert body["description"] == "From the store"
    assert len(post(client, project, {"use_template": "DEFAULT_APP"}).json()["tiles"]) == 6


def test_a_global_template_works_and_the_projects_own_namesake_wins(
    client: APIClient, project: Project, other_project: Project
) -> None:
    store(None, scope=TemplateScope.GLOBAL, dashboard_description="global")
    store(other_project, scope=TemplateScope.GLOBAL, dashboard_description="global too")
    assert post(client, project, {"use_template": "Ours"}).json()["description"] == "global"
    store(project, dashboard_description="own")
    assert post(client, project, {"use_template": "Ours"}).json()["description"] == "own"


def test_templates_of_other_projects_and_deleted_ones_do_not_exist(
    client: APIClient, project: Project, other_project: Project
) -> None:
    store(other_project)
    store(project, deleted=True)
    response = post(client, project, {"use_template": "Ours"})
    assert_error(
        response,
        400,
        code="invalid_input",
        attr="use_template",
        detail="Invalid template provided: Ours",
    )
    assert not Dashboard.all_projects.exists()


def test_the_id_of_a_template_is_no_name(client: APIClient, project: Project) -> None:
    pk = str(store(project).pk)
    assert_error(post(client, project, {"use_template": pk}), 400, attr="use_template")


def test_a_very_long_name_is_not_repeated_whole(client: APIClient, project: Project) -> None:
    response = post(client, project, {"use_template": "x" * 100_000})
    assert_error(response, 400, attr="use_template")
    assert len(response.content) < 1000


def test_a_stored_template_that_cannot_be_used_leaves_nothing_behind(
    client: APIClient, project: Project
) -> None:
    store(project, tiles=[{"type": "INSIGHT", "query": {"kind": "Nonsense"}}])
    assert_error(
        post(client, project, {"use_template": "Ours"}), 400, code="parse_error", attr="tiles"
    )
    assert not Dashboard.all_projects.exists()
    assert not Insight.all_projects.exists()


def test_the_number_of_queries_does_not_grow_with_the_tiles(project: Project) -> None:
    counts = []
    for number in (1, 30):
        tiles = [{"type": "TEXT", "body": "x"}, {"type": "INSIGHT", "name": "x"}] * number
        store(project, template_name=f"T{number}", tiles=tiles, tags=[f"tag{number}"])
        dashboard = DashboardFactory.create(project=project)
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            fill_from_template_named(dashboard=dashboard, name=f"T{number}", now=timezone.now())
        counts.append(len(queries))
    # template; dashboard, insights, texts, tiles; tags now, lock, insert, read; link, savepoint.
    assert counts[0] == counts[1] <= 13
