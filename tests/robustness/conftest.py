from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import create_key
from tests.support.callers import Caller, with_key
from tests.support.processes import RunningProcess, free_port, remove_data_dir


@contextmanager
def serving(database: str, *, workers: int, **changes: str) -> Iterator[tuple[RunningProcess, int]]:
    """The production server on a database that there is, and its port."""
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    options = ["manage.py", "serve", f"--port={port}", f"--workers={workers}"]
    environment = {"DATABASE_URL": database, "SECRET_KEY": settings.SECRET_KEY} | changes
    with RunningProcess(*options, data_dir=folder, **environment) as running:
        running.wait_until_ready(f"http://127.0.0.1:{port}")
        yield running, port
    remove_data_dir(folder)


@pytest.fixture(scope="session")
def own_database_url(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> str:
    """Where another process finds the database of this test process."""
    with django_db_blocker.unblock():
        return database_url(connection.get_connection_params())


@pytest.fixture(scope="session")
def server_port(own_database_url: str) -> Iterator[int]:
    """The production server, in two processes, on the database of this test process."""
    with serving(own_database_url, workers=2) as (_, port):
        yield port


def database_url(parameters: dict[str, str | int]) -> str:
    user, password = parameters.get("user", ""), parameters.get("password", "")
    who = f"{quote(str(user), safe='')}:{quote(str(password), safe='')}"
    host, port = quote(str(parameters.get("host", "")), safe=""), parameters.get("port", 5432)
    return f"postgresql://{who}@/{parameters['dbname']}?host={host}&port={port}"


@pytest.fixture
def caller(transactional_db: None, server_port: int, member: User) -> Caller:
    """The member, with a key that may do everything."""
    return with_key(server_port, create_key(user=member, label="test", scopes=["*"]).value)
