"""The pages that show the OpenAPI document work without any other host."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from rest_framework.test import APIClient

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
