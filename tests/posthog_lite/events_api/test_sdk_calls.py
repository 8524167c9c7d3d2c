from __future__ import annotations

import base64
import gzip
from typing import Any

import orjson
import pytest
from django.test import Client

from posthog_lite.accounts.models import Project


def ask(sdk: Client, path: str, **data: Any) -> Any:
    return sdk.post(path, data, "application/json")


@pytest.mark.parametrize("version", ["2", "4"])
def test_flags_are_none(version: str, sdk: Client, project: Project) -> None:
    answer = ask(sdk, f"/flags/?v={version}", api_key=project.api_token, distinct_id="u").json()
    assert answer.pop("requestId")
    assert answer.pop("evaluatedAt") > 0
    assert answer == {"flags": {}, "errorsWhileComputingFlags": False}


@pytest.mark.parametrize(
    ("path", "flags"),
    [("/decide/?v=1", []), ("/decide/?v=3", {}), ("/flags/", {}), ("/decide", {})],
)
def test_old_clients_get_the_configuration_with_it(
    path: str, flags: Any, sdk: Client, project: Project
) -> None:
    answer = ask(sdk, path, token=project.api_token, distinct_id="u").json()
    assert answer["featureFlags"] == flags
    assert answer["featureFlagPayloads"] == {}
    assert answer["sessionRecording"] is False
    assert "gzip-js" in answer["supportedCompression"]


def test_questions_come_packed_as_events_do(sdk: Client, project: Project) -> None:
    body = orjson.dumps({"token": project.api_token, "distinct_id": "u"})
    packed = gzip.compress(body)
    assert sdk.post("/flags/?v=2&compression=gzip-js", packed, "text/plain").status_code == 200
    form = b"data=" + base64.b64encode(body)
    kind = "application/x-www-form-urlencoded"
    assert sdk.generic("POST", "/flags/?v=2&compression=base64", form, kind).status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "text"),
    [
        ({}, 401, "No API token provided."),
        ({"token": "phc_unknown", "distinct_id": "u"}, 401, "The provided API key is invalid"),
        ({"token": "phx_personal", "distinct_id": "u"}, 401, "The provided API key is invalid"),
        ({"token": None, "distinct_id": "u"}, 401, "No API token provided."),
    ],
)
def test_questions_without_a_token_are_refused(
    data: dict[str, Any], status: int, text: str, sdk: Client
) -> None:
    response = ask(sdk, "/flags/?v=2", **data)
    assert response.status_code == status
    assert response.content.decode().startswith(text)


@pytest.mark.parametrize("distinct_id", [None, ""])
def test_questions_about_nobody_are_refused(
    distinct_id: str | None, sdk: Client, project: Project
) -> None:
    response = ask(sdk, "/flags/?v=2", token=project.api_token, distinct_id=distinct_id)
    assert response.status_code == 400
    assert b"distinct_id field is missing" in response.content


def test_questions_that_are_no_objects_are_refused(sdk: Client) -> None:
    for body in (b"[]", b"1", b"{", b"\xff"):
        assert sdk.generic("POST", "/flags/?v=2", body, "application/json").status_code == 400


@pytest.mark.usefixtures("undocumented_answers")
def test_servers_compute_no_flags(sdk: Client, project: Project) -> None:
    for path in ("/flags/definitions", "/api/feature_flag/local_evaluation/"):
        response = sdk.get(path, {"token": project.api_token, "send_cohorts": ""})
        assert response.json() == {"flags": [], "group_type_mapping": {}, "cohorts": {}}
        assert sdk.get(path, {"token": "phc_unknown"}).status_code == 401


def test_the_configuration_switches_everything_else_off(sdk: Client, project: Project) -> None:
    response = sdk.get(f"/array/{project.api_token}/config", HTTP_ORIGIN="https://example.org")
    assert response["Access-Control-Allow-Origin"] == "https://example.org"
    assert response["Cache-Control"] == "public, max-age=300"
    answer = response.json()
    assert answer["token"] == project.api_token
    assert answer["hasFeatureFlags"] is answer["sessionRecording"] is answer["heatmaps"] is False
    assert answer["surveys"] is None
    assert answer["analytics"] == {"endpoint": "/i/v0/e/"}


def test_the_configuration_comes_as_a_script_too(sdk: Client, project: Project) -> None:
    response = sdk.get(f"/array/{project.api_token}/config.js")
    assert response["Content-Type"].startswith("text/javascript")
    assert f'window._POSTHOG_REMOTE_CONFIG["{project.api_token}"]' in response.content.decode()


@pytest.mark.parametrize("name", ["config", "config.js"])
@pytest.mark.parametrize("token", ["phc_unknown", "phx_personal", "%00", "%22", "%C3%A9"])
def test_unknown_projects_have_no_configuration(name: str, token: str, sdk: Client) -> None:
    assert sdk.get(f"/array/{token}/{name}").status_code == 404


def test_replays_are_dropped(sdk: Client) -> None:
    assert sdk.post("/s/", b"anything", "text/plain").json() == {"status": 1}


@pytest.mark.usefixtures("undocumented_answers")
@pytest.mark.parametrize(
    ("noun", "key"),
    [
        ("surveys", "surveys"),
        ("web_experiments", "experiments"),
        ("early_access_features", "earlyAccessFeatures"),
        ("product_tours", "product_tours"),
    ],
)
def test_pages_are_shown_nothing(noun: str, key: str, sdk: Client, project: Project) -> None:
    response = sdk.get(f"/api/{noun}/", {"token": project.api_token}, HTTP_ORIGIN="https://a.org")
    assert response.json()[key] == []
    assert response["Access-Control-Allow-Origin"] == "https://a.org"
    assert sdk.get(f"/api/{noun}/", {"token": "phc_unknown"}).status_code == 401
