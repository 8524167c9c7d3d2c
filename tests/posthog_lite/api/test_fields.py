"""JSON in a form is read under the rules of JSON bodies."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from tests.factories import DashboardFactory
from tests.support.errors import assert_error

FORM = "application/x-www-form-urlencoded"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "value",
    [r'{"a": "\ud800"}', r'{"a": "\u0000"}', '{"a": NaN}', '{"a": 1e400}', '{"a":' * 20_000],
)
def test_what_cannot_be_stored_is_refused(client: APIClient, project: Project, value: str) -> None:
    dashboard = DashboardFactory.create(project=project)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/"
    response = client.generic("PATCH", url, urlencode({"filters": value}), FORM)
    assert_error(response, 400, attr="filters")


@pytest.mark.django_db
def test_an_object_is_taken(client: APIClient, project: Project) -> None:
    dashboard = DashboardFactory.create(project=project)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/"
    response = client.generic("PATCH", url, urlencode({"filters": '{"date_from": "-7d"}'}), FORM)
    assert response.json()["filters"] == {"date_from": "-7d"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "field"), [("actions/", "steps"), ("insights/", "dashboards"), ("insights/", "tags")]
)
def test_a_list_of_too_many_is_refused_before_its_items_are_read(
    client: APIClient, project: Project, path: str, field: str
) -> None:
    body = {"name": "a", field: [[]] * 5000}
    response = client.post(f"/api/projects/{project.pk}/{path}", body, format="json")
    assert_error(response, 400, attr=field, code="max_length")
