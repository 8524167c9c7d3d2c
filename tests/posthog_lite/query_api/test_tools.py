from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project, User
from posthog_lite.events.models import Action
from posthog_lite.query_api import tools
from tests.conftest import KeyClient
from tests.posthog_lite.events.capturing import capture, captured, identify
from tests.support.errors import assert_error


@pytest.fixture
def no_events(project: Project, engine: ModuleType) -> str:
    return f"/api/projects/{project.pk}/mcp_tools"


@pytest.fixture
def url(project: Project, no_events: str) -> str:
    session = {"$session_id": "0198c0de-0000-7000-8000-00000000000a"}
    page = {"$current_url": "https://example.org/a", "plan": {"seats": list(range(300))}}
    grouped = {"$group_type": "company", "$group_key": "acme", "$group_set": {"size": 3}}
    capture(
        project,
        captured("$pageview", "ann", {**page, **session}),
        captured("signed up", "ann", {"price": 2, **session}),
        captured("signed up", "bob", {"price": 2}),
        captured("signed up", "bob", {"price": 10}),
        captured("$groupidentify", "bob", grouped),
    )
    capture(project, identify("ann", "anonymous-1", email="ann@example.org"))
    return no_events


def told(client: APIClient, url: str, tool: str, args: dict[str, Any]) -> tuple[bool, str]:
    response = client.post(f"{url}/{tool}/", {"args": args})
    assert response.status_code == 200, response.content
    assert list(response.json()) == ["success", "content"]
    return response.json()["success"], response.json()["content"]


def taxonomy(client: APIClient, url: str, kind: str, **asked: Any) -> list[str]:
    is_known, text = told(client, url, "read_taxonomy", {"query": {"kind": kind, **asked}})
    assert is_known, text
    return text.split("\n")


def test_sql_is_answered_with_text(client: APIClient, url: str) -> None:
    sql = "SELECT event, count() AS n FROM events GROUP BY event ORDER BY n DESC, event LIMIT 2;"
    found = told(client, url, "execute_sql", {"query": sql, "connectionId": None})
    assert found == (True, "event|n\nsigned up|3\n$groupidentify|1")
    nothing = "SELECT event FROM events WHERE event = 'none'"
    assert told(client, url, "execute_sql", {"query": nothing}) == (True, "event\n(no rows)")


def test_long_cells_are_cut_unless_they_are_wanted(client: APIClient, no_events: str) -> None:
    asked = {"query": "SELECT range(300) AS many"}
    _, short = told(client, no_events, "execute_sql", asked)
    assert short.endswith("...truncated")
    _, whole = told(client, no_events, "execute_sql", {**asked, "truncate": False})
    assert whole.endswith("298,299]")


def test_what_is_wrong_with_sql_is_told(client: APIClient, no_events: str) -> None:
    for sql, reason in (
        ("SELEC 1", "SELEC"),
        ("SELECT a FROM nowhere", "nowhere"),
        ("DROP TABLE events", "DROP"),
    ):
        is_run, text = told(client, no_events, "execute_sql", {"query": sql})
        assert not is_run
        assert reason in text


def test_events_and_their_properties_are_told(
    client: APIClient, url: str, project: Project
) -> None:
    assert taxonomy(client, url, "events")[:2] == ["event|number", "signed up|3"]
    assert len(taxonomy(client, url, "events", limit=1, offset=1)) == 2
    about = {"event_name": "signed up"}
    assert "price|3" in taxonomy(client, url, "event_properties", **about)
    values = taxonomy(client, url, "event_property_values", **about, property_name="price")
    assert values == ["value|number", "2|2", "10|1"]
    action = Action.objects.create(project=project, name="Seen", steps=[{"event": "$pageview"}])
    assert "plan|1" in taxonomy(client, url, "action_properties", action_id=action.pk)
    wanted = {"action_id": action.pk, "property_name": "$current_url"}
    values = taxonomy(client, url, "action_property_values", **wanted)
    assert values[1:] == ["https://example.org/a|1"]
    assert taxonomy(client, url, "event_properties", event_name="x")[1:] == [tools.NO_ROWS]


def test_properties_of_people_groups_and_sessions_are_told(client: APIClient, url: str) -> None:
    def values(entity: str, name: str) -> list[str]:
        wanted = {"entity": entity, "property_name": name}
        return taxonomy(client, url, "entity_property_values", **wanted)[1:]

    assert "email|1" in taxonomy(client, url, "entity_properties", entity="person")
    assert values("person", "email") == ["ann@example.org|1"]
    assert "size|1" in taxonomy(client, url, "entity_properties", entity="company")
    assert values("company", "size") == ["3|1"]
    assert "$entry_pathname" in taxonomy(client, url, "entity_properties", entity="session")
    assert values("session", "$entry_pathname") == ["/a|1"]


def test_names_that_there_are_not_are_told(client: APIClient, url: str) -> None:
    def refusal(kind: str, **asked: str) -> str:
        is_known, text = told(client, url, "read_taxonomy", {"query": {"kind": kind, **asked}})
        assert not is_known
        return text

    unknown = refusal("entity_properties", entity="planet")
    assert unknown == "There is no `planet`: choose of person, session, company."
    wanted = {"entity": "session", "property_name": "x) --"}
    assert refusal("entity_property_values", **wanted).startswith("There is no `x) --`: choose of")


def test_an_action_that_is_gone_is_told(client: APIClient, no_events: str) -> None:
    asked = {"kind": "action_properties", "action_id": 99}
    is_known, text = told(client, no_events, "read_taxonomy", {"query": asked})
    assert (is_known, "99" in text) == (False, True)


def test_tables_are_described(client: APIClient, project: Project) -> None:
    url = f"/api/environments/{project.pk}/mcp_tools"
    asked: dict[str, Any] = {"kind": "data_warehouse_schema"}
    _, everything = told(client, url, "read_data_warehouse_schema", {"query": asked})
    assert "events\n- uuid: UUID\n- event: String" in everything
    assert "- person: row of persons" in everything
    _, two = told(
        client,
        url,
        "read_data_warehouse_schema",
        {"query": {**asked, "table_names": ["persons", "groups"]}},
    )
    assert [part.partition("\n")[0] for part in two.split("\n\n")] == ["persons", "groups"]
    one = {"kind": "data_warehouse_table", "table_name": "x"}
    is_known, text = told(client, url, "read_data_warehouse_schema", {"query": one})
    assert (is_known, text.startswith("There is no `x`")) == (False, True)


@pytest.mark.parametrize(
    ("tool", "args", "attr"),
    [
        ("execute_sql", None, "args"),
        ("execute_sql", {}, "args__query"),
        ("execute_sql", {"query": "SELECT 1", "connectionId": "x"}, "args__connectionId"),
        ("execute_sql", {"query": "SELECT 1", "sendRawQuery": True}, "args__sendRawQuery"),
        ("read_taxonomy", {"query": {"kind": "x"}}, "args__query__kind"),
        ("read_taxonomy", {"query": {"kind": "event_properties"}}, "args__query__event_name"),
        ("read_taxonomy", {"query": {"kind": "events", "limit": 501}}, "args__query__limit"),
        ("read_data_warehouse_schema", {"query": {"kind": "x"}}, "args__query__kind"),
    ],
)
def test_bad_arguments_are_refused(
    client: APIClient, project: Project, tool: str, args: Any, attr: str
) -> None:
    url = f"/api/projects/{project.pk}/mcp_tools/{tool}/"
    assert_error(client.post(url, {"args": args}), 400, attr=attr)


TAXONOMY_SCOPES = ["query:read", "action:read", "event_definition:read", "property_definition:read"]


def test_tools_need_the_scopes_of_what_they_tell(
    key_client: KeyClient, member: User, project: Project
) -> None:
    url = f"/api/projects/{project.pk}/mcp_tools"
    body = {"args": {"query": {"kind": "events"}}}
    for missing in TAXONOMY_SCOPES:
        client = key_client(member, scopes=[one for one in TAXONOMY_SCOPES if one != missing])
        assert_error(client.post(f"{url}/read_taxonomy/", body), 403, code="permission_denied")
    asked = {"args": {"query": "SELECT 1"}}
    client = key_client(member, scopes=["insight:read"])
    assert_error(client.post(f"{url}/execute_sql/", asked), 403, code="permission_denied")
    assert client.post(f"{url}/other/", asked).status_code == 404


def test_what_a_tool_costs_the_database(client: APIClient, no_events: str) -> None:
    told(client, no_events, "execute_sql", {"query": "SELECT 1"})
    with assertNumQueries(7):
        told(client, no_events, "execute_sql", {"query": "SELECT 2"})
