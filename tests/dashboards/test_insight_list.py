from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Insight, InsightView
from dashboards.services.tags import set_tags
from posthog_lite.accounts.models import Project, User
from tests.conftest import KeyClient
from tests.dashboards.making import SQL, TRENDS, make_insight, make_tile
from tests.factories import DashboardFactory
from tests.support.errors import assert_error


def names(client: APIClient, url: str, **query: Any) -> list[str]:
    response = client.get(url, query)
    assert response.status_code == 200, response.json()
    return [row["name"] for row in response.json()["results"]]


def test_the_list_is_paginated_in_order(
    client: APIClient, insights_url: str, project: Project, other_project: Project
) -> None:
    make_insight(project, name="none")
    make_insight(project, name="two", order=2)
    make_insight(project, name="one", order=1)
    make_insight(project, name="deleted", deleted=True)
    make_insight(other_project, name="foreign")

    body = client.get(insights_url, {"limit": 2}).json()

    assert (body["count"], body["previous"]) == (3, None)
    assert [row["name"] for row in body["results"]] == ["one", "two"]
    assert names(client, body["next"]) == ["none"]


def test_rows_are_whole_unless_basic_is_asked_for(
    client: APIClient, insights_url: str, project: Project
) -> None:
    insight = make_insight(project, query=TRENDS)

    [whole] = client.get(insights_url).json()["results"]
    [basic] = client.get(insights_url, {"basic": "true"}).json()["results"]

    assert "result" in whole
    assert basic.keys() == client.get(f"{insights_url}{insight.pk}/?basic=true").json().keys()
    assert "result" not in basic


def test_saved_ones_are_those_saved_or_on_a_listed_dashboard(
    client: APIClient, insights_url: str, project: Project
) -> None:
    make_insight(project, name="saved", saved=True)
    make_insight(project, name="neither")
    shown, unlisted, gone = (make_insight(project, name=n) for n in ("shown", "unlisted", "gone"))
    make_tile(DashboardFactory.create(project=project), shown)
    make_tile(DashboardFactory.create(project=project, creation_mode="unlisted"), unlisted)
    make_tile(DashboardFactory.create(project=project), gone, deleted=True)

    assert names(client, insights_url, saved="true") == ["saved", "shown"]
    assert names(client, insights_url, saved="false") == ["neither", "shown", "unlisted", "gone"]
    assert len(names(client, insights_url, saved="")) == 5


def test_favorites_own_ones_and_authors(
    client: APIClient, insights_url: str, project: Project, member: User, admin: User
) -> None:
    make_insight(project, name="favorite", favorited=True, created_by=admin)
    make_insight(project, name="mine", created_by=member)
    make_insight(project, name="nobody's")

    for value in ("true", "", "1"):
        assert names(client, insights_url, favorited=value) == ["favorite"]
        assert names(client, insights_url, user=value) == ["mine"]
    assert names(client, insights_url, created_by=json.dumps([member.pk])) == ["mine"]
    assert names(client, insights_url, created_by=f"[{member.pk},{admin.pk}]") == [
        "favorite",
        "mine",
    ]
    assert names(client, insights_url, created_by=str(admin.pk)) == ["favorite"]
    assert len(names(client, insights_url, created_by="[]")) == 3


def test_a_short_id_finds_one(client: APIClient, insights_url: str, project: Project) -> None:
    make_insight(project, name="a")
    wanted = make_insight(project, name="b")

    assert names(client, insights_url, short_id=wanted.short_id) == ["b"]
    assert names(client, insights_url, short_id="nope") == []


def test_search_looks_at_names_description_and_tags(
    client: APIClient, insights_url: str, project: Project
) -> None:
    make_insight(project, name="Sign-ups")
    make_insight(project, name="d", derived_name="all SIGN-UPS")
    make_insight(project, name="e", description="about sign-ups")
    set_tags(item=make_insight(project, name="t"), names=["sign-ups"])
    make_insight(project, name="other%")

    assert names(client, insights_url, search=" sign-up ") == ["Sign-ups", "d", "e", "t"]
    assert names(client, insights_url, search="%") == ["other%"]
    assert len(names(client, insights_url, search="  ")) == 5
    [row] = client.get(insights_url, {"search": "other"}).json()["results"]
    assert row["search_match_type"] == "exact"
    assert "search_match_type" not in client.get(insights_url).json()["results"][0]


def test_kinds_go_by_their_old_names(
    client: APIClient, insights_url: str, project: Project
) -> None:
    make_insight(project, name="trends", query=TRENDS)
    make_insight(project, name="bare", query=TRENDS["source"])
    make_insight(project, name="old", filters={"insight": "TRENDS"})
    make_insight(project, name="sql", query=SQL)
    make_insight(project, name="events", query={"kind": "EventsQuery", "select": ["*"]})
    make_insight(project, name="odd", query={})
    make_insight(project, name="empty")

    assert names(client, insights_url, insight="TRENDS") == ["trends", "bare", "old"]
    assert names(client, insights_url, insight="FUNNELS") == []
    assert names(client, insights_url, insight="SQL") == ["sql"]
    assert names(client, insights_url, insight="JSON") == ["events", "odd"]


def test_dashboards_are_anded_and_tags_ored(
    client: APIClient, insights_url: str, project: Project
) -> None:
    one, two = DashboardFactory.create_batch(2, project=project)
    both, single = make_insight(project, name="both"), make_insight(project, name="single")
    make_tile(one, both)
    make_tile(two, both)
    make_tile(one, single)
    make_tile(two, single, deleted=True)
    set_tags(item=both, names=["a"])
    set_tags(item=single, names=["b"])

    assert names(client, insights_url, dashboards=f"[{one.pk}]") == ["both", "single"]
    assert names(client, insights_url, dashboards=f"[{one.pk},{two.pk}]") == ["both"]
    assert names(client, insights_url, tags='["A ","b"]') == ["both", "single"]
    assert names(client, insights_url, tags='["b","x"]') == ["single"]


def test_dates_bound_modification_creation_and_views(
    client: APIClient, insights_url: str, project: Project, member: User
) -> None:
    old = make_insight(project, name="old", last_modified_at=datetime(2024, 5, 1, tzinfo=UTC))
    new = make_insight(project, name="new")
    Insight.all_projects.filter(pk=old.pk).update(created_at=datetime(2024, 5, 1, tzinfo=UTC))
    for insight, age in ((old, 100), (new, 1)):
        InsightView.objects.create(
            project=project,
            insight=insight,
            user=member,
            viewed_at=timezone.now() - timedelta(days=age),
        )

    for field in ("date", "created_date", "last_viewed_date"):
        assert names(client, insights_url, **{f"{field}_from": "-7d"}) == ["new"]
        assert names(client, insights_url, **{f"{field}_to": "-7d"}) == ["old"]
        assert names(client, insights_url, **{f"{field}_from": "all"}) == ["old", "new"]
    assert names(client, insights_url, date_from="2024-05-01") == ["new"]  # strictly after
    assert names(client, insights_url, date_to="2024-05-01T00:00:01Z") == ["old"]


def test_the_order_puts_rows_without_a_value_last(
    client: APIClient, insights_url: str, project: Project, member: User
) -> None:
    unseen = make_insight(project, name="b")
    seen = make_insight(project, name="a")
    InsightView.objects.create(project=project, insight=seen, user=member, viewed_at=timezone.now())

    assert names(client, insights_url, order="name") == ["a", "b"]
    assert names(client, insights_url, order="-name") == ["b", "a"]
    assert names(client, insights_url, order="-last_viewed_at") == ["a", "b"]
    assert names(client, insights_url, order="last_viewed_at") == ["a", "b"]
    assert names(client, insights_url, order="-id") == [seen.name, unseen.name]


def test_insights_with_the_same_value_come_in_the_order_of_their_ids(
    client: APIClient, insights_url: str, project: Project
) -> None:
    first, second = make_insight(project, name="first"), make_insight(project, name="second")

    for field in ("favorited", "derived_name"):  # never and always null
        assert names(client, insights_url, order=field) == [first.name, second.name]
        assert names(client, insights_url, order=f"-{field}") == [second.name, first.name]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("search", "x" * 201),
        ("search", "\x00"),
        ("insight", "NONSENSE"),
        ("created_by", "[1,"),
        ("created_by", '["x"]'),
        ("created_by", "[true]"),
        ("created_by", "[99999999999999999999]"),
        ("dashboards", '{"a":1}'),
        ("dashboards", json.dumps(list(range(101)))),
        ("tags", "[1]"),
        ("tags", '["\\u0000"]'),
        ("saved", "perhaps"),
        ("basic", "perhaps"),
        ("date_from", "yesterday"),
        ("created_date_to", "-999999y"),
        ("order", "created_by__password"),
        ("order", "query"),
    ],
)
def test_a_bad_parameter_is_named(
    client: APIClient, insights_url: str, field: str, value: str
) -> None:
    assert_error(client.get(insights_url, {field: value}), 400, attr=field)


@pytest.mark.parametrize("lookup", ["0", "9" * 30, "9" * 5000, "nope", "%00", "a b", "٣"])
def test_what_names_no_insight_is_404(client: APIClient, insights_url: str, lookup: str) -> None:
    assert_error(client.get(f"{insights_url}{lookup}/"), 404, detail="Not found.")


def test_digits_are_an_id_before_they_are_a_short_id(
    client: APIClient, insights_url: str, project: Project
) -> None:
    first = make_insight(project, name="first")
    make_insight(project, name="second", short_id=str(first.pk))
    make_insight(project, name="third", short_id="12345678")

    assert client.get(f"{insights_url}{first.pk}/").json()["name"] == "first"
    assert client.get(f"{insights_url}12345678/").json()["name"] == "third"


@pytest.mark.parametrize("basic", ["", "true"])
def test_one_and_ten_rows_take_the_same_queries(
    client: APIClient, insights_url: str, project: Project, member: User, basic: str
) -> None:
    client.get(insights_url)  # the key's first use writes
    counts = []
    for number in (1, 9):
        for _ in range(number):
            insight = make_insight(
                project, query=TRENDS, created_by=member, last_modified_by=member
            )
            make_tile(DashboardFactory.create(project=project), insight)
            set_tags(item=insight, names=["a", "b"])
        with CaptureQueriesContext(connection) as queries:
            client.get(insights_url, {"basic": basic})
        counts.append(len(queries))

    # Caller and project, count, page; without `basic` the results.
    expected = 3 if basic else 4
    assert counts == [expected, expected]


# -- Viewed --------------------------------------------------------------------------------------


def test_viewed_ones_come_back_newest_first(
    client: APIClient, insights_url: str, project: Project, admin: User, key_client: KeyClient
) -> None:
    rows = [make_insight(project, name=str(n)) for n in range(7)]
    for row in rows:
        response = client.post(f"{insights_url}viewed/", {"insight_ids": [row.pk]})
        assert (response.status_code, response.content) == (201, b"")
        assert "Content-Type" not in response
    client.post(f"{insights_url}viewed/", {"insight_ids": [rows[0].pk]})
    Insight.all_projects.filter(pk=rows[6].pk).update(deleted=True)

    body = client.get(f"{insights_url}my_last_viewed/").json()

    assert [row["name"] for row in body] == ["0", "5", "4", "3", "2"]
    assert "result" not in body[0]
    assert key_client(admin).get(f"{insights_url}my_last_viewed").json() == []
    assert InsightView.all_projects.count() == 7


def test_foreign_deleted_and_unknown_ids_are_dropped(
    client: APIClient, insights_url: str, project: Project, other_project: Project
) -> None:
    mine = make_insight(project)
    ids = [mine.pk, make_insight(other_project).pk, make_insight(project, deleted=True).pk]

    response = client.post(f"{insights_url}viewed/", {"insight_ids": [*ids, 0, -1, 10**12]})

    assert response.status_code == 201
    assert [view.insight_id for view in InsightView.all_projects.all()] == [mine.pk]


@pytest.mark.parametrize(
    ("body", "attr"),
    [
        ({}, "insight_ids"),
        ({"insight_ids": []}, "insight_ids"),
        ({"insight_ids": 5}, "insight_ids"),
        ({"insight_ids": ["5"]}, "insight_ids__0"),
        ({"insight_ids": [True]}, "insight_ids__0"),
        ({"insight_ids": list(range(1, 2502))}, "insight_ids"),
    ],
)
def test_a_bad_list_of_views_is_refused(
    client: APIClient, insights_url: str, body: dict[str, Any], attr: str
) -> None:
    assert_error(client.post(f"{insights_url}viewed/", body), 400, attr=attr)
    assert not InsightView.all_projects.exists()


def test_views_take_a_constant_number_of_queries(
    client: APIClient, insights_url: str, project: Project
) -> None:
    ids = [make_insight(project).pk for _ in range(10)]
    client.get(insights_url)
    counts = []
    for wanted in (ids[:1], ids):
        with CaptureQueriesContext(connection) as queries:
            client.post(f"{insights_url}viewed/", {"insight_ids": wanted})
        counts.append(len(queries))

    assert counts == [3, 3]  # caller and project, ids, upsert


def test_a_reading_key_may_record_its_views(
    member: User, key_client: KeyClient, insights_url: str, project: Project
) -> None:
    reader = key_client(member, scopes=["insight:read"])
    ids = [make_insight(project).pk]

    assert reader.post(f"{insights_url}viewed/", {"insight_ids": ids}).status_code == 201
    assert len(reader.get(f"{insights_url}my_last_viewed/").json()) == 1
