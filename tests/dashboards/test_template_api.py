"""/dashboard_templates/."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from dashboards.models import DashboardTemplate
from dashboards.models.template import TemplateScope
from dashboards.selectors.templates import template_schema
from dashboards.services.template_store import TemplateNameTaken, create_template
from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import MembershipLevel, Project, User
from tests.factories import make_member
from tests.support.errors import assert_error

KEYS = (
    "id template_name dashboard_description dashboard_filters tags tiles variables deleted "
    "created_at created_by image_url team_id scope availability_contexts is_featured"
)
TILES = [{"type": "TEXT", "body": "Hello"}]
NOT_EDITABLE = "You don't have edit permissions for this dashboard template."
NAME_TAKEN = "A dashboard template with this name already exists for this project."


@pytest.fixture
def staff(project: Project, key_client: Callable[..., APIClient]) -> APIClient:
    return key_client(make_member(project, "staff@example.com", is_staff=True))


def url(project: Project, template: DashboardTemplate | str = "") -> str:
    pk = template.pk if isinstance(template, DashboardTemplate) else template
    return f"/api/projects/{project.pk}/dashboard_templates/" + (f"{pk}/" if pk else "")


def post(client: APIClient, project: Project, **fields: Any) -> Any:
    body = {"template_name": "Signups", "tiles": TILES, **fields}
    return client.post(url(project), body, format="json")


def patch(client: APIClient, project: Project, template: Any, **fields: Any) -> Any:
    return client.patch(url(project, template), fields, format="json")


def store(project: Project | None, **fields: Any) -> DashboardTemplate:
    fields = {"template_name": "Signups", "tiles": TILES, **fields}
    return DashboardTemplate.objects.create(project=project, **fields)


def listed(client: APIClient, project: Project, **query: Any) -> list[str]:
    response = client.get(url(project), query)
    assert response.status_code == 200, response.json()
    return [row["template_name"] for row in response.json()["results"]]


def test_a_member_stores_a_template_of_the_project(
    client: APIClient, project: Project, member: User
) -> None:
    variable = {
        "id": "SIGNED_UP",
        "name": "Signed up",
        "type": "event",
        "default": {},
        "description": "",
        "required": True,
    }
    sent = {
        "template_name": "Signups",
        "dashboard_description": "How people sign up",
        "dashboard_filters": {"date_from": "-7d"},
        "tags": ["growth"],
        "tiles": [{"type": "INSIGHT", "name": "x", "query": None, "extra": 1}],
        "variables": [variable],
        "image_url": "https://example.com/a.png",
        "availability_contexts": ["onboarding"],
        "is_featured": True,
    }
    response = client.post(url(project), sent, format="json")
    body = response.json()
    assert response.status_code == 201
    assert {key: body[key] for key in sent} == sent
    assert (body["scope"], body["deleted"]) == ("team", False)
    assert (body["team_id"], body["created_by"]) == (project.pk, member.pk)
    assert " ".join(body) == KEYS
    assert client.get(url(project, body["id"])).json() == body


def test_only_name_and_tiles_are_needed(client: APIClient, project: Project) -> None:
    body = post(client, project, team_id=99, created_by=99, id=str(uuid.uuid4())).json()
    assert (body["dashboard_description"], body["dashboard_filters"]) == ("", {})
    assert (body["tags"], body["variables"]) == ([], None)
    assert body["team_id"] == project.pk


def test_the_list_holds_own_and_global_templates(
    client: APIClient, project: Project, other_project: Project
) -> None:
    store(project, template_name="b own")
    store(None, template_name="c for all", scope=TemplateScope.GLOBAL)
    store(other_project, template_name="a shared", scope=TemplateScope.GLOBAL)
    store(None, template_name="flagged", scope=TemplateScope.FEATURE_FLAG)
    store(project, template_name="deleted", deleted=True)
    store(other_project, template_name="foreign")
    store(other_project, template_name="foreign flagged", scope=TemplateScope.FEATURE_FLAG)
    assert listed(client, project) == ["a shared", "b own", "c for all"]
    assert listed(client, project, scope="global") == ["a shared", "c for all"]
    assert listed(client, project, scope="feature_flag") == ["flagged"]
    assert listed(client, project, scope="team") == ["b own"]


def test_the_list_is_paginated_and_ordered(client: APIClient, project: Project) -> None:
    for name in "bca":
        store(project, template_name=name)
    assert listed(client, project, ordering="template_name") == ["a", "b", "c"]
    assert listed(client, project, ordering="-template_name") == ["c", "b", "a"]
    assert listed(client, project, ordering="created_at") == ["b", "c", "a"]
    assert listed(client, project, ordering="-created_at") == ["a", "c", "b"]
    response = client.get(url(project), {"limit": 1, "offset": 1}).json()
    assert (response["count"], len(response["results"])) == (3, 1)
    assert response["next"]
    assert response["previous"]


def test_the_list_can_show_featured_ones_only(client: APIClient, project: Project) -> None:
    store(project, template_name="plain")
    store(project, template_name="featured", is_featured=True)
    flagged = {"is_featured": True, "scope": TemplateScope.FEATURE_FLAG}
    store(project, template_name="to be tried", **flagged)
    assert listed(client, project, is_featured="true") == ["featured"]
    assert listed(client, project, is_featured="false") == ["plain"]
    assert listed(client, project) == ["featured", "to be tried", "plain"]
    assert listed(client, project, ordering="-template_name") == [
        "to be tried",
        "plain",
        "featured",
    ]
    assert listed(client, project, scope="feature_flag", is_featured="true") == ["to be tried"]


def test_search_finds_words_in_name_tags_and_description_best_first(
    client: APIClient, project: Project
) -> None:
    store(project, template_name="c", dashboard_description="All about revenue")
    store(project, template_name="b", tags=["revenue", "money"])
    store(project, template_name="a year of revenue")
    store(project, template_name="other", dashboard_description="All about people")
    assert listed(client, project, search="revenue") == ["a year of revenue", "b", "c"]
    assert listed(client, project, search="REVENUES") == ["a year of revenue", "b", "c"]
    by_name = listed(client, project, search="revenue", ordering="-template_name")
    assert by_name == ["c", "b", "a year of revenue"]
    assert listed(client, project, search="nothing") == []
    assert len(listed(client, project, search="  ")) == 4


@pytest.mark.parametrize("text", ["' & | ! ( ) : *", "a:*", "\\", "%", "é", "the"])
def test_search_takes_any_text(client: APIClient, project: Project, text: str) -> None:
    store(project)
    assert listed(client, project, search=text) == []


@pytest.mark.parametrize(
    ("query", "attr"),
    [
        ({"scope": "everything"}, "scope"),
        ({"ordering": "tags"}, "ordering"),
        ({"search": "x" * 201}, "search"),
        ({"search": "a\x00b"}, "search"),
        ({"is_featured": "perhaps"}, "is_featured"),
    ],
)
def test_a_wrong_filter_is_refused(
    client: APIClient, project: Project, query: dict[str, str], attr: str
) -> None:
    assert_error(client.get(url(project), query), 400, attr=attr)


@pytest.mark.parametrize("pk", ["1", "nonsense", "0198e2a4-0000-7000-8000-000000000000"])
def test_an_unknown_template_is_not_found(client: APIClient, project: Project, pk: str) -> None:
    assert_error(client.get(url(project, pk)), 404, detail="Not found.")
    assert_error(patch(client, project, pk, template_name="x"), 404, detail="Not found.")


@pytest.mark.parametrize("method", ["patch", "put"])
def test_a_change_leaves_the_rest_alone(client: APIClient, project: Project, method: str) -> None:
    template = store(project, tags=["kept"])
    body = {"dashboard_description": "new"}
    response = getattr(client, method)(url(project, template), body, format="json")
    assert response.status_code == 200
    assert response.json()["dashboard_description"] == "new"
    assert (response.json()["tags"], response.json()["template_name"]) == (["kept"], "Signups")


def test_a_deleted_template_is_gone_until_it_is_restored(
    client: APIClient, project: Project
) -> None:
    template = store(project)
    assert patch(client, project, template, deleted=True).json()["deleted"] is True
    assert listed(client, project) == []
    assert_error(client.get(url(project, template)), 404)
    assert_error(patch(client, project, template, template_name="x"), 404)
    assert patch(client, project, template, deleted=False).json()["deleted"] is False
    assert listed(client, project) == ["Signups"]


def test_delete_is_405_without_a_body(client: APIClient, project: Project) -> None:
    template = store(project)
    for pk in (template.pk, uuid.uuid4()):
        response = client.delete(url(project, str(pk)))
        assert (response.status_code, response.content) == (405, b"")
        assert "Content-Type" not in response.headers
    assert listed(client, project) == ["Signups"]


@pytest.mark.parametrize("fields", [{"tiles": []}, {"tiles": None}])
def test_tiles_are_needed(client: APIClient, project: Project, fields: dict[str, Any]) -> None:
    response = post(client, project, **fields)
    assert_error(response, 400, attr="tiles")
    template = store(project)
    assert_error(patch(client, project, template, **fields), 400, attr="tiles")


def test_a_template_without_tiles_says_so(client: APIClient, project: Project) -> None:
    response = client.post(url(project), {"template_name": "x"}, format="json")
    assert_error(response, 400, attr="tiles", detail="You need to provide tiles for the template.")


@pytest.mark.parametrize(
    ("fields", "attr"),
    [
        ({"template_name": None}, "template_name"),
        ({"template_name": ""}, "template_name"),
        ({"template_name": "x" * 401}, "template_name"),
        ({"dashboard_description": "x" * 401}, "dashboard_description"),
        ({"dashboard_filters": [1]}, "dashboard_filters"),
        ({"tags": "x"}, "tags"),
        ({"tags": ["x" * 256]}, "tags"),
        ({"tiles": "x"}, "tiles"),
        ({"tiles": TILES * 501}, "tiles"),
        ({"tiles": [{"type": "INSIGHT", "query": {"kind": "Nonsense"}}]}, "tiles"),
        ({"variables": "x"}, "variables"),
        ({"image_url": "x" * 8202}, "image_url"),
        ({"scope": "everyone"}, "scope"),
        ({"availability_contexts": "x"}, "availability_contexts"),
        ({"deleted": "perhaps"}, "deleted"),
    ],
)
def test_what_cannot_be_stored_is_refused(
    client: APIClient, project: Project, fields: dict[str, Any], attr: str
) -> None:
    assert_error(post(client, project, **fields), 400, attr=attr)
    assert not DashboardTemplate.all_projects.exists()


def test_a_tile_that_breaks_the_json_schema_is_refused(client: APIClient, project: Project) -> None:
    response = post(client, project, tiles=[{"type": "TEXT", "body": "x" * 4001}])
    assert_error(response, 400, code="invalid_input")
    assert "On instance['tiles'][0]['body']" in response.json()["detail"]


def test_other_media_types_than_json_are_refused(client: APIClient, project: Project) -> None:
    assert_error(client.post(url(project), {"template_name": "x"}, format="multipart"), 415)


def test_a_name_is_taken_once_while_its_template_lives(
    client: APIClient, project: Project, other_project: Project
) -> None:
    store(other_project)
    first = post(client, project).json()
    refused = post(client, project)
    assert_error(refused, 400, attr="template_name", detail=NAME_TAKEN)
    patch(client, project, first["id"], deleted=True)
    assert post(client, project).status_code == 201
    assert_error(
        patch(client, project, first["id"], deleted=False),
        400,
        attr="template_name",
        detail=NAME_TAKEN,
    )


def test_renaming_to_a_taken_name_is_refused(client: APIClient, project: Project) -> None:
    post(client, project)
    second = post(client, project, template_name="Second").json()
    response = patch(client, project, second["id"], template_name="Signups")
    assert_error(response, 400, attr="template_name", detail=NAME_TAKEN)


@pytest.mark.parametrize("scope", ["global", "feature_flag"])
def test_members_do_not_write_what_other_projects_see(
    client: APIClient, project: Project, scope: str
) -> None:
    assert_error(post(client, project, scope=scope), 403, detail=NOT_EDITABLE)
    own, shared = store(project), store(None, scope=scope, template_name="x")
    assert_error(patch(client, project, own, scope=scope), 403, detail=NOT_EDITABLE)
    assert_error(patch(client, project, shared, deleted=True), 403, detail=NOT_EDITABLE)
    own.refresh_from_db()
    assert own.scope == TemplateScope.TEAM


def test_a_bad_body_does_not_hide_that_the_template_is_not_editable(
    client: APIClient, project: Project
) -> None:
    shared = store(None, scope=TemplateScope.GLOBAL)
    assert_error(patch(client, project, shared, tiles="x"), 403, detail=NOT_EDITABLE)


def test_staff_write_global_templates(staff: APIClient, project: Project) -> None:
    created = post(staff, project, scope="global")
    assert created.status_code == 201
    changed = patch(staff, project, created.json()["id"], dashboard_description="x")
    assert changed.status_code == 200
    assert patch(staff, project, created.json()["id"], scope="team").status_code == 200


def test_a_template_of_no_project_cannot_become_private(staff: APIClient, project: Project) -> None:
    shared = store(None, scope=TemplateScope.GLOBAL)
    assert_error(
        patch(staff, project, shared, scope="team"),
        400,
        attr="scope",
        detail="The original templates cannot be made private as they would be lost.",
    )


def test_the_json_schema_may_be_cached_for_two_minutes(client: APIClient, project: Project) -> None:
    response = client.get(url(project, "json_schema"))
    assert (response.status_code, response["Cache-Control"]) == (200, "max-age=120")
    assert response.json() == template_schema()


@pytest.mark.django_db(transaction=True)
def test_of_four_with_one_name_at_once_exactly_one_is_stored(
    project: Project, member: User
) -> None:
    access = ProjectAccess(project, member, MembershipLevel.MEMBER)
    start = Barrier(4)

    def create(_: int) -> bool:
        try:
            start.wait(timeout=10)
            create_template(access=access, fields={"template_name": "x", "tiles": TILES})
        except TemplateNameTaken:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(create, range(4))).count(True) == 1
    assert DashboardTemplate.all_projects.count() == 1


def test_the_number_of_queries_does_not_grow_with_the_rows(
    client: APIClient, project: Project, member: User
) -> None:
    counts = []
    client.get(url(project))  # the key's last use is noted once a while
    for number in (1, 10):
        for index in range(number):
            store(project, template_name=f"{number} {index}", created_by=member)
        with CaptureQueriesContext(connection) as queries:
            client.get(url(project))
        counts.append(len(queries))
    # key with user, project with membership, count, templates
    assert counts == [3, 3]  # caller and project, count, page
