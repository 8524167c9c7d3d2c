from __future__ import annotations

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from dashboards.models import CreationMode, Dashboard, Tag
from posthog_lite.accounts.models import Project, User
from tests.factories import DashboardFactory
from tests.support.errors import assert_error
from tests.support.wire_keys import USER_KEYS


def names(client: APIClient, url: str, query: str = "") -> list[str | None]:
    response = client.get(url + query)
    assert response.status_code == 200, response.json()
    return [row["name"] for row in response.json()["results"]]


def tag(dashboard: Dashboard, project: Project, *words: str) -> None:
    for word in words:
        row, _ = Tag.all_projects.get_or_create(project=project, name=word)
        dashboard.tags.add(row)


def test_it_lists_this_project_only(
    client: APIClient, project: Project, other_project: Project, url: str
) -> None:
    DashboardFactory.create(project=project, name="mine")
    DashboardFactory.create(project=other_project, name="theirs")
    assert names(client, url) == ["mine"]


def test_a_row_has_the_documented_keys_and_values(
    client: APIClient, project: Project, member: User, url: str
) -> None:
    dashboard = DashboardFactory.create(project=project, name="A", created_by=member)
    tag(dashboard, project, "b", "a")

    row = client.get(url).json()["results"][0]

    assert row["created_by"]["uuid"] == str(member.uuid)
    assert list(row["created_by"]) == USER_KEYS
    assert row["tags"] == ["a", "b"]
    assert (row["restriction_level"], row["effective_privilege_level"]) == (21, 37)
    assert (row["user_access_level"], row["access_control_version"]) == ("manager", "v2")
    assert (row["is_shared"], row["last_viewed_at"], row["team_id"]) == (False, None, project.pk)


@pytest.mark.parametrize("prefix", ["projects", "environments"])
@pytest.mark.parametrize("place", ["{id}", "@current", "%40current"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_every_spelling_of_the_url_works(
    client: APIClient, project: Project, prefix: str, place: str, slash: str
) -> None:
    DashboardFactory.create(project=project, name="mine")
    path = f"/api/{prefix}/{place.format(id=project.pk)}/dashboards{slash}"
    assert names(client, path) == ["mine"]


def test_pinned_come_first_then_names_and_nameless_last(
    client: APIClient, project: Project, url: str
) -> None:
    for name, pinned in [("b", False), (None, False), ("z", True), ("a", False), ("a", False)]:
        DashboardFactory.create(project=project, name=name, pinned=pinned)
    assert names(client, url) == ["z", "a", "a", "b", None]


def test_deleted_and_unlisted_are_left_out(client: APIClient, project: Project, url: str) -> None:
    DashboardFactory.create(project=project, name="gone", deleted=True)
    DashboardFactory.create(project=project, name="hidden", creation_mode=CreationMode.UNLISTED)
    DashboardFactory.create(project=project, name="copy", creation_mode=CreationMode.DUPLICATE)
    assert names(client, url) == ["copy"]
    assert names(client, url, "?creation_mode=unlisted") == ["hidden"]
    assert names(client, url, "?creation_mode=duplicate") == ["copy"]
    assert names(client, url, "?creation_mode=nonsense") == []
    assert names(client, url, "?creation_mode=") == ["copy"]


def test_exclude_generated_takes_only_the_word_true(
    client: APIClient, project: Project, url: str
) -> None:
    DashboardFactory.create(project=project, name="Generated Dashboard: x")
    DashboardFactory.create(project=project, name=None)
    assert names(client, url, "?exclude_generated=true") == [None]
    assert len(names(client, url, "?exclude_generated=1")) == 2


def test_tags_are_or_ed_and_never_split(client: APIClient, project: Project, url: str) -> None:
    for name, words in [("1", ["a", "b"]), ("2", ["b"]), ("3", ["c"]), ("4", ["a,b"])]:
        tag(DashboardFactory.create(project=project, name=name), project, *words)
    assert names(client, url, "?tags=a&tags=b") == ["1", "2"]
    assert names(client, url, "?tags=a,b") == ["4"]
    assert names(client, url, "?tags=%20A") == names(client, url, "?tags=a")
    assert names(client, url, "?tags=none") == []
    assert names(client, url, "?tags=") == names(client, url, "")


def test_search_finds_name_description_and_tag(
    client: APIClient, project: Project, url: str
) -> None:
    DashboardFactory.create(project=project, name="Weekly REVENUE")
    DashboardFactory.create(project=project, name="b", description="all about revenue")
    tag(DashboardFactory.create(project=project, name="c"), project, "revenue-team")
    DashboardFactory.create(project=project, name="100% of it")
    assert set(names(client, url, "?search=revenue")) == {"Weekly REVENUE", "b", "c"}
    assert names(client, url, "?search=0%25") == ["100% of it"]
    assert len(names(client, url, "?search=")) == 4


def test_a_search_of_201_characters_is_refused(client: APIClient, url: str) -> None:
    assert_error(
        client.get(url, {"search": "x" * 201}),
        400,
        code="max_length",
        detail="Search query must be 200 characters or fewer.",
        attr="search",
    )


def test_pinned_filters(client: APIClient, project: Project, url: str) -> None:
    DashboardFactory.create(project=project, name="p", pinned=True)
    DashboardFactory.create(project=project, name="q")
    assert names(client, url, "?pinned=true") == ["p"]
    assert names(client, url, "?pinned=false") == ["q"]
    assert_error(client.get(url + "?pinned=maybe"), 400, attr="pinned")


def test_pages_link_to_each_other_absolutely(client: APIClient, project: Project, url: str) -> None:
    for number in range(5):
        DashboardFactory.create(project=project, name=str(number))

    page = client.get(url + "?limit=2&offset=2&search=").json()

    assert page["count"] == 5
    assert [row["name"] for row in page["results"]] == ["2", "3"]
    assert page["next"] == f"http://testserver{url}?limit=2&offset=4&search="
    assert page["previous"] == f"http://testserver{url}?limit=2&search="
    assert names(client, page["next"]) == ["4"]


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=-1", "?limit=x", "?offset=-3", "?offset=x", "?limit=1e9"]
)
def test_a_bad_page_counts_as_none_given(
    client: APIClient, project: Project, url: str, query: str
) -> None:
    DashboardFactory.create(project=project, name="only")
    assert names(client, url, query) == ["only"]


def test_an_offset_past_the_end_is_an_empty_page(
    client: APIClient, project: Project, url: str
) -> None:
    DashboardFactory.create(project=project)
    page = client.get(url + "?offset=50").json()
    assert (page["count"], page["results"], page["next"]) == (1, [], None)
    assert page["previous"] is not None


@pytest.mark.parametrize(
    "query",
    [
        "?limit=" + "9" * 40,
        "?offset=" + "9" * 40,
        "?limit=%00",
        "?tags=%00",
        "?search=%00",
        "?creation_mode=%00",
        "?creation_mode=" + "x" * 5000,
        "?format=csv",
        "?tags=" + "x" * 5000,
    ],
)
def test_hostile_queries_are_never_a_500(client: APIClient, url: str, query: str) -> None:
    assert client.get(url + query).status_code in (200, 400, 404)


def test_format_txt_is_one_server_sent_event(client: APIClient, url: str) -> None:
    response = client.get(url + "?format=txt")
    assert response["Content-Type"].startswith("text/event-stream")
    assert response.content.startswith(b'data: {"count":0')


@pytest.mark.parametrize("rows", [1, 10])
def test_the_query_count_does_not_grow(
    client: APIClient, project: Project, member: User, url: str, rows: int
) -> None:
    for number in range(rows):
        dashboard = DashboardFactory.create(project=project, created_by=member)
        tag(dashboard, project, f"t{number}", "all")
    client.get(url)  # notes the first use of the key
    with assertNumQueries(3):  # caller and project, count, page
        client.get(url)
