from __future__ import annotations

import json

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tile
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory, InsightFactory
from tests.support.errors import assert_error

BOX = {"sm": {"x": 0, "y": 0, "w": 6, "h": 5}}


@pytest.fixture
def source(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project)


def test_create_and_update_answer_with_the_tile(
    client: APIClient, url: str, source: Dashboard, member: User
) -> None:
    body = {"body": "# One\n", "layouts": BOX, "color": "white"}
    response = client.post(f"{url}{source.pk}/create_text_tile/", body)
    tile = response.json()
    assert response.status_code == 201
    assert (tile["text"]["body"], tile["layouts"], tile["color"]) == ("# One\n", BOX, "white")
    assert tile["text"]["created_by"]["id"] == member.pk
    path = f"{url}{source.pk}/update_text_tile/"
    changed = client.post(path, {"tile_id": tile["id"], "body": "Two"}).json()
    assert (changed["id"], changed["text"]["body"]) == (tile["id"], "Two")
    assert (changed["layouts"], changed["color"]) == (BOX, "white")
    assert changed["text"]["last_modified_by"]["id"] == member.pk


def test_a_form_gives_layouts_as_json(client: APIClient, url: str, source: Dashboard) -> None:
    form = {"body": "x", "layouts": json.dumps(BOX)}
    tile = client.post(f"{url}{source.pk}/create_text_tile/", form, format="multipart").json()
    assert tile["layouts"] == BOX


def test_the_refusals(client: APIClient, url: str, source: Dashboard) -> None:
    insight = InsightFactory.create(project=source.project)
    tile = Tile.objects.create(project=source.project, dashboard=source, insight=insight)
    create, update = (
        f"{url}{source.pk}/{name}/" for name in ("create_text_tile", "update_text_tile")
    )
    assert_error(client.post(create, {}), 400, attr="body", code="required")
    assert_error(client.post(create, {"body": "x" * 4001}), 400, attr="body")
    assert_error(client.post(create, {"body": "x", "layouts": []}), 400, attr="layouts")
    assert_error(client.post(update, {"body": "x"}), 400, attr="tile_id", code="required")
    assert_error(client.post(update, {"tile_id": 999_999}), 404)
    assert_error(
        client.post(update, {"tile_id": tile.pk, "body": "x"}),
        400,
        detail="Tile is not a text tile.",
        attr="tile_id",
    )
