from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text, Tile
from posthog_lite.accounts.models import Organization, Project
from posthog_lite.query import results
from sharing.models import SharingConfiguration
from sharing.open_links import get_open_configuration
from tests.sharing.conftest import PASSWORD, Share
from tests.sharing.visitors import PLACES, island, page
from tests.support.queries import count_queries
from themes.models import DataColorTheme


class TestPage:
    @pytest.mark.parametrize("place", PLACES)
    @pytest.mark.parametrize("slash", ["", "/"])
    def test_a_dashboard_is_readable_without_scripts(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, place: str, slash: str
    ) -> None:
        html = page(visitor, f"/{place}/{share(dashboard).access_token}{slash}")
        assert ">Revenue</h1>" in html
        assert "What we earn" in html
        assert "<h3>Hello</h3>" in html
        assert ">Sales</h2>" in html
        assert "No result has been computed for this insight yet." in html
        assert island(html)["type"] == ("embed" if place == "embedded" else "scene")

    def test_an_insight_alone(self, visitor: APIClient, share: Share, insight: Insight) -> None:
        html = page(visitor, f"/shared/{share(insight).access_token}")
        assert ">Signups</h2>" in html
        assert island(html)["insight"]["id"] == insight.pk

    def test_the_json_is_what_the_page_carries(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        link = share(dashboard)
        response = visitor.get(f"/shared/{link.access_token}.json")
        data = response.json()
        assert response["Content-Type"] == "application/json"
        assert set(data) == {"type", "accessToken", "dashboard", "themes"}
        assert data["accessToken"] == link.access_token
        assert data["dashboard"]["effective_restriction_level"] == 37
        assert data["dashboard"]["effective_privilege_level"] == 21
        assert len(data["dashboard"]["tiles"]) == 2
        carried = island(page(visitor, f"/shared/{link.access_token}"))
        for shape in (data, carried):
            del shape["dashboard"]["last_accessed_at"]
        assert carried.pop("rootClassName") == "export-type-scene"
        assert carried == data

    def test_nobodys_address_is_told(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, insight: Insight
    ) -> None:
        for resource in (dashboard, insight):
            for ending in ("", ".json"):
                link = share(resource, settings={"hideExtraDetails": True})
                body = visitor.get(f"/shared/{link.access_token}{ending}").content
                assert b"@example.com" not in body
                assert b"distinct_id" not in body

    def test_the_switches(self, visitor: APIClient, share: Share, dashboard: Dashboard) -> None:
        link = share(dashboard, settings={"whitelabel": True, "noHeader": True})
        html = page(visitor, f"/shared/{link.access_token}")
        assert '<h1 class="unseen">Revenue</h1>' in html
        assert "PostHog Lite" not in html
        assert island(html)["noHeader"] is True

    def test_text_runs_in_the_direction_of_its_own_script(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        words = "\u0645\u0631\u062d\u0628\u0627"
        project = dashboard.project
        Dashboard.objects.for_project(project).update(name=words, description=words)
        Insight.objects.for_project(project).update(name=words, description=words)
        Text.objects.for_project(project).update(body=words, last_modified_at=timezone.now())
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        shown = re.findall(rf"<(\w+)([^<>]*)>(?:<p>)?{words}", html.partition("<body")[2])
        assert len([tag for tag, marks in shown if 'dir="auto"' in marks]) == len(shown) == 5

    def test_the_grid(self, visitor: APIClient, share: Share, dashboard: Dashboard) -> None:
        layouts = {"sm": {"x": 6, "y": 2, "w": 6, "h": 5}}
        Tile.objects.for_project(dashboard.project).filter(text=None).update(layouts=layouts)
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert "{ grid-column: 7 / span 6; grid-row: 1 / span 5; }" in html

    def test_colors_of_tiles_are_shown(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        texts = Tile.objects.for_project(dashboard.project).filter(insight=None)
        path = f"/shared/{share(dashboard).access_token}"
        for color, mark in (("blue", " tile-blue"), ("#12ab9F", " tinted"), ("red;}", None)):
            texts.update(color=color)
            html = page(visitor, path)
            assert mark is None or f'{mark}"' in html
            assert ("#12ab9F" in html.partition("</style>")[0]) == (color == "#12ab9F")
            assert mark or color not in html.partition("</style>")[0]

    def test_stored_scripts_stay_text(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        attack = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
        Dashboard.all_projects.update(name=attack, description=attack)
        Insight.all_projects.update(name=attack, description=attack)
        Text.all_projects.update(body=attack + "\n[link](javascript:alert(1)) ![i](http://x/y.png)")
        DataColorTheme.objects.create(project=dashboard.project, name=attack, colors=["#fff"])
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert "<script>alert" not in html
        assert "<img" not in html
        assert 'href="javascript:' not in html
        assert island(html)["dashboard"]["name"] == attack

    def test_cards_show_tags_and_descriptions_unless_told_not_to(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        insight = Insight.all_projects.get(name="Sales")
        insight.tags.create(project=dashboard.project, name="<b>money</b>")
        path = f"/shared/{share(dashboard).access_token}"
        html = page(visitor, path)
        assert "<li>&lt;b&gt;money&lt;/b&gt;</li>" in html
        assert "By day</p>" in html
        Tile.all_projects.update(show_description=False)
        assert "By day</p>" not in page(visitor, path)

    def test_an_image_in_a_text_is_told_in_words(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        Text.all_projects.update(body="See ![the *big* <plan>](https://example.com/a.png).")
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert "<p>See the big &lt;plan&gt;.</p>" in html

    def test_the_address_can_hide_the_branding_too(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, insight: Insight
    ) -> None:
        for link in (share(dashboard), share(insight, password=PASSWORD)):
            path = f"/shared/{link.access_token}"
            assert "Shared with PostHog Lite" in page(visitor, path)
            html = page(visitor, f"{path}?whitelabel")
            assert "Shared with PostHog Lite" not in html
            assert island(html)["whitelabel"] is True

    def test_other_sites_are_told_what_they_link_to(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        path = f"/shared/{share(dashboard).access_token}"
        html = page(visitor, f"{path}?refresh=true")
        assert '<meta property="og:title" content="Revenue">' in html
        assert '<meta property="og:description" content="What we earn">' in html
        assert f'<meta property="og:url" content="http://testserver{path}">' in html

    def test_opening_moves_last_accessed_at(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        page(visitor, f"/shared/{share(dashboard).access_token}")
        dashboard.refresh_from_db()
        assert dashboard.last_accessed_at is not None


class TestHeaders:
    @pytest.mark.parametrize("place", PLACES)
    def test_only_embedded_pages_may_be_framed(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, place: str
    ) -> None:
        response = visitor.get(f"/{place}/{share(dashboard).access_token}")
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        is_embedded = place == "embedded"
        # Apps frame pages from schemes of their own, which no source of a policy covers.
        assert ("frame-ancestors 'self'" in policy) != is_embedded
        assert ("frame-ancestors" in policy) != is_embedded
        assert ("X-Frame-Options" in response) != is_embedded
        assert "noindex" in response["X-Robots-Tag"]
        assert "no-store" in response["Cache-Control"]
        nonce = re.search(r"'nonce-([^']+)'", policy)
        assert nonce is not None
        assert f'<style nonce="{nonce.group(1)}">' in response.content.decode()
        assert response.content.decode().count("<style") == 1
        assert (b"sharing/embed.js" in response.content) == is_embedded

    def test_no_page_asks_another_host_for_anything(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert not re.search(r'(?:src|href)="(?:https?:)?//', html)


class TestClosedLinks:
    @pytest.mark.parametrize("ending", ["", "/", ".png"])
    def test_an_unknown_token_is_a_friendly_404(self, visitor: APIClient, ending: str) -> None:
        html = page(visitor, f"/shared/{'x' * 30}{ending}", 404)
        assert "Page not found" in html
        assert "It might be lost in space." in html

    @pytest.mark.parametrize("path", ["{}.json", "{}.json/", "{}/b.json", ".json"])
    @pytest.mark.parametrize("place", PLACES)
    def test_an_unknown_address_of_data_answers_with_data(
        self, visitor: APIClient, place: str, path: str
    ) -> None:
        response = visitor.get(f"/{place}/" + path.format("x" * 30))
        assert response.status_code == 404
        assert response.json() == {
            "type": "invalid_request",
            "code": "not_found",
            "detail": "Not found.",
            "attr": None,
        }

    @pytest.mark.parametrize("how", ["disabled", "expired", "organization", "deleted"])
    @pytest.mark.parametrize("ending", ["", ".json"])
    def test_a_closed_link_looks_like_an_unknown_one(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, how: str, ending: str
    ) -> None:
        link = share(dashboard)
        rows = SharingConfiguration.all_projects.filter(pk=link.pk)
        if how == "disabled":
            rows.update(enabled=False)
        if how == "expired":
            rows.update(expires_at=timezone.now() - timedelta(seconds=1))
        if how == "organization":
            Organization.objects.update(allow_publicly_shared_resources=False)
        if how == "deleted":
            Dashboard.all_projects.update(deleted=True)
        known = visitor.get(f"/shared/{link.access_token}{ending}")
        unknown = visitor.get(f"/shared/{'x' * 30}{ending}")
        assert known.status_code == unknown.status_code == 404
        assert known.content == unknown.content

    @pytest.mark.parametrize("path", ["{}/b", "{}/b/", "/{}", "", "{}.json/x"])
    @pytest.mark.parametrize("place", PLACES)
    def test_addresses_below_a_link_are_a_friendly_404(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, place: str, path: str
    ) -> None:
        html = page(visitor, f"/{place}/" + path.format(share(dashboard).access_token), 404)
        assert "It might be lost in space." in html

    @pytest.mark.parametrize("ending", ["", ".json"])
    def test_what_is_deleted_once_the_link_is_found_is_a_404(
        self,
        visitor: APIClient,
        share: Share,
        dashboard: Dashboard,
        insight: Insight,
        ending: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        links = share(dashboard), share(insight)

        def find_and_delete(**query: Any) -> Any:
            link = get_open_configuration(**query)
            Dashboard.all_projects.update(deleted=True)
            Insight.all_projects.update(deleted=True)
            return link

        monkeypatch.setattr("sharing.viewer.get_open_configuration", find_and_delete)
        for link in links:
            Dashboard.all_projects.update(deleted=False)
            Insight.all_projects.update(deleted=False)
            assert visitor.get(f"/shared/{link.access_token}{ending}").status_code == 404

    def test_unknown_and_disabled_links_take_the_same_single_query(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        link = share(dashboard, enabled=False)
        for token in (link.access_token, "x" * 30):
            with count_queries() as queries:
                page(visitor, f"/shared/{token}", 404)
            assert len(queries) == 1

    def test_a_token_never_reaches_the_logs_whole(
        self,
        visitor: APIClient,
        share: Share,
        dashboard: Dashboard,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        link = share(dashboard, enabled=False)
        with caplog.at_level("INFO"):
            for path in ("/shared/{}", "/embedded/{}.json", "/%73hared/{}", "/shared//{}"):
                visitor.get(path.format(link.access_token))
            query = {"sharing_access_token": link.access_token}
            visitor.get(f"/api/projects/{link.project_id}/insights/", query)
        assert caplog.records
        assert link.access_token not in caplog.text

    @pytest.mark.parametrize(
        "path", ["/SHARED/{}", "/shared/{};a=b", "/shared/{}%00", "/shared/%2e"]
    )
    def test_odd_spellings_open_nothing(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, path: str
    ) -> None:
        response = visitor.get(path.format(share(dashboard).access_token))
        assert response.status_code == 404
        assert b"Revenue" not in response.content

    @pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
    def test_other_methods_are_a_405(
        self, visitor: APIClient, share: Share, dashboard: Dashboard, method: str
    ) -> None:
        response = getattr(visitor, method)(f"/shared/{share(dashboard).access_token}")
        assert (response.status_code, response.content) == (405, b"")


class TestResults:
    @pytest.fixture(autouse=True)
    def trends(self, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
        """An insight that can be computed, by something that stands in for the engine."""
        query = {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "sold"}]}
        Insight.all_projects.filter(name="Sales").update(query=query)
        row = {
            "label": "sold",
            "data": [3, 4712],
            "labels": ["1-Nov-2026", "2-Nov-2026"],
            "days": ["2026-11-01", "2026-11-02"],
            "count": 4715,
        }
        monkeypatch.setattr(results, "compute", lambda *_: {"results": [row], "hogql": "SELECT 1"})

    def test_the_first_visit_computes_and_every_number_is_there_without_scripts(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert '<td class="align-right">4,712</td>' in html
        assert "As of <time" in html
        assert 'data-chart="chart-' in html
        tiles = island(html)["dashboard"]["tiles"]
        assert [t["insight"]["result"][0]["count"] for t in tiles if t["insight"]] == [4715]

    def test_moments_are_told_in_the_time_zone_of_the_project(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        Project.objects.update(timezone="Asia/Tokyo")
        html = page(visitor, f"/shared/{share(dashboard).access_token}")
        assert re.search(r'<time datetime="[^"]+\+09:00">\d+ \w{3} \d{4}, \d\d:\d\d JST<', html)

    def test_the_data_has_results_too(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        data = visitor.get(f"/shared/{share(dashboard).access_token}.json").json()
        found = [t["insight"] for t in data["dashboard"]["tiles"] if t["insight"]]
        assert found[0]["result"][0]["count"] == 4715
        assert found[0]["last_refresh"] is not None

    def test_the_statement_that_was_run_is_not_told(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        link = share(dashboard)
        data = visitor.get(f"/shared/{link.access_token}.json").json()
        insight = Insight.all_projects.get(name="Sales")
        url = f"/api/projects/{dashboard.project_id}/insights/{insight.pk}/"
        alone = visitor.get(url, {"sharing_access_token": link.access_token}).json()
        listed = visitor.get(
            f"/api/projects/{dashboard.project_id}/insights/",
            {"sharing_access_token": link.access_token, "refresh": "blocking"},
        ).json()["results"]
        tiles = [t["insight"] for t in data["dashboard"]["tiles"] if t["insight"]]
        shown = [found for found in (*tiles, alone, *listed) if found["result"]]
        assert len(shown) == 3
        assert [found["hogql"] for found in shown] == [None] * 3

    def test_a_visitor_cannot_force_that_it_is_computed_again(
        self, visitor: APIClient, share: Share, dashboard: Dashboard
    ) -> None:
        link = share(dashboard)
        insight = Insight.all_projects.get(name="Sales")
        url = f"/api/projects/{dashboard.project_id}/insights/{insight.pk}/"
        asked = {"sharing_access_token": link.access_token, "refresh": "force_blocking"}
        first = visitor.get(url, asked).json()["last_refresh"]
        assert visitor.get(url, asked).json()["last_refresh"] == first


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("refresh=5m", '<meta http-equiv="refresh" content="300">'),
        ("refresh=1s", '<meta http-equiv="refresh" content="30">'),
        ("theme=dark", 'data-color-mode="dark"'),
    ],
)
def test_screens_on_walls(
    visitor: APIClient, share: Share, dashboard: Dashboard, query: str, expected: str
) -> None:
    path = f"/shared/{share(dashboard).access_token}"
    assert expected in page(visitor, f"{path}?{query}")
    assert expected not in page(visitor, f"{path}?refresh=x&theme=pink")
