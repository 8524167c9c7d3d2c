"""What the MCP servers, the agent toolkit and CLIs ask of `query/`, from captured events on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from posthog_lite.accounts.models import Project, User
from tests.contract.conftest import Connect
from tests.contract.support import ERROR, SQL, TRENDS, Wire, assert_shape, maybe
from tests.posthog_lite.query.test_mutated_queries import mutated
from tests.support.golden import Case

MCP = {"Content-Type": "application/json", "X-PostHog-Client": "mcp"}
ENVELOPE = {"results": list, "hogql": maybe(str), "is_cached": bool, "timezone": str}
TABLE = {**ENVELOPE, "columns": [str], "types": list, "hasMore": maybe(bool)}
STEPS = [{"kind": "EventsNode", "event": name} for name in ("$pageview", "signed up")]
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def captured(project: Project, engine: ModuleType) -> None:
    """Ada saw a page and signed up, bob saw a page; yesterday."""
    names = (("ada", "$pageview"), ("ada", "signed up"), ("bob", "$pageview"))
    batch = [
        {
            "event": name,
            "distinct_id": who,
            "timestamp": (YESTERDAY + timedelta(minutes=at)).isoformat(),
            "properties": {"$browser": "Chrome", "$set": {"email": f"{who}@example.com"}},
        }
        for at, (who, name) in enumerate(names)
    ]
    body = {"api_key": project.api_token, "batch": batch}
    assert Wire("").send("POST", "/batch/", body).status_code == 200


@pytest.mark.parametrize("prefix", ["projects", "environments"])
@pytest.mark.usefixtures("captured")
def test_the_mcp_server_of_2025_runs_what_it_has_stored(
    connect: Connect, member: User, project: Project, prefix: str
) -> None:
    mcp = connect(member, {"User-Agent": "posthog/mcp-server"})
    base = f"/api/{prefix}/{project.pk}/"
    for query in (TRENDS, SQL):
        stored = mcp.ask("POST", f"{base}insights/", {"name": "I", "query": query}, status=201)
        answer = mcp.ask("POST", f"{base}query/", {"query": stored["query"]})
        assert_shape(answer, ENVELOPE)
    assert answer["results"] == [[3]]
    broken = {"kind": "HogQLQuery", "query": "select evnt from events"}
    refused = mcp.ask("POST", f"{base}query/", {"query": broken}, status=400)
    assert_shape(refused, ERROR)
    assert refused["type"] == "validation_error"
    assert "Unable to resolve field" in refused["detail"]


AGENT: list[tuple[dict[str, Any], str]] = [
    ({"kind": "TrendsQuery", "series": STEPS, "interval": "day"}, "Date|$pageview|signed up"),
    ({"kind": "FunnelsQuery", "series": STEPS}, "Metric|$pageview|signed up"),
    (
        {"kind": "RetentionQuery", "retentionFilter": {"totalIntervals": 3}},
        "Date|Number of persons",
    ),
    ({"kind": "LifecycleQuery", "series": STEPS[:1]}, "Date|New|Returning"),
    ({"kind": "PathsQuery"}, "Source|Target|Users"),
    ({"kind": "HogQLQuery", "query": "select event, 1 as one from events"}, "event|one"),
]


@pytest.mark.parametrize(("query", "text"), AGENT)
@pytest.mark.usefixtures("captured")
def test_the_agent_toolkit_reads_answers_as_text(
    connect: Connect, member: User, project: Project, query: dict[str, Any], text: str
) -> None:
    agent = connect(member, MCP)
    url = f"/api/environments/{project.pk}/query/{query['kind']}/"
    answer = agent.ask("POST", url, {"query": query, "refresh": "blocking"})
    assert_shape(answer, ENVELOPE)
    assert text in answer["formatted_results"]


@pytest.mark.usefixtures("captured")
def test_the_agent_toolkit_lists_who_stands_behind_a_number(
    connect: Connect, member: User, project: Project
) -> None:
    agent = connect(member, MCP)
    source = {"kind": "TrendsQuery", "series": STEPS, "dateRange": {"date_from": "-3d"}}
    url = f"/api/projects/{project.pk}/query/"
    row = agent.ask("POST", url, {"query": source})["results"][0]
    day = next(day for day, number in zip(row["days"], row["data"], strict=True) if number)
    actors = {"kind": "InsightActorsQuery", "source": source, "day": day, "series": row["order"]}
    query = {
        "kind": "ActorsQuery",
        "select": ["person", "event_count"],
        "source": actors,
        "orderBy": ["event_count DESC", "id"],
    }
    answer = agent.ask("POST", url, {"query": query})
    assert_shape(answer, TABLE)
    emails = {person["properties"]["email"] for person, _ in answer["results"]}
    assert emails == {"ada@example.com", "bob@example.com"}


PAGEVIEW = {"id": "$pageview", "type": "events"}
RETENTION = {"period": "Day", "totalIntervals": 3, "targetEntity": PAGEVIEW}
BY_COUNT = ["event_count DESC", "actor_id DESC"]
ACTORS: list[tuple[dict[str, Any], list[str], list[str], list[Any]]] = [
    ({"kind": "TrendsQuery", "series": STEPS}, ["actor", "event_count"], BY_COUNT, [1, 1]),
    ({"kind": "LifecycleQuery", "series": STEPS[:1]}, ["actor"], [], []),
    ({"kind": "StickinessQuery", "series": STEPS[:1]}, ["actor"], [], []),
    ({"kind": "PathsQuery"}, ["actor", "event_count"], BY_COUNT, [2, 1]),
    ({"kind": "FunnelsQuery", "series": STEPS}, ["actor", "matched_recordings"], [], [[], []]),
    (
        {"kind": "RetentionQuery", "retentionFilter": {**RETENTION, "returningEntity": PAGEVIEW}},
        ["person", "day_1", "day_2", "day_0"],
        ["length(appearances) DESC", "actor_id"],
        [1, 1],
    ),
]


@pytest.mark.parametrize(("source", "select", "order", "last"), ACTORS)
@pytest.mark.usefixtures("captured")
def test_the_mcp_server_of_2026_lists_who_stands_behind_a_number(
    connect: Connect,
    member: User,
    project: Project,
    source: dict[str, Any],
    select: list[str],
    order: list[str],
    last: list[Any],
) -> None:
    is_funnel = source["kind"] == "FunnelsQuery"
    actors: dict[str, Any] = {
        "kind": "FunnelsActorsQuery" if is_funnel else "InsightActorsQuery",
        "source": {**source, "dateRange": {"date_from": "-3d"}},
        "includeRecordings": is_funnel,
        **({"funnelStep": 1} if is_funnel else {}),
        **({"interval": 2} if source["kind"] == "RetentionQuery" else {}),
    }
    query = {"kind": "ActorsQuery", "source": actors, "select": select, "orderBy": order}
    body = {"query": {**query, "limit": 100}}
    url = f"/api/environments/{project.pk}/query/"
    answer = connect(member, MCP).ask("POST", url, body)
    assert_shape(answer, {**TABLE, "offset": int})
    people = sorted(row[0]["distinct_ids"][0] for row in answer["results"])
    assert people == ["ada", "bob"]
    assert not last or [row[-1] for row in answer["results"]] == last


@pytest.mark.parametrize(
    ("text", "is_valid"), [("select event from events", True), ("select evnt from events", False)]
)
def test_the_mcp_server_of_2026_checks_sql_before_it_runs_any(
    connect: Connect, member: User, project: Project, text: str, is_valid: bool
) -> None:
    query = {"kind": "HogQLMetadata", "language": "hogQL", "query": text}
    url = f"/api/environments/{project.pk}/query/"
    answer = connect(member, MCP).ask("POST", url, {"query": query})
    problem = {"message": str, "start": maybe(int), "end": maybe(int), "fix": maybe(str)}
    shape = {"isValid": bool, "query": str, "errors": [problem], "table_names": [str]}
    assert_shape(answer, {**shape, "warnings": [problem], "notices": [problem]})
    assert (answer["isValid"], answer["query"]) == (is_valid, text)


@pytest.mark.usefixtures("captured")
def test_the_mcp_server_of_2026_has_its_tools_answered_with_text(
    connect: Connect, member: User, project: Project
) -> None:
    taxonomy = ["action:read", "event_definition:read", "property_definition:read"]
    agent = connect(member, MCP, scopes=["query:read", *taxonomy])
    url = f"/api/environments/{project.pk}/mcp_tools"
    sql = "SELECT event, count() AS n FROM events GROUP BY event ORDER BY n DESC LIMIT 1"
    calls: list[tuple[str, dict[str, Any], str]] = [
        ("execute_sql", {"query": sql, "truncate": True}, "event|n\n$pageview|2"),
        ("read_taxonomy", {"query": {"kind": "events"}}, "signed up|1"),
        ("read_data_warehouse_schema", {"query": {"kind": "data_warehouse_schema"}}, "events\n"),
    ]
    for tool, args, text in calls:
        answer = agent.ask("POST", f"{url}/{tool}/", {"args": args})
        assert_shape(answer, {"success": bool, "content": str})
        assert text in answer["content"]


@pytest.mark.usefixtures("captured")
def test_clis_read_rows_and_columns(connect: Connect, member: User, project: Project) -> None:
    cli = connect(member, {"User-Agent": "cli"})
    url = f"/api/projects/{project.pk}/query/"
    sql = "SELECT event, count() AS c FROM events GROUP BY event ORDER BY c DESC LIMIT 10"
    body = {"query": {"kind": "HogQLQuery", "query": sql}, "refresh": "blocking", "name": "cli"}
    for target in (url, "/api/projects/@current/query", "/api/environments/@current/query/"):
        answer = cli.ask("POST", target, body)
        assert_shape(answer, TABLE)
        assert answer["columns"] == ["event", "c"]
        assert answer["results"] == [["$pageview", 2], ["signed up", 1]]
    events = {"kind": "EventsQuery", "select": ["*", "person", "timestamp"], "after": "-2d"}
    answer = cli.ask("POST", url, {"query": {**events, "orderBy": ["timestamp DESC"], "limit": 2}})
    assert_shape(answer, TABLE)
    assert (len(answer["results"]), answer["hasMore"]) == (2, True)
    persons = {"kind": "ActorsQuery", "select": ["person", "id"], "search": "ada@"}
    answer = cli.ask("POST", url, {"query": persons})
    assert [row[0]["properties"]["email"] for row in answer["results"]] == ["ada@example.com"]


@pytest.mark.parametrize(
    ("kind", "code"), [("DatabaseSchemaQuery", "unsupported_query"), ("Nonsense", "parse_error")]
)
def test_clis_are_told_what_is_not_computed_here(
    connect: Connect, member: User, project: Project, kind: str, code: str
) -> None:
    cli = connect(member, {"User-Agent": "cli"})
    url = f"/api/projects/{project.pk}/query/"
    refused = cli.ask("POST", url, {"query": {"kind": kind}}, status=400)
    assert_shape(refused, ERROR)
    assert refused["code"] == code


SECRET = "nobody else may read this"  # of the other project


@pytest.fixture
def cli(connect: Connect, member: User) -> Wire:
    return connect(member, {"User-Agent": "cli"})


@pytest.mark.slow
@pytest.mark.usefixtures("captured")
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(case=mutated())
def test_odd_queries_are_answered_or_refused_with_rows_of_the_project_alone(
    cli: Wire, project: Project, other_project: Project, case: Case
) -> None:
    events = [event | {"distinct_id": SECRET, "timestamp": None} for event in case["events"][:20]]
    body = {"api_key": other_project.api_token, "batch": events}
    assert not events or Wire("").send("POST", "/batch/", body).status_code == 200
    answer = cli.send("POST", f"/api/projects/{project.pk}/query/", {"query": case["query"]})
    assert answer.status_code in (200, 400), answer.content
    assert SECRET.encode() not in answer.content
