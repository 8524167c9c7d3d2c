from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dashboards.models import InsightVariable
from dashboards.selectors.variables import list_variables, variable_ids_by_code_name
from posthog_lite.accounts.models import Project, User
from tests.support.errors import assert_error


@pytest.fixture
def variables_url(project: Project) -> str:
    return f"/api/environments/{project.pk}/insight_variables/"


def make_variable(project: Project, name: str, **fields: Any) -> InsightVariable:
    fields = {"type": "String", "code_name": name.lower()} | fields
    return InsightVariable.objects.create(project=project, name=name, **fields)


def test_a_variable_is_made_and_read_back(
    client: APIClient, variables_url: str, member: User, project: Project
) -> None:
    sent = {"name": "Test @#$ Var!", "type": "Number", "default_value": {"any": [1]}}

    response = client.post(variables_url, {**sent, "id": "x", "code_name": "mine"})

    body = response.json()
    assert response.status_code == 201
    assert body.pop("created_at") is not None
    assert body == {
        **sent,
        "id": str(InsightVariable.all_projects.get().pk),
        "code_name": "test__var",
        "values": None,
        "is_multi": False,
        "created_by": member.pk,
    }
    shown = client.get(f"/api/projects/{project.pk}/insight_variables/{body['id']}").json()
    assert shown["code_name"] == "test__var"


@pytest.mark.parametrize(
    ("name", "code_name"),
    [("foo  bar", "foo__bar"), ("Plan_A", "plan_a"), ("Größe 2", "größe_2")],
)
def test_the_code_name_follows_from_the_name(
    client: APIClient, variables_url: str, name: str, code_name: str
) -> None:
    body = client.post(variables_url, {"name": name, "type": "String"}).json()

    assert body["code_name"] == code_name


def test_renaming_keeps_the_code_name(
    client: APIClient, variables_url: str, project: Project
) -> None:
    variable = make_variable(project, "Plan")

    body = client.patch(f"{variables_url}{variable.pk}/", {"name": "Tier"}).json()

    assert (body["name"], body["code_name"]) == ("Tier", "plan")


@pytest.mark.parametrize(
    ("sent", "values", "default", "is_multi"),
    [
        ({}, [], None, False),
        ({"values": "x"}, [], None, False),
        ({"values": None}, [], None, False),
        ({"values": ["a", 1, True, None, 1.5]}, ["a", "1", "true", "1.5"], None, False),
        ({"default_value": 5}, [], "5", False),
        ({"default_value": ["a", "b"]}, [], "a", False),
        ({"default_value": []}, [], None, False),
        ({"default_value": "a", "is_multi": True}, [], ["a"], True),
        ({"default_value": [1, None], "is_multi": True}, [], ["1"], True),
        ({"is_multi": True}, [], [], True),
    ],
)
def test_a_list_variable_holds_strings(
    client: APIClient,
    variables_url: str,
    sent: dict[str, Any],
    values: list[str],
    default: Any,
    is_multi: bool,
) -> None:
    body = client.post(variables_url, {"name": "n", "type": "List", **sent}).json()

    assert (body["values"], body["default_value"], body["is_multi"]) == (values, default, is_multi)


def test_other_types_have_no_values_and_are_single(
    client: APIClient, variables_url: str, project: Project
) -> None:
    variable = make_variable(project, "n", type="List", values=["a"], is_multi=True)

    body = client.patch(f"{variables_url}{variable.pk}/", {"type": "String"}).json()

    assert (body["values"], body["is_multi"]) == (None, False)


def test_the_default_follows_a_change_of_is_multi(
    client: APIClient, variables_url: str, project: Project
) -> None:
    variable = make_variable(project, "n", type="List", values=["a"], default_value="a")
    url = f"{variables_url}{variable.pk}/"

    assert client.patch(url, {"is_multi": True}).json()["default_value"] == ["a"]
    assert client.patch(url, {"is_multi": False}).json()["default_value"] == "a"


def test_old_odd_rows_are_read_clean_and_not_rewritten(
    client: APIClient, variables_url: str, project: Project
) -> None:
    odd = [1, None, {"x": 1}, True]
    variable = make_variable(project, "n", type="List", values=odd)

    assert client.get(f"{variables_url}{variable.pk}/").json()["values"] == ["1", "true"]
    variable.refresh_from_db()
    assert variable.values == odd


def test_a_deleted_variable_is_gone_and_its_name_free(
    client: APIClient, variables_url: str, project: Project
) -> None:
    url = f"{variables_url}{make_variable(project, 'Plan').pk}/"

    response = client.delete(url)

    assert (response.status_code, response.content) == (204, b"")
    assert_error(client.get(url), 404, detail="Not found.")
    assert_error(client.delete(url), 404)
    assert client.post(variables_url, {"name": "plan", "type": "Date"}).status_code == 201


def test_the_list_takes_pages_and_limits(
    client: APIClient, variables_url: str, project: Project, other_project: Project
) -> None:
    for number in range(5):
        make_variable(project, f"v{number}")
    make_variable(other_project, "foreign")

    def names(**query: Any) -> list[str]:
        return [row["name"] for row in client.get(variables_url, query).json()["results"]]

    assert client.get(variables_url).json()["count"] == 5
    assert names() == ["v0", "v1", "v2", "v3", "v4"]
    assert names(limit=2, offset=1) == ["v1", "v2"]
    assert names(limit=2, page=3) == ["v4"]
    assert names(page="x") == names(page="0") == names(page="1") == names()
    assert names(page="9" * 40) == names(page=2) == []


def test_the_next_page_follows_from_any_page(
    client: APIClient, variables_url: str, project: Project
) -> None:
    for number in range(5):
        make_variable(project, f"v{number}")
    body = client.get(variables_url, {"limit": 2, "page": 1}).json()

    following = client.get(body["next"]).json()

    assert [row["name"] for row in following["results"]] == ["v2", "v3"]


def test_a_page_holds_500_rows(client: APIClient, variables_url: str, project: Project) -> None:
    InsightVariable.objects.bulk_create(
        InsightVariable(project=project, name="n", type="String", code_name=f"n{n}")
        for n in range(501)
    )

    body = client.get(variables_url).json()

    assert (body["count"], len(body["results"])) == (501, 500)


# -- Refusals ------------------------------------------------------------------------------------


def test_a_code_name_is_taken_once_per_project(
    client: APIClient, variables_url: str, project: Project, other_project: Project
) -> None:
    make_variable(other_project, "Plan")
    assert client.post(variables_url, {"name": "Plan", "type": "String"}).status_code == 201

    response = client.post(variables_url, {"name": "plan!", "type": "List"})

    detail = "Variable with this code name already exists"
    assert_error(response, 400, code="invalid_input", attr="name", detail=detail)
    assert InsightVariable.objects.for_project(project).count() == 1


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({"type": "String"}, "name"),
        ({"name": " ", "type": "String"}, "name"),
        ({"name": "!?", "type": "String"}, "name"),
        ({"name": "_ _", "type": "String"}, "name"),
        ({"name": "x" * 401, "type": "String"}, "name"),
        ({"name": "İ" * 300, "type": "String"}, "name"),
        ({"name": "n"}, "type"),
        ({"name": "n", "type": "Colour"}, "type"),
        ({"name": "n", "type": "List", "values": [{"a": 1}]}, "values"),
        ({"name": "n", "type": "List", "values": [["a"]]}, "values"),
        ({"name": "n", "type": "List", "default_value": {"a": 1}}, "default_value"),
        ({"name": "n", "type": "List", "is_multi": None}, "is_multi"),
    ],
)
def test_a_bad_variable_is_refused_with_its_field(
    client: APIClient, variables_url: str, sent: dict[str, Any], attr: str
) -> None:
    assert_error(client.post(variables_url, sent), 400, attr=attr)
    assert not InsightVariable.all_projects.exists()


def test_a_bad_patch_changes_nothing(
    client: APIClient, variables_url: str, project: Project
) -> None:
    variable = make_variable(project, "Plan", type="List", values=["a"])

    response = client.patch(f"{variables_url}{variable.pk}/", {"name": "x", "values": [[]]})

    assert_error(response, 400, attr="values")
    variable.refresh_from_db()
    assert variable.name == "Plan"


def test_a_put_needs_name_and_type(client: APIClient, variables_url: str, project: Project) -> None:
    url = f"{variables_url}{make_variable(project, 'Plan').pk}/"

    assert_error(client.put(url, {"name": "x"}), 400, attr="type", code="required")
    assert client.put(url, {"name": "x", "type": "Date"}).json()["type"] == "Date"
    assert client.patch(url, {}).status_code == 200


@pytest.mark.parametrize("lookup", ["1", "nope", "00000000-0000-0000-0000-000000000000", "%00"])
def test_what_names_no_variable_is_404(client: APIClient, variables_url: str, lookup: str) -> None:
    assert_error(client.get(f"{variables_url}{lookup}/"), 404, detail="Not found.")
    assert_error(client.patch(f"{variables_url}{lookup}/", {"type": "bad"}), 404)
    assert_error(client.put(f"{variables_url}{lookup}/", {}), 404)


# -- Queries and selectors -----------------------------------------------------------------------


def test_one_and_ten_rows_take_the_same_queries(
    client: APIClient, variables_url: str, project: Project, member: User
) -> None:
    client.get(variables_url)  # the key's first use writes
    counts = []
    for numbers in (range(1), range(1, 10)):
        for number in numbers:
            make_variable(project, f"v{number}", created_by=member)
        with CaptureQueriesContext(connection) as queries:
            client.get(variables_url)
        counts.append(len(queries))

    assert counts == [3, 3]  # caller and project, count, page


def test_the_selectors_keep_to_the_project(project: Project, other_project: Project) -> None:
    variable = make_variable(project, "Plan")
    make_variable(other_project, "Other")

    assert list(list_variables(project=project)) == [variable]
    assert variable_ids_by_code_name(project=project) == {"plan": str(variable.pk)}
