from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client

from posthog_lite.accounts.models import User
from posthog_lite.pages.manual import page_names

ADDRESSES = re.compile(r'(?:href|src)="(/[^"#]*)')


def test_the_index_leads_to_every_page() -> None:
    page = Client().get("/docs/")
    assert page.status_code == 200
    html = page.content.decode()
    assert "<h1" in html
    for name in page_names()[1:]:
        assert f'href="/docs/{name}/"' in html


@pytest.mark.parametrize("name", page_names()[1:])
def test_a_page_shows_its_text_and_finds_all_that_it_names(name: str) -> None:
    page = Client().get(f"/docs/{name}/")
    html = page.content.decode()
    assert page.status_code == 200
    assert html.count("<h1") == 1
    assert f'href="/docs/{name}/" aria-current="page"' in html
    for address in set(ADDRESSES.findall(html)):
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        elif not address.startswith("/docs/"):  # the others are shown by this very test
            assert Client().get(address).status_code == 200, address


def test_headings_have_anchors_which_the_contents_name() -> None:
    html = Client().get("/docs/persons/").content.decode()
    assert '<h2 id="who-is-who">Who is who' in html
    assert '<li class="h2"><a href="#who-is-who">Who is who</a></li>' in html


def test_pages_that_are_not_there_are_404() -> None:
    for path in ("/docs/nothing/", "/docs/index/x", "/docs/..%2Fsettings/"):
        assert Client().get(path).status_code == 404


def test_a_page_loads_nothing_but_its_styles() -> None:
    page = Client().get("/docs/sharing/")
    assert page["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert "<script" not in page.content.decode().replace("&lt;script", "")


@pytest.mark.parametrize("path", ["/docs", "/docs/", "/docs/events", "/docs/events/"])
def test_a_trailing_slash_is_optional(path: str) -> None:
    assert Client().get(path).status_code == 200


def test_the_api_document_and_the_admin_lead_to_the_manual(db: None) -> None:
    assert "[manual](/docs/)" in settings.SPECTACULAR_SETTINGS["DESCRIPTION"]
    browser = Client()
    browser.force_login(User.objects.create_superuser("root@example.com", "a long passphrase"))
    html = browser.get("/admin/").content.decode()
    assert '<a href="/docs/">Manual</a>' in html
    assert '<a href="/">View site</a>' in html
