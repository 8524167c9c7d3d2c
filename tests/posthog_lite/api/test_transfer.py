"""Conditional and compressed answers."""

from __future__ import annotations

import gzip
import json

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import Project
from tests.factories import DashboardFactory


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="D", description="words " * 200)


@pytest.fixture
def base(project: Project) -> str:
    return f"/api/projects/{project.pk}/"


@pytest.mark.parametrize("path", ["dashboards/", "insights/", "data_color_themes/"])
def test_what_the_client_has_is_not_sent_again(client: APIClient, base: str, path: str) -> None:
    first = client.get(base + path)
    again = client.get(base + path, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == first["ETag"]


def test_reading_a_dashboard_does_not_change_its_tag(
    client: APIClient, base: str, dashboard: Dashboard
) -> None:
    url = f"{base}dashboards/{dashboard.pk}/"
    first = client.get(url)
    second = client.get(url)
    assert first.json()["last_accessed_at"] != second.json()["last_accessed_at"]
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_change_is_sent(client: APIClient, base: str, dashboard: Dashboard) -> None:
    url = f"{base}dashboards/{dashboard.pk}/"
    tag = client.get(url)["ETag"]
    client.patch(url, {"name": "Other"})
    changed = client.get(url, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.json()["name"] == "Other"
    assert changed["ETag"] != tag


def test_whoever_may_not_read_learns_nothing_by_a_tag(
    client: APIClient, base: str, dashboard: Dashboard
) -> None:
    url = f"{base}dashboards/{dashboard.pk}/"
    tag = client.get(url)["ETag"]
    assert APIClient().get(url, headers={"If-None-Match": tag}).status_code == 401


def test_errors_and_writes_have_no_tag(client: APIClient, base: str) -> None:
    assert "ETag" not in client.get(f"{base}dashboards/999999/")
    assert "ETag" not in client.post(f"{base}dashboards/", {"name": "D"})


def test_bodies_are_compressed_where_the_client_asks(
    client: APIClient, base: str, dashboard: Dashboard
) -> None:
    url = f"{base}dashboards/"
    plain = client.get(url)
    packed = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) < len(plain.content) / 2
    assert json.loads(gzip.decompress(packed.content)) == plain.json()
    assert "Content-Encoding" not in plain


def test_streams_are_not_held_back_to_be_compressed(
    client: APIClient, base: str, dashboard: Dashboard
) -> None:
    url = f"{base}dashboards/{dashboard.pk}/stream_tiles/"
    response = client.get(url, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in response
    assert b'"type":"complete"' in b"".join(response)
