"""The pages that show the OpenAPI document work without any other host."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from posthog_lite.api import docs
from tests.support.errors import assert_error

PAGES = ["/api/schema/swagger-ui/", "/api/schema/redoc/"]
ADDRESSES = re.compile(r"""(?:src|href|spec-url)\s*=\s*["']([^"']+)["']""")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_names_no_other_host(path: str) -> None:
    page = Client().get(path)
    html = page.content.decode()
    assert page.status_code == 200
    assert page["Content-Type"].startswith("text/html")
    assert not re.findall(r"https?://", html)
    assert not [address for address in ADDRESSES.findall(html) if address.startswith("//")]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_finds_everything_it_loads(path: str) -> None:
    addresses = ADDRESSES.findall(Client().get(path).content.decode())
    assert addresses
    for address in addresses:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        else:
            assert Client().get(address).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_the_browser_is_told_to_ask_no_other_host_and_runs_the_scripts(path: str) -> None:
    page = Client().get(path)
    policy = page["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "http" not in policy
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page.content.decode())
    assert not inline, "the policy would not let it run"


def test_swagger_ui_sends_the_document_to_no_validator() -> None:
    script = Client().get("/api/schema/swagger-ui/?script=").content.decode()
    assert '"validatorUrl": null' in script
    assert not re.findall(r"https?://", script)


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "application/vnd.oai.openapi; charset=utf-8"),
        ("application/json", "application/json"),
        ("application/vnd.oai.openapi+json", "application/vnd.oai.openapi+json"),
    ],
)
def test_the_document_is_had_without_a_key(accept: str, content_type: str) -> None:
    answer: Any = APIClient().get("/api/schema/", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"].startswith("inline; filename=")


@pytest.mark.parametrize("path", [*PAGES, "/api/schema/"])
@pytest.mark.parametrize("method", ["options", "post"])
def test_other_methods_are_refused_in_json(path: str, method: str) -> None:
    response = getattr(APIClient(), method)(path)
    if (path, method) == ("/api/schema/", "options"):
        assert response.status_code == 200
    else:
        assert_error(response, 405, code="method_not_allowed")


def test_an_error_is_json_where_the_answer_would_be_yaml_or_a_page() -> None:
    for path in ("/api/schema/", *PAGES):
        assert_error(APIClient().get(path, headers={"accept": "image/png"}), 406)


# -- The document itself --------------------------------------------------------------------------
def test_the_document_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    docs._rendered.cache_clear()
    made: list[Any] = []
    original: Any = SchemaGenerator.get_schema

    def count(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(self)
        return original(self, *args, **kwargs)

    monkeypatch.setattr(SchemaGenerator, "get_schema", count)
    answers = [Client().get("/api/schema/?format=json") for _ in range(3)]
    assert len({answer.content for answer in answers}) == len(made) == 1
    assert answers[0]["Content-Disposition"] == 'inline; filename="schema.json"'


def test_swagger_has_one_box_for_credentials_and_remembers_it() -> None:
    script = Client().get("/api/schema/swagger-ui/?script=").content.decode()
    assert '"persistAuthorization": true' in script
    plain = re.sub(r"\\u(\w{4})", lambda code: chr(int(code[1], 16)), script)
    address = re.search(r"[\"'](/api/schema/\?[^\"']*)[\"']", plain)
    assert address is not None
    document = Client().get(address[1]).json()
    assert list(document["components"]["securitySchemes"]) == ["PersonalAPIKeyAuth"]
    used = [o["security"] for path in document["paths"].values() for o in path.values()]
    assert {name for security in used for one in security for name in one} == {"PersonalAPIKeyAuth"}


def test_the_document_offers_json_and_the_current_project() -> None:
    document = Client().get("/api/schema/?format=json").json()
    assert document["servers"] == [{"url": "/", "description": "This server."}]
    assert document["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    create = document["paths"]["/api/projects/{project_id}/dashboards/"]["post"]
    assert list(create["requestBody"]["content"]) == ["application/json"]
    assert list(create["responses"]["201"]["content"]) == ["application/json"]
    (project,) = [one for one in create["parameters"] if one["name"] == "project_id"]
    assert project["example"] == "@current"
    tiles = document["paths"]["/api/projects/{project_id}/dashboards/{id}/stream_tiles/"]["get"]
    assert list(tiles["responses"]["200"]["content"]) == ["text/event-stream"]


@pytest.mark.parametrize(("path", "goal"), [("/admin", "/admin/"), ("/", "")])
def test_short_addresses_lead_somewhere(path: str, goal: str) -> None:
    response = Client().get(path)
    assert response.status_code in (200, 302)
    assert goal == "" or response["Location"] == goal
