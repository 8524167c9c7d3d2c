"""Lists at 100,000 rows, and the migrations since the first release on a database in use."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, LiteralString

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg import Connection
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from dashboards.selectors.insight_filters import ORDERS
from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import create_key
from tests.support.clients import client_with
from tests.support.databases import connect, fill_first_release, migrate, scratch_database
from tests.support.processes import wait_until

pytestmark = [pytest.mark.slow, pytest.mark.longest]

PROJECT = "/api/projects/1"
TOKEN = "share-token-50"  # of an open link to one of its dashboards
LOCKED_TOKEN = "share-token-100"  # of one with a password
BIG = 50_000  # rows from which on a table may not be read as a whole
# Locks that keep others from writing, or from reading as well.
LOCKING_OUT = ["ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock"]
# Triggers are made and dropped in a moment, and so are defaults, under these locks.
MOMENTARY = ["ShareRowExclusiveLock", "AccessExclusiveLock"]

DASHBOARD_LISTS = [
    "",
    "?limit=1",
    "?pinned=true",
    "?pinned=false",
    "?creation_mode=unlisted",
    "?creation_mode=duplicate",
    "?exclude_generated=true",
    "?tags=t0",
    "?tags=t0,t1",
    "?search=31",
    "?offset=1500",
]
INSIGHT_LISTS = [
    "",
    "?saved=true",
    "?saved=false",
    "?favorited=true",
    "?user=true",
    "?created_by=51",
    "?short_id=s50",
    "?insight=TRENDS",
    "?insight=SQL",
    "?insight=JSON",
    "?dashboards=[50]",
    '?tags=["t0"]',
    "?search=31",
    "?date_from=-1h&date_to=-1m",
    "?created_date_from=-7d&created_date_to=-1d",
    "?last_viewed_date_from=-7d&last_viewed_date_to=-1d",
    "?offset=1500",
    *(f"?order={sign}{name}" for name in sorted(ORDERS) for sign in ("", "-")),
]
IN_ORDER = ("order", "name", "created_at", "last_modified_at")  # by other fields they are sorted
READ_IN_ORDER = [
    f"{PROJECT}/dashboards/",
    f"{PROJECT}/insights/",
    *(
        f"{PROJECT}/insights/?order={sign}{name}"
        for name in IN_ORDER
        for sign in ("", "-")
        if f"{sign}{name}" not in ("-order", "-name")
    ),
]
OTHERS = [
    f"{PROJECT}/insights/my_last_viewed/",
    f"{PROJECT}/insights/50/",
    f"{PROJECT}/insights/50/sharing/",
    f"{PROJECT}/dashboards/50/",
    f"{PROJECT}/dashboards/50/run_insights/",
    f"{PROJECT}/dashboards/50/collaborators/",
    f"{PROJECT}/dashboards/50/sharing/",
    f"{PROJECT}/data_color_themes/",
    f"{PROJECT}/dashboard_templates/",
    f"{PROJECT}/dashboard_templates/?scope=team",
    f"{PROJECT}/dashboard_templates/?scope=global",
    f"{PROJECT}/dashboard_templates/?is_featured=true",
    f"{PROJECT}/dashboard_templates/?search=template",
    f"{PROJECT}/insight_variables/",
    "/api/projects/",
    "/api/organizations/",
    "/api/organizations/@current/projects/",
    "/api/organizations/@current/members/",
    "/api/users/",
    "/api/users/@me/",
    "/api/personal_api_keys/@current",
]
VISITS = [
    f"/shared/{TOKEN}",
    f"/shared/{TOKEN}.json",
    f"{PROJECT}/insights/?sharing_access_token={TOKEN}",
]
URLS = [
    *(f"{PROJECT}/dashboards/{query}" for query in DASHBOARD_LISTS),
    *(f"{PROJECT}/insights/{query}" for query in INSIGHT_LISTS),
    *OTHERS,
    *VISITS,
]
# Pages whose count comes from an index alone, without a look at the rows.
COUNTED_BY_INDEX = [
    *(f"{PROJECT}/dashboards/{query}" for query in ("", "?pinned=true", "?creation_mode=unlisted")),
    *(f"{PROJECT}/insights/{query}" for query in ("", "?order=-created_at")),
    f"{PROJECT}/insight_variables/",
    "/api/organizations/@current/members/",
]


DASHBOARD = (
    "name, description, pinned, created_at, deleted, creation_mode, restriction_level,"
    " filters, variables, folder, project_id"
)
STATEMENTS: dict[str, LiteralString] = {
    "read dashboards": "SELECT id, name, folder FROM dashboards_dashboard"
    " WHERE project_id = 1 AND NOT deleted ORDER BY id LIMIT 100",
    "read insights": "SELECT id, name, folder FROM dashboards_insight"
    " WHERE project_id = 1 AND NOT deleted ORDER BY id LIMIT 2",
    "change a dashboard": "UPDATE dashboards_dashboard SET name = 'Other' WHERE id = 50",
    "change an insight": "UPDATE dashboards_insight SET name = 'Other' WHERE id = 50",
    "make a dashboard": f"INSERT INTO dashboards_dashboard ({DASHBOARD})"  # noqa: S608  # our own
    f" SELECT {DASHBOARD} FROM dashboards_dashboard WHERE id = 50",
}
WATCH: LiteralString = (
    "SELECT relname, mode FROM pg_locks JOIN pg_class ON pg_class.oid = relation"
    " JOIN pg_stat_activity USING (pid)"
    " WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    " AND locktype = 'relation' AND relkind = 'r'"
    " AND reltuples > %s AND mode = ANY(%s)"
    " AND (mode <> ALL(%s) OR xact_start < clock_timestamp() - interval '5 seconds')"
)
LOOKED_FOR = (BIG, LOCKING_OUT, MOMENTARY)


@dataclass
class Traffic:
    """Statements of the first release while the block runs, and a look at who locks them out."""

    done: Counter[str] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    locks: set[tuple[str, str]] = field(default_factory=set)
    _is_over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Traffic:
        work = [*STATEMENTS.items(), ("watch", WATCH)]
        self._threads = [threading.Thread(target=self._repeat, args=one) for one in work]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def warm_up(self) -> None:
        """Wait for the first rows, and forget them."""
        wait_until(
            lambda: bool(self.errors) or self.done.keys() >= STATEMENTS.keys(), "come to rows"
        )
        self.done.clear()

    def _repeat(self, name: str, statement: LiteralString) -> None:
        with connect() as client:
            client.execute("SET statement_timeout = '10s'")
            while not self._is_over.is_set() and not self.errors:
                self._run(client, name, statement)

    def _run(self, client: Connection[Any], name: str, statement: LiteralString) -> None:
        try:
            cursor = client.execute(statement, LOOKED_FOR if name == "watch" else None)
        except psycopg.Error as error:
            self.errors.append(f"{name}: {error}")
            return
        self.done[name] += 1
        if name == "watch":
            self.locks.update(cursor.fetchall())
        self._is_over.wait(0.01)


@dataclass(frozen=True)
class LargeDatabase:
    """What the tests look at."""

    key: str
    traffic: Traffic  # as it went during the migrations


@pytest.fixture
def large_database(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[LargeDatabase]:
    """Filled in the schema of the first release, then migrated while clients go on."""
    with django_db_blocker.unblock(), scratch_database():
        fill_first_release()
        with Traffic() as traffic:
            traffic.warm_up()
            migrate()
        with connect() as vacuum:
            vacuum.execute("VACUUM ANALYZE")
        key = create_key(user=User.objects.get(pk=1), label="test", scopes=["*"]).value
        yield LargeDatabase(key, traffic)


def test_100_000_rows_slow_nobody_down(large_database: LargeDatabase) -> None:
    """One test, as filling the tables is what takes long."""
    check_that_migrations_lock_nobody_out(large_database.traffic)
    check_that_lists_are_read_by_their_indexes(large_database.key)
    check_that_guessing_reads_no_large_table_as_a_whole()


def check_that_migrations_lock_nobody_out(traffic: Traffic) -> None:
    assert not traffic.errors
    assert traffic.done.keys() >= STATEMENTS.keys()
    assert traffic.locks == set()


def check_that_lists_are_read_by_their_indexes(key: str) -> None:
    """Substring searches cannot use an index, but look at the rows of one project only."""
    large_tables = read_large_tables()
    assert {"dashboards_dashboard", "dashboards_insight", "accounts_user"} <= large_tables
    found: list[str] = []
    in_order: set[str] = set()
    for url in URLS:
        for query, plan in plans_of(partial(ask, url, key)):
            scanned = {node["Relation Name"] for node in scans_of(plan)}
            if scanned & large_tables:
                found.append(f"{url} reads {scanned} as a whole: {query}")
            if query.startswith("SELECT COUNT") and url in COUNTED_BY_INDEX:
                kinds = {node["Node Type"] for node in nodes_of(plan)}
                if not kinds <= {"Aggregate", "Index Only Scan"}:
                    found.append(f"{url} is counted by {kinds}: {query}")
            in_order.update(url for page in pages_of(plan) if is_read_in_order(page))
    found.extend(f"{url} is sorted" for url in READ_IN_ORDER if url not in in_order)
    assert not found, "\n".join(found)


def check_that_guessing_reads_no_large_table_as_a_whole() -> None:
    large_tables = read_large_tables()
    guesses = {
        401: lambda: client_with("phx_nobodysKey").get("/api/users/@me/"),
        404: lambda: APIClient().get("/shared/nobodysToken"),
        429: unlock_again_and_again,
    }
    for status, guess in guesses.items():
        for query, plan in plans_of(guess, status):
            scanned = {node.get("Relation Name") for node in scans_of(plan)}
            assert not scanned & large_tables, query


def unlock_again_and_again() -> Any:
    for _ in range(11):
        response = APIClient().post(f"/shared/{LOCKED_TOKEN}", {"password": "x"}, format="json")
    return response


def read_large_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [BIG])
        return {name for (name,) in cursor.fetchall()}


def ask(url: str, key: str) -> Any:
    client = APIClient() if url in VISITS else client_with(key)
    return client.get(url)


def plans_of(request: Callable[[], Any], status: int = 200) -> Iterator[tuple[str, dict[str, Any]]]:
    """The SELECT statements that answer a request, each with the plan it would now get."""
    with CaptureQueriesContext(connection) as context:
        response = request()
    assert response.status_code == status, response.content
    for query in context.captured_queries:
        if query["sql"].startswith("SELECT"):
            yield query["sql"], explain(query["sql"])


def explain(query: str) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query}")
        [(answer,)] = cursor.fetchall()
    plans = json.loads(answer) if isinstance(answer, str) else answer
    plan: dict[str, Any] = plans[0]["Plan"]
    return plan


def scans_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the plan reads a table as a whole."""
    return [node for node in nodes_of(plan) if node["Node Type"] == "Seq Scan"]


def pages_of(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Where the plan chooses the rows of a page: it takes 100 of those that come."""
    limits = [node for node in nodes_of(plan) if node["Node Type"] == "Limit"]
    return [node for node in limits if node["Plan Rows"] == 100]


def is_read_in_order(page: dict[str, Any]) -> bool:
    """Whether an index has the order: at most rows with the same value are sorted by their ids."""
    kinds = {node["Node Type"] for node in nodes_of(page)}
    return kinds <= {"Limit", "Incremental Sort", "Index Scan", "Index Only Scan"}


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes_of(child)
