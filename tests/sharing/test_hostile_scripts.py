"""Members who store scripts, for visitors of what they share."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Tag, Text
from posthog_lite.accounts.models import User
from tests.factories import ThemeFactory
from tests.sharing.conftest import Share

SCRIPT = "<script>alert('stored')</script>"
ATTACKS = (
    SCRIPT,
    "</script><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "<svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "{{ request }}{% debug %}",
    "<!--<script>",
)


class TestStoredScripts:
    @pytest.mark.parametrize("attack", ATTACKS)
    @pytest.mark.parametrize("place", ["shared", "embedded"])
    def test_of_a_dashboard_stay_text(
        self, visitor: APIClient, dashboard: Dashboard, share: Share, place: str, attack: str
    ) -> None:
        poison_dashboard(dashboard, attack)
        link = share(dashboard)
        response = visitor.get(f"/{place}/{link.access_token}")
        assert response.status_code == 200
        assert_harmless(response)

    @pytest.mark.parametrize("attack", ATTACKS)
    def test_of_an_insight_stay_text(
        self, visitor: APIClient, insight: Insight, share: Share, attack: str
    ) -> None:
        poison_insights(insight, attack)
        response = visitor.get(f"/shared/{share(insight).access_token}")
        assert response.status_code == 200
        assert_harmless(response)

    @pytest.mark.parametrize(
        "body",
        [
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](&#106;avascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "[x](vbscript:msgbox(1))",
            "<a href='javascript:alert(1)'>x</a>",
            "<javascript:alert(1)>",
            "![x](https://evil.example/pixel.png)",
            "![x](x'onerror='alert(1))",
            "<img src=https://evil.example/pixel.png>",
            "<style>@import 'https://evil.example/x.css'</style>",
            "<iframe src=https://evil.example></iframe>",
            "<form action=https://evil.example><input name=password></form>",
            "<base href=https://evil.example>",
            "<meta http-equiv=refresh content='0;url=https://evil.example'>",
            "[x]: javascript:alert(1)\n\n[x]",
            "```html\n</code></pre><script>alert(1)</script>\n```",
        ],
    )
    def test_of_a_text_tile_are_taken_out(
        self, visitor: APIClient, dashboard: Dashboard, share: Share, body: str
    ) -> None:
        Text.all_projects.update(body=body)
        response = visitor.get(f"/shared/{share(dashboard).access_token}")
        assert response.status_code == 200
        assert_harmless(response)

    def test_the_json_is_no_page(
        self, visitor: APIClient, dashboard: Dashboard, share: Share
    ) -> None:
        poison_dashboard(dashboard, SCRIPT)
        response = visitor.get(f"/shared/{share(dashboard).access_token}.json")
        assert response["Content-Type"].split(";")[0] == "application/json"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in response["Content-Security-Policy"]

    @pytest.mark.parametrize("query", ["?whitelabel=<script>", '?embedded="><script>', "?<script>"])
    def test_of_the_query_string_are_not_shown(
        self, visitor: APIClient, dashboard: Dashboard, share: Share, query: str
    ) -> None:
        for token in (share(dashboard).access_token, "<script>alert(1)"):
            assert_harmless(visitor.get(f"/shared/{token}{query}"))


def poison_dashboard(dashboard: Dashboard, attack: str) -> None:
    """The attack wherever a member can write something."""
    theme = ThemeFactory.create(project=dashboard.project, name=attack[:100])
    Dashboard.all_projects.filter(pk=dashboard.pk).update(
        name=attack, description=attack, data_color_theme_id=theme.pk, filters={"x": attack}
    )
    dashboard.tags.add(Tag.all_projects.create(project=dashboard.project, name=attack))
    Text.all_projects.update(body=attack)
    tile = dashboard.tiles.exclude(insight=None).get()
    tile.color = attack
    tile.layouts = {"sm": {"x": attack, "y": attack, "w": attack, "h": attack}}
    tile.save()
    assert tile.insight is not None
    poison_insights(tile.insight, attack)
    User.objects.update(first_name=attack[:30])


def poison_insights(insight: Insight, attack: str) -> None:
    Insight.all_projects.filter(pk=insight.pk).update(
        name=attack, description=attack, query={"kind": attack, "dataColorTheme": attack}
    )
    insight.tags.add(Tag.all_projects.get_or_create(project=insight.project, name=attack)[0])


class Elements(HTMLParser):
    """Every element of a page with its attributes, as a browser would see them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def assert_harmless(response: Any) -> None:
    """The page has no element, attribute or address but those it has for everybody."""
    for tag, attributes in Elements(response.getvalue().decode()).found:
        assert tag not in {"iframe", "object", "embed", "base", "img"}, tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        assert (tag, attributes.get("http-equiv")) != ("meta", "refresh")
        if tag == "script" and attributes.get("type") != "application/json":
            assert str(attributes.get("src")).startswith("/static/sharing/")
        for name in ("src", "action"):
            assert not re.match(r"\s*(\w+:|//)", attributes.get(name) or ""), attributes
        scheme = re.match(r"\s*([\w\s]+):", attributes.get("href") or "")
        assert scheme is None or scheme[1].lower() in {"http", "https", "mailto"}, attributes
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.search(r"script-src 'self'( *;| *$)", policy)
