from __future__ import annotations

import pytest
from django.db import DataError, IntegrityError, OperationalError
from psycopg.errors import DeadlockDetected
from psycopg_pool import PoolTimeout
from rest_framework.test import APIClient

import posthog_lite.urls  # noqa: F401  # a view that is patched by its path is not loaded first
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.factories import DashboardFactory
from tests.support.errors import assert_error


def caused_by(cause: type[Exception]) -> OperationalError:
    error = OperationalError("busy")
    error.__cause__ = cause()
    return error


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nonsense", "/api/projects/1/nonsense/"])
@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_an_unknown_url_is_a_404_for_every_method_without_a_key(path: str, method: str) -> None:
    assert_error(
        getattr(APIClient(), method)(path), 404, code="not_found", detail="Endpoint not found."
    )


def test_an_unknown_url_is_a_404_even_with_csrf_checks() -> None:
    response = APIClient(enforce_csrf_checks=True).post("/api/nonsense", {})
    assert_error(response, 404)


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_the_url_lacks_is_a_405(
    client: APIClient, session_client: APIClient, project: Project, method: str
) -> None:
    path = f"/api/projects/{project.pk}/dashboards/"
    for caller in (client, session_client):
        assert_error(
            getattr(caller, method)(path),
            405,
            type="invalid_request",
            code="method_not_allowed",
            detail=f'Method "{method.upper()}" not allowed.',
        )


def test_an_accept_header_that_nothing_meets_is_a_406(client: APIClient, project: Project) -> None:
    response = client.get(
        f"/api/projects/{project.pk}/insights/", headers={"accept": "application/xml"}
    )
    assert_error(
        response,
        406,
        code="not_acceptable",
        detail="Could not satisfy the request Accept header.",
    )


def test_errors_stay_json_where_the_client_asks_for_events(
    client: APIClient, project: Project
) -> None:
    response = client.get(
        f"/api/projects/{project.pk}/dashboards/999999/stream_tiles/",
        headers={"accept": "text/event-stream"},
    )
    assert_error(response, 404)


@pytest.mark.parametrize(
    ("raised", "status", "code"),
    [
        (OperationalError("gone"), 503, "database_unavailable"),
        (caused_by(PoolTimeout), 503, "unavailable"),
        (caused_by(DeadlockDetected), 503, "unavailable"),
        (IntegrityError("twice"), 409, "conflict"),
        (DataError("too long"), 400, "invalid_input"),
    ],
)
def test_what_the_database_says_is_never_a_500(
    client: APIClient,
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception,
    status: int,
    code: str,
) -> None:
    def fail(**kwargs: object) -> None:
        raise raised

    monkeypatch.setattr("dashboards.views.dashboard.create_dashboard", fail)
    response = client.post(f"/api/projects/{project.pk}/dashboards/", {})
    assert_error(response, status, code=code)
    assert str(raised) not in response.json()["detail"]
    assert response.get("Retry-After") == ("1" if status == 503 else None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("raised", "status"), [(OperationalError("gone"), 503), (RuntimeError("a secret"), 500)]
)
def test_pages_outside_of_the_api_are_unavailable_with_the_database(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, status: int
) -> None:
    def fail(**kwargs: object) -> None:
        raise raised

    monkeypatch.setattr("sharing.viewer.get_open_configuration", fail)
    response = APIClient(raise_request_exception=False).get("/shared/some-token")
    assert response.status_code == status
    assert str(raised) not in response.content.decode()
    assert response.get("Retry-After") == ("1" if status == 503 else None)


@pytest.mark.usefixtures("undocumented_answers")
def test_an_unforeseen_error_says_nothing_about_itself(
    client: APIClient, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**kwargs: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("dashboards.views.dashboard.create_dashboard", fail)
    client.raise_request_exception = False
    response = client.post(f"/api/projects/{project.pk}/dashboards/", {})
    assert response.json() == {
        "type": "server_error",
        "code": "error",
        "detail": "A server error occurred.",
        "attr": None,
    }
    assert response.status_code == 500


@pytest.mark.usefixtures("undocumented_answers")
def test_a_foreign_host_is_refused_in_json() -> None:
    response = APIClient().get("/api/projects/", headers={"host": "evil.example"})
    detail = "This host name is not in ALLOWED_HOSTS."
    assert_error(response, 400, code="parse_error", type="invalid_request", detail=detail)
    page = APIClient().get("/shared/x", headers={"host": "evil.example"})
    assert (page.status_code, page["Content-Type"]) == (400, "text/html; charset=utf-8")


@pytest.mark.usefixtures("undocumented_answers")
def test_what_fails_outside_of_any_view_is_told_in_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object) -> None:
        raise RuntimeError("a secret")

    monkeypatch.setattr("posthog_lite.api.middleware.APIMiddleware._refusal", fail)
    client = APIClient(raise_request_exception=False)
    response = client.get("/api/projects/")
    assert_error(response, 500, code="error", detail="A server error occurred.")


def test_answers_carry_the_shared_headers(client: APIClient, project: Project) -> None:
    response = client.get(f"/api/projects/{project.pk}/dashboards/")
    assert response["Content-Security-Policy"] == "default-src 'none'"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "GET" in response["Allow"]


def test_json_that_is_sent_as_a_form_is_told_so(client: APIClient, project: Project) -> None:
    response = client.post(
        f"/api/projects/{project.pk}/dashboards/",
        '{"name": "x"}',
        content_type="application/x-www-form-urlencoded",
    )
    detail = (
        "The body is JSON, but was sent as a form. Send it with the header "
        "Content-Type: application/json."
    )
    assert_error(response, 400, code="parse_error", detail=detail)


def test_an_explicit_format_wins_over_the_accept_header(
    client: APIClient, project: Project
) -> None:
    response = client.get(
        f"/api/projects/{project.pk}/dashboards/?format=txt", headers={"Accept": "application/json"}
    )
    assert (response.status_code, response.content[:6]) == (200, b"data: ")


@pytest.mark.parametrize("noun", ["dashboards", "insights", "data_color_themes"])
def test_a_refused_delete_is_not_among_what_is_allowed(
    client: APIClient, project: Project, noun: str
) -> None:
    response = client.delete(f"/api/projects/{project.pk}/{noun}/1/")
    assert response.status_code == 405
    assert response["Allow"] == "GET, PUT, PATCH, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/projects/{}/", "timezone"),
        ("/api/projects/{}/", "week_start_day"),
        ("/api/users/@me/", "role_at_organization"),
        ("/api/projects/{}/dashboards/1/", "restriction_level"),
    ],
)
def test_a_refusal_repeats_little_of_what_it_refuses(
    admin: User, key_client: KeyClient, project: Project, path: str, field: str
) -> None:
    DashboardFactory.create(project=project, pk=1)
    value = {"a": "z" * 5000}
    response = key_client(admin).patch(path.format(project.pk), {field: value}, format="json")
    assert_error(response, 400, attr=field)
    detail = response.json()["detail"]
    assert len(detail) < 500
    assert detail.endswith("is not a valid choice.")


def test_a_word_that_is_no_id_is_no_endpoint(client: APIClient, project: Project) -> None:
    for word in ("generate_metadata", "sync"):
        response = client.post(f"/api/projects/{project.pk}/insights/{word}/", {})
        assert_error(response, 404, detail="Endpoint not found.")
    assert client.post(f"/api/projects/{project.pk}/insights/1/", {}).status_code == 405
