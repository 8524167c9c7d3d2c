from __future__ import annotations

import json
import logging
import uuid
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from posthog_lite.accounts.models import PersonalAPIKey, Project
from posthog_lite.api.middleware import RequestMiddleware
from posthog_lite.logging import ACCESS_LOGGER, JSONFormatter
from posthog_lite.server.request_bodies import INCOMPLETE, NOT_READ, PROBLEM, TOO_SLOW
from tests.support.errors import assert_error

LIVEZ = "/_livez"


@pytest.fixture(autouse=True)
def _log_everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def access_line(caplog: pytest.LogCaptureFixture) -> dict[str, Any]:
    """The one line of the access log, as a machine reads it."""
    [record] = [record for record in caplog.records if record.name == ACCESS_LOGGER]
    line: dict[str, Any] = json.loads(JSONFormatter().format(record))
    return line


def all_lines(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(JSONFormatter().format(record) for record in caplog.records)


def test_a_request_is_one_line(
    client: APIClient, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    client.get(f"/api/projects/{project.pk}/dashboards/?search=secret")
    line = access_line(caplog)
    assert line["method"] == "GET"
    assert line["route"] == "/api/projects/<project_id>/dashboards/"
    assert line["status"] == 200
    assert line["key"] == PersonalAPIKey.objects.get().mask_value
    assert line["project_id"] == project.pk
    assert 0 < line["ms"] < 60_000
    assert "secret" not in all_lines(caplog)


@pytest.mark.parametrize("path", ["projects/@current/dashboards/", "projects/@current/"])
def test_the_current_project_is_told_by_its_id(
    client: APIClient, project: Project, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    client.get(f"/api/{path}")
    assert access_line(caplog)["project_id"] == project.pk


def test_a_session_has_no_key(
    session_client: APIClient, project: Project, caplog: pytest.LogCaptureFixture
) -> None:
    session_client.get("/api/environments/@current/dashboards/")
    line = access_line(caplog)
    assert (line["key"], line["project_id"]) == (None, project.pk)


@pytest.mark.parametrize("path", ["organizations/@current/", "users/@me/"])
def test_what_is_not_about_a_project_names_none(
    client: APIClient, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    client.get(f"/api/{path}")
    assert access_line(caplog)["project_id"] is None


def test_a_wrong_key_is_in_no_line(db: None, caplog: pytest.LogCaptureFixture) -> None:
    client = APIClient()
    client.get("/api/users/@me/?personal_api_key=nonsense-key")
    client.post("/api/users/@me/", {"personal_api_key": "nonsense-key"})
    client.get("/api/users/@me/", HTTP_AUTHORIZATION="Bearer nonsense-key")
    assert "nonsense-key" not in all_lines(caplog)


@pytest.mark.parametrize("path", ["/nowhere/some-token", "/api/nowhere/some-token"])
def test_a_path_that_leads_nowhere_is_not_logged(
    db: None, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    assert Client().get(path).status_code == 404
    assert access_line(caplog)["status"] == 404
    assert "some-token" not in all_lines(caplog)


@pytest.mark.parametrize("given", ["a", "7b1d-22:x/y", "two words", "x" * 128])
def test_a_request_id_is_logged_and_sent_back(caplog: pytest.LogCaptureFixture, given: str) -> None:
    response = Client().get(LIVEZ, headers={"X-Request-ID": given})
    assert response["X-Request-ID"] == given
    [record] = [record for record in caplog.records if record.name == ACCESS_LOGGER]
    assert record.__dict__["fields"]["request_id"] == given


@pytest.mark.parametrize("given", [None, "", "x" * 129, "a\tb", "a\x00b", "é"])
def test_an_unfit_request_id_is_replaced_by_a_new_one(given: str | None) -> None:
    headers = {} if given is None else {"X-Request-ID": given}
    answers = [Client().get(LIVEZ, headers=headers)["X-Request-ID"] for _ in range(2)]
    assert answers[0] != answers[1]
    assert all(str(uuid.UUID(answer)) == answer for answer in answers)


def test_a_key_given_as_request_id_is_masked_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    Client().get(LIVEZ, headers={"X-Request-ID": "phx_abcdefghijklmnop"})
    assert "phx_abcdefghijklmnop" not in all_lines(caplog)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/nowhere", 404),
        ("get", "/static/nowhere.css", 404),
        ("get", "/admin/", 302),
        ("get", "/api/users/@me/", 401),
        ("options", "/api/users/@me/", 401),
    ],
)
def test_every_answer_carries_a_request_id(db: None, method: str, path: str, status: int) -> None:
    response = getattr(Client(), method)(path)
    assert response.status_code == status
    assert response["X-Request-ID"]


def test_a_body_refused_unread_carries_a_request_id(client: APIClient) -> None:
    response = client.post("/api/users/@me/", CONTENT_LENGTH=str(21 * 1024 * 1024))
    assert (response.status_code, bool(response["X-Request-ID"])) == (413, True)


@pytest.mark.parametrize(
    ("problem", "status", "code", "kind"),
    [
        (INCOMPLETE, 400, "body_incomplete", "invalid_request"),
        (TOO_SLOW, 408, "body_too_slow", "invalid_request"),
        (NOT_READ, 503, "unavailable", "server_error"),
    ],
)
def test_a_body_that_did_not_arrive_is_no_request(
    client: APIClient, problem: str, status: int, code: str, kind: str
) -> None:
    environment: Any = {PROBLEM: problem}
    response = client.post("/api/personal_api_keys/", {}, **environment)
    assert_error(response, status, code=code, type=kind)
    assert response["X-Request-ID"]


def test_a_browser_may_send_the_id_from_another_origin_and_read_it(
    db: None, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = ["https://app.example.com"]
    headers = {"Origin": "https://app.example.com", "Access-Control-Request-Method": "GET"}
    preflight = Client().options("/api/users/@me/", headers=headers)
    assert "x-request-id" in preflight["Access-Control-Allow-Headers"]
    answer = Client().get("/api/users/@me/", headers={"Origin": "https://app.example.com"})
    assert "x-request-id" in answer["Access-Control-Expose-Headers"]


def test_a_failure_is_logged_as_one(caplog: pytest.LogCaptureFixture) -> None:
    RequestMiddleware(lambda request: HttpResponse(status=503))(HttpRequest())
    [record] = caplog.records
    assert (record.levelname, record.__dict__["fields"]["status"]) == ("ERROR", 503)


def test_metrics_are_off_unless_asked_for(db: None) -> None:
    assert Client().get("/_metrics").status_code == 404


@pytest.mark.django_db
def test_metrics_count_requests_by_route(settings: Settings) -> None:
    settings.PROMETHEUS_ENABLED = True
    client = Client()
    name = 'posthog_lite_http_requests_total{method="%s",route="%s",status="%s"}'
    wanted = [name % ("GET", "/_livez/", 200), name % ("other", "none", 404)]
    before = [value_of(client, line) for line in wanted]
    client.get(LIVEZ)
    client.generic("BREW", "/no/such/path")
    assert [value_of(client, line) for line in wanted] == [count + 1 for count in before]
    text = client.get("/_metrics").content.decode()
    assert "posthog_lite_http_request_duration_seconds_bucket{le=" in text
    assert "/no/such/path" not in text


def value_of(client: Client, name: str) -> float:
    lines = client.get("/_metrics").content.decode().splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)
