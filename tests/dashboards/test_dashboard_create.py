from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Tag
from posthog_lite.accounts.models import Project, User
from tests.factories import ProjectFactory
from tests.support.errors import assert_error
from tests.support.wire_keys import DASHBOARD_KEYS
from themes.models import DataColorTheme


def test_an_empty_body_makes_a_nameless_dashboard(
    client: APIClient, project: Project, member: User, url: str
) -> None:
    response = client.post(url, {})

    body = response.json()
    assert response.status_code == 201
    assert list(body) == DASHBOARD_KEYS
    assert body["created_by"]["id"] == member.pk
    expected: dict[str, Any] = {
        "name": None,
        "description": "",
        "pinned": False,
        "last_accessed_at": None,
        "last_viewed_at": None,
        "is_shared": False,
        "deleted": False,
        "creation_mode": "default",
        "filters": {},
        "variables": {},
        "breakdown_colors": [],
        "data_color_theme_id": None,
        "tags": [],
        "restriction_level": 21,
        "effective_restriction_level": 21,
        "effective_privilege_level": 37,
        "user_access_level": "manager",
        "access_control_version": "v2",
        "last_refresh": None,
        "persisted_filters": None,
        "persisted_variables": None,
        "team_id": project.pk,
        "tiles": [],
    }
    assert {key: body[key] for key in expected} == expected


def test_every_field_comes_back_as_sent(client: APIClient, project: Project, url: str) -> None:
    theme = DataColorTheme.objects.create(project=project, name="Own")
    sent: dict[str, Any] = {
        "name": "Sales",
        "description": "All of it",
        "pinned": True,
        "last_accessed_at": "2024-02-03T04:05:06Z",
        "last_refresh": None,
        "breakdown_colors": [{"breakdownValue": "", "colorToken": None, "more": 1}],
        "data_color_theme_id": theme.pk,
        "restriction_level": 37,
        "filters": {"date_from": "-7d", "any": {"thing": [1, 2.5, None, "é"]}},
    }
    body = client.post(url, {**sent, "tags": ["a", " B:c-d ", "a"]}).json()
    assert {key: body[key] for key in sent} == sent
    assert body["tags"] == ["a", "b:c-d"]
    assert body["persisted_filters"] == sent["filters"]
    assert body["access_control_version"] == "v1"


def test_read_only_and_unknown_keys_are_ignored(
    client: APIClient, project: Project, url: str
) -> None:
    body = client.post(
        url,
        {
            "id": 9_999_999,
            "creation_mode": "template",
            "created_by": None,
            "team_id": 4,
            "is_shared": True,
            "user_access_level": "none",
            "who": "knows",
        },
    ).json()
    assert body["id"] != 9_999_999
    assert (body["creation_mode"], body["team_id"]) == ("default", project.pk)
    assert body["created_by"] is not None
    assert body["is_shared"] is False


def test_a_folder_is_accepted_and_never_echoed(client: APIClient, url: str) -> None:
    response = client.post(url, {"_create_in_folder": "Unfiled/Mine"})
    assert response.status_code == 201
    assert "_create_in_folder" not in response.json()


@pytest.mark.parametrize("format_", ["json", "multipart"])
def test_bodies_of_every_documented_type(client: APIClient, url: str, format_: str) -> None:
    response = client.post(url, {"name": "n", "pinned": "true", "tags": ["a"]}, format=format_)
    assert response.status_code == 201
    assert (response.json()["pinned"], response.json()["tags"]) == (True, ["a"])


def test_a_form_gives_lists_as_json_too(client: APIClient, url: str) -> None:
    form = {"tags": '["b", "a"]', "tiles": '[{"text": {"body": "Hi"}}]', "filters": '{"a": 1}'}
    body = client.post(url, form, format="multipart").json()
    assert (body["tags"], body["filters"]) == (["a", "b"], {"a": 1})
    assert [tile["text"]["body"] for tile in body["tiles"]] == ["Hi"]
    literal = client.patch(f"{url}{body['id']}/", {"tags": "[a"}, format="multipart").json()
    assert literal["tags"] == ["[a"]


def test_a_form_encoded_body_as_curl_sends_it(client: APIClient, url: str) -> None:
    response = client.post(
        url,
        "name=string&tags=a&tags=b&filters=%7B%22date_from%22%3A%22-1d%22%7D",
        content_type="application/x-www-form-urlencoded",
    )
    body = response.json()
    assert response.status_code == 201
    assert (body["name"], body["tags"]) == ("string", ["a", "b"])
    assert body["filters"] == {"date_from": "-1d"}


@pytest.mark.parametrize("value", ["null", "{}"])
def test_null_and_empty_filters_are_none_at_all(client: APIClient, url: str, value: str) -> None:
    response = client.post(
        url, f'{{"filters": {value}, "variables": {value}}}', content_type="application/json"
    )
    assert (response.status_code, response.json()["persisted_filters"]) == (201, None)


@pytest.mark.parametrize(
    ("body", "attr", "code"),
    [
        ({"name": "x" * 401}, "name", "max_length"),
        ({"name": {"a": 1}}, "name", "invalid_input"),
        ({"name": True}, "name", "invalid_input"),
        ({"description": None}, "description", "null"),
        ({"description": []}, "description", "invalid_input"),
        ({"pinned": "maybe"}, "pinned", "invalid_input"),
        ({"pinned": None}, "pinned", "null"),
        ({"deleted": 3.5}, "deleted", "invalid_input"),
        ({"last_accessed_at": "yesterday"}, "last_accessed_at", "invalid_input"),
        ({"last_refresh": 5}, "last_refresh", "invalid_input"),
        ({"restriction_level": 22}, "restriction_level", "invalid_choice"),
        ({"restriction_level": None}, "restriction_level", "null"),
        ({"restriction_level": [21]}, "restriction_level", "invalid_choice"),
        ({"tags": None}, "tags", "null"),
        ({"tags": "a"}, "tags", "not_a_list"),
        ({"tags": ["x" * 256]}, "tags", "max_length"),
        ({"tags": ["İ" * 200]}, "tags", "max_length"),
        ({"tags": [{}]}, "tags", "invalid_input"),
        ({"tags": [None]}, "tags", "null"),
        ({"filters": []}, "filters", "invalid_input"),
        ({"filters": "x"}, "filters", "invalid_input"),
        ({"filters": 0}, "filters", "invalid_input"),
        ({"variables": [1]}, "variables", "invalid_input"),
        ({"variables": False}, "variables", "invalid_input"),
        ({"breakdown_colors": {}}, "breakdown_colors", "invalid_input"),
        ({"breakdown_colors": ["red"]}, "breakdown_colors", "invalid_input"),
        ({"breakdown_colors": [{"colorToken": "a"}]}, "breakdown_colors", "invalid_input"),
        ({"data_color_theme_id": "x"}, "data_color_theme_id", "invalid_input"),
        ({"data_color_theme_id": 1.5}, "data_color_theme_id", "invalid_input"),
        ({"data_color_theme_id": 999_999}, "data_color_theme_id", "does_not_exist"),
        ({"use_dashboard": "x"}, "use_dashboard", "invalid_input"),
        ({"use_dashboard": ""}, "use_dashboard", "invalid_input"),
        ({"use_dashboard": 999_999}, "use_dashboard", "invalid_input"),
        ({"use_template": "no such"}, "use_template", "invalid_input"),
        ({"use_template": None}, "use_template", "null"),
        ({"delete_insights": "?"}, "delete_insights", "invalid_input"),
        ({"_create_in_folder": []}, "_create_in_folder", "invalid_input"),
        ({"_create_in_folder": "x" * 401}, "_create_in_folder", "max_length"),
        ({"tiles": {}}, "tiles", "not_a_list"),
        ({"tiles": [1]}, "tiles", "invalid_input"),
        ({"use_template": "DEFAULT_APP", "use_dashboard": 1}, None, "invalid_input"),
    ],
)
def test_a_wrong_value_is_a_400_that_names_the_field(
    client: APIClient, project: Project, url: str, body: Any, attr: str | None, code: str
) -> None:
    response = client.post(url, {"name": "n", **body})
    assert_error(response, 400, type="validation_error", code=code, attr=attr)
    assert not Dashboard.objects.for_project(project).exists()
    assert not Tag.objects.for_project(project).exists()


def test_a_restriction_level_that_is_none_is_named(client: APIClient, url: str) -> None:
    assert_error(
        client.post(url, {"restriction_level": 22}),
        400,
        code="invalid_choice",
        detail='"22" is not a valid choice.',
        attr="restriction_level",
    )


def test_template_and_source_together_are_refused(client: APIClient, url: str) -> None:
    assert_error(
        client.post(url, {"use_template": "DEFAULT_APP", "use_dashboard": 1}),
        400,
        code="invalid_input",
        detail="`use_dashboard` and `use_template` cannot be used together",
    )


def test_a_theme_of_another_project_does_not_exist_here(client: APIClient, url: str) -> None:
    theme = DataColorTheme.objects.create(project=ProjectFactory.create(), name="Theirs")
    assert_error(
        client.post(url, {"data_color_theme_id": theme.pk}), 400, attr="data_color_theme_id"
    )


def test_a_global_theme_is_accepted(client: APIClient, url: str) -> None:
    theme = DataColorTheme.all_projects.create(project=None, name="All")
    response = client.post(url, {"data_color_theme_id": theme.pk})
    assert response.status_code == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b"NaN", 400),
        (b'{"filters": {"a": NaN}}', 400),
        (b'{"filters": {"a": 1e999}}', 400),
        (b'{"name": "\\ud800"}', 400),
        (b'{"name": "a\\u0000b"}', 400),
        (b'{"filters": {"a\\u0000": 1}}', 400),
        (b'{"filters": {"a": 18446744073709551616}}', 400),
        (b'{"filters": {"a": -9223372036854775809}}', 400),
        (b'{"filters": {"a": 1e300}}', 400),
        (b'{"filters": {"a": -123456789012.5e9}}', 400),
        (b'{"filters": {"a": 1.5e3, "b": "1e300", "c": 1e-300}}', 201),
        (b'{"filters": ' + b'{"a":' * 101 + b"1" + b"}" * 102, 400),
        (b'{"filters": ' + b"[" * 100_000, 400),
        (b'{"name": "\xff"}', 400),
        (b'{"name": "' + b"x" * 10_000_000 + b'"}', 400),
        (b'{"filters": {"a": 9223372036854775807}}', 201),
        (b'{"name": "1", "name": "2"}', 201),
        (b"", 201),
    ],
)
def test_json_that_cannot_be_stored_is_refused(
    client: APIClient, project: Project, url: str, body: bytes, status: int
) -> None:
    response = client.post(url, body, content_type="application/json")
    assert response.status_code == status, response.json()
    assert Dashboard.objects.for_project(project).exists() == (status == 201)
    if status == 400:
        assert set(response.json()) == {"type", "code", "detail", "attr"}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-www-form-urlencoded", b"name=a%00b"),
        ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(1100))),
        ("application/x-www-form-urlencoded", b"filters=%7Bbad"),
        ("application/x-www-form-urlencoded", b"data_color_theme_id=" + b"9" * 40),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
        ("multipart/form-data; boundary=\xff", b"--x\r\n"),
    ],
)
def test_bad_forms_are_a_400(
    client: APIClient, project: Project, url: str, content_type: str, body: bytes
) -> None:
    response = client.post(url, body, content_type=content_type)
    assert response.status_code in (400, 201), response.content
    if response.status_code == 400:
        assert set(response.json()) == {"type", "code", "detail", "attr"}


def test_another_content_type_is_a_415(client: APIClient, url: str) -> None:
    assert_error(
        client.post(url, b"<a/>", content_type="application/xml"),
        415,
        code="unsupported_media_type",
        detail='Unsupported media type "application/xml" in request.',
    )


def test_a_body_over_the_limit_is_a_413(client: APIClient, url: str) -> None:
    response = client.post(
        url, b'"' + b"x" * (20 * 1024 * 1024) + b'"', content_type="application/json"
    )
    assert_error(response, 413, code="request_too_large")
