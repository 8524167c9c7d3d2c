"""A release meets the data of the one before: upgrades, and migrations forward and back."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.operations import NotInTransactionMixin
from django.db import connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AlterModelManagers, CreateModel
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from posthog_lite.accounts.services.logins import count_login_attempt
from posthog_lite.database.migration_state import apply_migrations, has_pending_migrations
from posthog_lite.database.operations import WhenFree
from tests.support.clients import client_with
from tests.support.databases import (
    FIRST_RELEASE,
    connect,
    migrate,
    migrate_to,
    restore_first_release,
    scratch_database,
)
from tests.support.locks import waiting_for_locks
from tests.support.populated import count_rows
from tests.support.processes import SECONDS, wait_until

pytestmark = pytest.mark.slow

KEY = "phx_theKeyOfTheFirstReleaseForItsUpgradeTest"
SHARE_TOKEN = "tokenOfTheFirstRelease"
PROJECT = "/api/projects/1"
# What there is to migrate and to have rights to: it grows with each release.
LISTED_BY_DJANGO = {"django_migrations", "django_content_type", "auth_permission"}
HALF_BUILT = "insight_list_name"
Rows = dict[str, list[str]]


@pytest.fixture
def first_release(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A database as the first release left it, with rows in every table."""
    with django_db_blocker.unblock(), scratch_database():
        restore_first_release()
        yield


@pytest.fixture
def client() -> APIClient:
    return client_with(KEY)


def columns() -> dict[str, str]:
    """Return the columns of each table as they are listed in a statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT table_name, string_agg('"' || column_name || '"', ', ' ORDER BY column_name)
            FROM information_schema.columns WHERE table_schema = 'public' GROUP BY 1"""
        )
        return dict(cursor.fetchall())


def read_rows(columns: dict[str, str]) -> Rows:
    """Every row of the tables that the first release has, as text."""
    rows = {}
    with connection.cursor() as cursor:
        for table in columns.keys() - LISTED_BY_DJANGO:
            statement = f'SELECT ROW({columns[table]})::text FROM "{table}" ORDER BY 1'  # noqa: S608  # no input
            cursor.execute(statement)
            rows[table] = [text for (text,) in cursor.fetchall()]
    return rows


@pytest.mark.usefixtures("first_release")
def test_the_first_release_left_rows_in_every_table() -> None:
    assert has_pending_migrations()
    assert [table for table, number in count_rows().items() if number == 0] == []


@pytest.mark.usefixtures("first_release")
def test_an_upgrade_keeps_what_clients_see(client: APIClient) -> None:
    of_first_release = columns()
    before = read_rows(of_first_release)
    migrate()
    assert not has_pending_migrations()
    assert read_rows(of_first_release) == before
    [listed] = client.get(f"{PROJECT}/dashboards/").json()["results"]
    dashboard = client.get(f"{PROJECT}/dashboards/{listed['id']}/").json()
    assert (dashboard["name"], dashboard["tags"]) == ("Sign-ups", ["growth"])
    assert {(tile["text"] or tile["insight"]).get("name") for tile in dashboard["tiles"]} == {
        None,
        "By day",
    }
    for noun, name in (("insights", "By day"), ("insight_variables", "Country")):
        assert [row["name"] for row in client.get(f"{PROJECT}/{noun}/").json()["results"]] == [name]
    assert "password" in APIClient().get(f"/shared/{SHARE_TOKEN}").content.decode()


@pytest.mark.longest
@pytest.mark.usefixtures("first_release")
def test_migrations_go_back_to_nothing_and_forth_again() -> None:
    before, definitions = read_rows(columns()), read_definitions()
    migrate()
    count_login_attempt(name="x", address="192.0.2.1", now=timezone.now())
    migrate_to(FIRST_RELEASE)
    assert read_rows(columns()) == before
    assert read_definitions() == definitions  # so that it may be upgraded again
    migrate_to(dict.fromkeys(FIRST_RELEASE))
    labels = {*FIRST_RELEASE, "posthog"}
    assert [table for table in count_rows() if table.partition("_")[0] in labels] == []
    migrate()
    assert not has_pending_migrations()
    assert count_rows()["themes_datacolortheme"] == 1


def read_definitions() -> set[str]:
    """Every index, constraint, trigger, function and column of our tables, as a statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || conname || pg_get_constraintdef(oid)
            FROM pg_constraint WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT pg_get_functiondef(oid)
            FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            UNION ALL SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable,
            character_maximum_length, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'"""
        )
        return {text for (text,) in cursor.fetchall()}


def later_migrations() -> list[Migration]:
    """Those of our apps that installations of the first release have yet to run."""
    nodes = MigrationLoader(None).graph.nodes
    return [
        migration
        for (app, name), migration in sorted(nodes.items())
        if app in FIRST_RELEASE and name > FIRST_RELEASE[app]
    ]


def test_each_of_our_apps_with_tables_is_upgraded_from_the_first_release() -> None:
    ours = {"posthog_lite", "dashboards", "sharing", "themes"}
    with_tables = {
        config.label
        for config in apps.get_app_configs()
        if config.name.partition(".")[0] in ours and list(config.get_models())
    }
    assert with_tables >= set(FIRST_RELEASE)


@pytest.mark.parametrize("migration", later_migrations(), ids=str)
def test_a_later_migration_locks_no_table_that_is_in_use(migration: Migration) -> None:
    """New tables are nobody's yet; indexes are built beside the traffic, and SQL waits but shortly.

    Anything else takes a lock for which it may wait, and while it waits all others wait behind it.
    """
    harmless = (CreateModel, AlterModelManagers)  # the latter says nothing to the database
    operations: list[Any] = [
        operation for operation in migration.operations if not isinstance(operation, harmless)
    ]
    online = (NotInTransactionMixin, WhenFree)
    assert all(isinstance(operation, online) for operation in operations)
    assert not (operations and migration.atomic)


@pytest.mark.usefixtures("first_release")
def test_a_half_built_index_is_built_anew() -> None:
    """What is left when the server or the migration is killed meanwhile."""
    migrate()
    before = read_indexes()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s", [before[HALF_BUILT]]
        )
        cursor.execute(
            "DELETE FROM django_migrations WHERE app = 'dashboards' AND name > '0001_initial'"
        )
    assert HALF_BUILT not in read_indexes()
    migrate()
    after = read_indexes()
    assert after.keys() == before.keys()
    assert [name for name in before if before[name] != after[name]] == [HALF_BUILT]


def read_indexes() -> dict[str, int]:
    """The usable indexes of insights by name, each with the number it got when it was built."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indexrelid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = 'dashboards_insight'::regclass AND indisvalid"
        )
        return dict(cursor.fetchall())


@pytest.mark.usefixtures("first_release")
def test_a_migration_that_waits_for_a_table_lets_others_write(client: APIClient) -> None:
    migrate_to({"dashboards": "0002_list_indexes"})
    with connect() as slow, ThreadPoolExecutor() as pool:
        slow.execute("BEGIN")
        slow.execute("UPDATE dashboards_dashboard SET deleted = true")
        migrated = pool.submit(apply_migrations_in_thread)
        wait_until(lambda: waiting_for_locks() == 1, "wait for the table")
        with connect() as other:
            other.execute("UPDATE dashboards_dashboard SET name = name WHERE id = 0")
        assert not migrated.done()
        slow.execute("COMMIT")
        migrated.result(SECONDS)
    assert client.get(f"{PROJECT}/dashboards/").json()["count"] == 0


@pytest.mark.usefixtures("first_release")
def test_two_processes_may_migrate_at_once() -> None:
    """As when a server is started twice: one waits, and its wait does not stop the other."""
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(apply_migrations_in_thread) for _ in range(2)]:
            done.result(SECONDS)
    assert not has_pending_migrations()


def apply_migrations_in_thread() -> None:
    try:
        apply_migrations()
    finally:
        connection.close()


@pytest.mark.usefixtures("first_release")
def test_tiles_that_shared_a_text_get_their_own() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO dashboards_dashboard (name, description, pinned, created_at, deleted,"
            " creation_mode, restriction_level, filters, variables, breakdown_colors, folder,"
            " project_id) SELECT 'copy', '', false, now(), false, 'duplicate', 21, '{}', '{}',"
            " '[]', '', project_id FROM dashboards_dashboard LIMIT 1 RETURNING id"
        )
        [(copy,)] = cursor.fetchall()
        cursor.execute(
            "INSERT INTO dashboards_tile (layouts, deleted, deleted_with_dashboard, dashboard_id,"
            " text_id, project_id) SELECT '{}', false, false, %s, text_id, project_id"
            " FROM dashboards_tile WHERE text_id IS NOT NULL",
            [copy],
        )
    migrate()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT text_id), count(DISTINCT body) FROM dashboards_tile"
            " JOIN dashboards_text ON dashboards_text.id = text_id"
        )
        assert cursor.fetchall() == [(2, 2, 1)]
