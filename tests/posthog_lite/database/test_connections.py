"""Connections of the pool, and a database that is away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from psycopg_pool import ConnectionPool
from rest_framework.test import APIClient

from posthog_lite.accounts.models import Project
from posthog_lite.database.base import DatabaseWrapper
from posthog_lite.database.outage import Outage
from tests.support.errors import assert_error

PARAMETERS: dict[str, Any] = {"host": "/nowhere"}


@pytest.fixture
def pooled(django_db_setup: None, settings: LazySettings) -> Iterator[DatabaseWrapper]:
    """A second connection to the test database, out of a pool of one."""
    options = {"pool": {"min_size": 1, "max_size": 1, "timeout": 0.1, "reconnect_timeout": 1}}
    own = {**connection.settings_dict, "CONN_MAX_AGE": 0, "OPTIONS": options}
    wrapper: Any = DatabaseWrapper(own, alias="pooled")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend(wrapper: DatabaseWrapper) -> int:
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid: int = cursor.fetchone()[0]
    return pid


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_database_closed_is_replaced(pooled: DatabaseWrapper) -> None:
    first = backend(pooled)
    pooled.close()  # back into the pool
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [first])
    assert backend(pooled) != first


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_works_is_used_again(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backend(pooled)
    pooled.close()
    monkeypatch.setattr(ConnectionPool, "check_connection", None)  # nothing is asked
    assert backend(pooled) == first


@pytest.mark.django_db(transaction=True)
def test_waiting_for_the_connections_of_others_has_an_end(
    pooled: DatabaseWrapper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("posthog_lite.database.pooled.POOL_PATIENCE", 0.2)
    backend(pooled)
    other = DatabaseWrapper(pooled.settings_dict, alias="pooled")
    with pytest.raises(OperationalError, match="no connection became free"):
        backend(other)


def test_an_outage_is_tried_by_one_and_told_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthog_lite.database.outage.SECONDS_TO_TRUST", 3600)
    outage = Outage()
    for _ in range(2):
        with pytest.raises(psycopg.OperationalError, match="No such file or directory"):
            outage.check(PARAMETERS)
        assert outage.is_known
        monkeypatch.setattr(psycopg, "connect", None)  # nobody tries again


def test_an_outage_ends_with_the_first_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posthog_lite.database.outage.SECONDS_TO_TRUST", -1)
    outage = Outage()
    with pytest.raises(psycopg.OperationalError):
        outage.check(PARAMETERS)

    class Connection:
        def close(self) -> None:
            pass

    monkeypatch.setattr(psycopg, "connect", lambda **parameters: Connection())
    outage.check(PARAMETERS)
    assert not outage.is_known


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_takes_too_long_is_told_as_503(
    client: APIClient, project: Project, pooled: DatabaseWrapper
) -> None:
    """Whatever holds the table: the thread that waits for it is free again after that time."""
    with pooled.cursor() as holder, connection.cursor() as cursor:
        holder.execute("BEGIN; LOCK TABLE dashboards_dashboard")
        cursor.execute("SET statement_timeout = 50")
        try:
            response = client.get(f"/api/projects/{project.pk}/dashboards/")
        finally:
            cursor.execute("RESET statement_timeout")
            holder.execute("ROLLBACK")
    assert_error(response, 503, type="server_error")
    assert response["Retry-After"] == "1"


def test_connections_of_a_server_have_a_statement_timeout() -> None:
    script = "from django.conf import settings as s; print(s.DATABASES['default']['OPTIONS'])"
    line = [sys.executable, "manage.py", "shell", "--no-imports", "-c", script]
    environment = {**os.environ, "DATABASE_POOL_SIZE": "2", "DATABASE_STATEMENT_TIMEOUT": "7"}
    told = subprocess.run(line, env=environment, capture_output=True, text=True, check=True).stdout
    assert "-c statement_timeout=7000" in told
