"""A backup is made and read with PostgreSQL's own programs, and nothing is missing from it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker

from posthog_lite.database.migration_state import has_pending_migrations
from tests.support.databases import (
    migrate,
    restore_first_release,
    run_program,
    scratch_database,
)
from tests.support.populated import Populated, count_rows, populate

pytestmark = pytest.mark.slow

Answers = list[tuple[str, int, bytes]]
NOUNS = [
    "dashboards",
    "insights",
    "insight_variables",
    "dashboard_templates",
    "data_color_themes",
]
# The program is PostgreSQL 18's; the server of DATABASE_URL may be an older one.
NEWER_SETTING = b"SET transaction_timeout = 0;\n"
# What an answer says of the moment it was given.
MOMENT = re.compile(rb'"(?:last_accessed_at|last_used_at)":\s?"[^"]+"|nonce[-=]"?[\w-]+"?')


def test_a_restored_backup_answers_as_before(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock():
        with scratch_database():
            restore_first_release()
            migrate()
            made = populate()
            answers(made)  # the first look moves what tells of looks
            before, rows = answers(made), count_rows()
            script = run_program("pg_dump", "--no-owner").replace(NEWER_SETTING, b"")
            archive = run_program("pg_dump", "--no-owner", "--format=custom")
        with scratch_database():
            run_program("psql", "--set=ON_ERROR_STOP=1", "--quiet", given=script)
            check_restored(made, before, rows)
        if is_as_new_as_the_program():
            with scratch_database():
                run_program("pg_restore", "--exit-on-error", "--no-owner", given=archive)
                check_restored(made, before, rows)


def is_as_new_as_the_program() -> bool:
    """Older servers refuse a setting that this pg_restore insists on; theirs does not know it."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) >= 170_000


def check_restored(made: Populated, before: Answers, rows: dict[str, int]) -> None:
    assert not has_pending_migrations()
    assert count_rows() == rows
    assert answers(made) == before
    created = made.client().post(f"{made.root}dashboards/", {"name": "Next"})
    assert created.status_code == 201  # the numbers of rows go on where they were


def answers(made: Populated) -> Answers:
    """What the members and the visitors of the project get to see."""
    client = made.client()
    paths = [f"{made.root}{noun}/" for noun in NOUNS]
    for path in paths[:2]:
        [row] = client.get(path).json()["results"]
        paths.append(f"{path}{row['id']}/")
    paths.append(f"{paths[-2]}sharing/")  # of the dashboard
    paths += ["/api/users/@me/", "/api/organizations/@current/", "/api/projects/"]
    given: list[tuple[str, Any]] = [(path, client.get(path)) for path in paths]
    given.append(("shared", Client().get(f"/shared/{made.share_token}")))
    assert {response.status_code for _, response in given} == {200}
    return [(path, r.status_code, MOMENT.sub(b"", r.content)) for path, r in given]
