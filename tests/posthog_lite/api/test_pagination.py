"""Following the links of a list, whatever it is asked for."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from dashboards.models import InsightVariable
from posthog_lite.accounts.models import Project
from tests.factories import DashboardFactory, InsightFactory, ThemeFactory

pytestmark = pytest.mark.django_db

ROWS = 7
LISTS = ["dashboards", "insights", "data_color_themes", "insight_variables"]
# Where a parameter means something to a list, all rows still match.
others = st.dictionaries(
    st.sampled_from(["search", "tag[]", "é&=", "page", "format"]),
    st.sampled_from(["", "row", "RoW"]),
    max_size=3,
).filter(lambda given_: given_.get("format") in (None, ""))


@pytest.fixture
def rows(project: Project) -> None:
    for number in range(ROWS):
        name = f"row {number % 3}"  # names that are the same must not make rows come twice
        DashboardFactory.create(project=project, name=name)
        InsightFactory.create(project=project, name=name)
        ThemeFactory.create(project=project, name=name)
        InsightVariable.all_projects.create(
            project=project, name=name, code_name=f"row_{number}", type="String"
        )


# No example changes a row, so that all of them may share the fixture's.
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    noun=st.sampled_from(LISTS),
    limit=st.integers(1, ROWS + 3),
    offset=st.integers(0, ROWS + 3),
    parameters=others,
)
def test_links_lead_through_every_row_once(
    rows: None,
    client: APIClient,
    project: Project,
    noun: str,
    limit: int,
    offset: int,
    parameters: dict[str, str],
) -> None:
    url = f"/api/projects/{project.pk}/{noun}/"
    parameters.pop("page", None)
    whole = ids(client.get(f"{url}?{urlencode(parameters)}").json())
    assert len(whole) >= ROWS

    query = urlencode({**parameters, "limit": limit, "offset": offset})
    forward = list(follow(client, f"{url}?{query}", "next"))
    assert [row for page in forward for row in ids(page)] == whole[offset:]
    assert {page["count"] for page in forward} == {len(whole)}

    pages = list(follow(client, f"{url}?{query}", "previous"))
    back = [row for page in reversed(pages) for row in ids(page)]
    if offset % limit == 0:
        assert back == whole[: offset + limit]
    else:  # the first page begins at the first row and so ends within the second
        assert sorted(set(back), key=whole.index) == whole[: offset + limit]


def ids(page: Any) -> list[Any]:
    return [row["id"] for row in page["results"]]


def follow(client: APIClient, url: str | None, link: str) -> Any:
    """The page at `url` and those its links lead to."""
    while url is not None:
        page = client.get(url).json()
        yield page
        url = page[link]
