"""Visitors look closer where their link allows it: other dates, and the result of a card."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.core.cache import cache
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.services.limits import Limit
from sharing import exploring
from sharing.dates import Dates, range_form, read_dates
from sharing.models import SharingConfiguration
from tests.factories import InsightFactory
from tests.sharing.conftest import PASSWORD, Engine, Share
from tests.sharing.visitors import island, page, unlock
from tests.support.errors import assert_error

OPEN = {"explore": True}


@pytest.fixture
def path(share: Share, dashboard: Dashboard, answers: Engine) -> str:
    """A link whose visitors may look closer."""
    return f"/shared/{share(dashboard, settings=OPEN).access_token}"


@pytest.fixture
def sales(dashboard: Dashboard) -> Insight:
    return Insight.all_projects.get(name="Sales")


def table(response: Any) -> list[list[str]]:
    assert response.status_code == 200
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(response.getvalue().decode())))


class TestSwitchedOff:
    """So links are unless somebody switches it on."""

    @pytest.fixture
    def closed(self, share: Share, dashboard: Dashboard, answers: Engine) -> str:
        return f"/shared/{share(dashboard).access_token}"

    def test_other_dates_are_not_looked_at(
        self, visitor: APIClient, closed: str, answers: Engine
    ) -> None:
        html = page(visitor, f"{closed}?date_from=-90d")
        assert 'name="date_from"' not in html
        assert "CSV" not in html
        assert answers.dates == [(None, None)]

    def test_results_of_cards_are_not_found(
        self, visitor: APIClient, closed: str, sales: Insight
    ) -> None:
        for ending in (".csv", ".json"):
            answer = visitor.get(f"{closed}{ending}?insight={sales.pk}")
            assert_error(answer, 404, code="not_found")


class TestDates:
    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("date_from=-90d", ("-90d", None)),
            ("date_from=2026-01-01&date_to=2026-01-31", ("2026-01-01", "2026-01-31")),
            ("date_to=2026-01-31", (None, "2026-01-31")),
        ],
    )
    def test_the_whole_page_and_its_data_are_of_the_dates_that_were_chosen(
        self,
        visitor: APIClient,
        path: str,
        answers: Engine,
        query: str,
        expected: tuple[str | None, str | None],
    ) -> None:
        assert 'name="date_from"' in page(visitor, f"{path}?{query}")
        visitor.get(f"{path}.json?{query}")
        assert answers.dates == [expected]  # the second one was kept

    def test_the_dates_that_are_stored_do_not_change(
        self, visitor: APIClient, path: str, dashboard: Dashboard
    ) -> None:
        page(visitor, f"{path}?date_from=-90d")
        dashboard.refresh_from_db()
        assert dashboard.filters == {}

    def test_an_insight_alone_is_looked_at_over_other_dates_too(
        self, visitor: APIClient, share: Share, sales: Insight, answers: Engine
    ) -> None:
        link = share(sales, settings=OPEN)
        page(visitor, f"/shared/{link.access_token}?date_from=mStart")
        assert answers.dates == [("mStart", None)]
        assert table(visitor.get(f"/shared/{link.access_token}.csv"))[1][0] == "sold"

    @pytest.mark.parametrize(
        "query",
        [
            "date_from=<x>",
            "date_from=-91d",
            "date_to=all",
            "date_from=2026-02-02&date_to=2026-01-01",
        ],
    )
    def test_what_is_no_range_is_said(
        self, visitor: APIClient, path: str, answers: Engine, query: str
    ) -> None:
        html = page(visitor, f"{path}?{query}")
        assert 'class="problem" role="alert"' in html
        assert answers.dates == [(None, None)]
        assert_error(visitor.get(f"{path}.json?{query}"), 400, attr="date_from")

    def test_the_form_keeps_what_else_the_address_says(self) -> None:
        form = range_form({"theme": "dark", "x": "y"}, read_dates({"date_from": "-7d"}))
        assert form.links[0] == ("?theme=dark", "As made", False)
        assert ("?theme=dark&date_from=-7d", "7 days", True) in form.links
        assert range_form({}, Dates("2026-01-01")).first_day == "2026-01-01"


class TestCards:
    def test_a_card_offers_its_result(self, visitor: APIClient, path: str, sales: Insight) -> None:
        html = page(visitor, f"{path}?date_from=-7d")
        assert f'href="{path}.csv?insight={sales.pk}&amp;date_from=-7d"' in html

    def test_as_csv_and_as_json(
        self, visitor: APIClient, path: str, sales: Insight, answers: Engine
    ) -> None:
        query = f"insight={sales.pk}&date_from=-7d"
        assert table(visitor.get(f"{path}.csv?{query}"))[1:] == [
            ["sold", "2026-11-01", "3"],
            ["sold", "2026-11-02", "4712"],
        ]
        data = visitor.get(f"{path}.json?{query}").json()
        assert data["result"][0]["count"] == 4715
        assert answers.dates == [("-7d", None)]
        assert b"@example.com" not in visitor.get(f"{path}.json?{query}").content

    def test_never_more_than_the_link_shows(
        self, visitor: APIClient, path: str, dashboard: Dashboard, other_project: Any
    ) -> None:
        query = {"kind": "HogQLQuery", "query": "select 1"}
        hidden = InsightFactory.create(project=dashboard.project, query=query)
        others = InsightFactory.create(project=other_project, query=query)
        for pk in (hidden.pk, others.pk, 10**9, "", "x", hidden.short_id):
            assert_error(visitor.get(f"{path}.csv?insight={pk}"), 404, code="not_found")

    def test_hidden_details_stay_hidden(
        self,
        visitor: APIClient,
        share: Share,
        dashboard: Dashboard,
        sales: Insight,
        answers: Engine,
    ) -> None:
        link = share(dashboard, settings=OPEN | {"hideExtraDetails": True})
        data = visitor.get(f"/shared/{link.access_token}.json?insight={sales.pk}").json()
        assert "created_by" not in data
        assert "created_at" not in data

    def test_the_password_comes_first(
        self,
        visitor: APIClient,
        share: Share,
        dashboard: Dashboard,
        sales: Insight,
        answers: Engine,
    ) -> None:
        link = share(dashboard, password=PASSWORD, settings=OPEN)
        address = f"/shared/{link.access_token}.csv?insight={sales.pk}"
        assert visitor.get(address).status_code == 401
        token = unlock(visitor, link, PASSWORD).json()["shareToken"]
        allowed = visitor.get(address, headers={"Authorization": f"Bearer {token}"})
        assert table(allowed)[0] == ["series", "date", "value"]
        assert table(visitor.get(address))[0] == ["series", "date", "value"]  # by the cookie


class TestLimits:
    @pytest.fixture(autouse=True)
    def few(self, monkeypatch: pytest.MonkeyPatch) -> None:
        limit = Limit("explore_from_address", most=2, seconds=60)
        monkeypatch.setattr(exploring, "PER_ADDRESS", limit)

    def test_looks_from_one_address_are_limited(
        self, visitor: APIClient, path: str, sales: Insight
    ) -> None:
        for _ in range(2):
            page(visitor, f"{path}?date_from=-7d")
        refused = visitor.get(f"{path}?date_from=-7d")
        assert refused.status_code == 429
        assert "Try again in" in refused.content.decode()
        assert int(refused["Retry-After"]) > 0
        data = visitor.get(f"{path}.csv?insight={sales.pk}")
        assert_error(data, 429, code="throttled")
        assert visitor.get(f"{path}?date_from=-7d", REMOTE_ADDR="192.0.2.7").status_code == 200

    def test_the_page_as_it_was_made_is_not(self, visitor: APIClient, path: str) -> None:
        for _ in range(3):
            page(visitor, path)
        cache.clear()

    def test_nobody_looks_past_them_with_another_token(
        self, visitor: APIClient, path: str, share: Share, sales: Insight
    ) -> None:
        other: SharingConfiguration = share(sales, settings=OPEN)
        for _ in range(2):
            page(visitor, f"{path}?date_from=-7d")
        answer = visitor.get(f"/shared/{other.access_token}?date_from=-7d")
        assert answer.status_code == 200  # each link has its own


def test_the_data_of_the_page_says_that_it_is_allowed(visitor: APIClient, path: str) -> None:
    assert island(page(visitor, path))["explore"] is True
