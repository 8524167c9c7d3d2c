"""Databases beside the one of the test run, on the same server: to migrate, fill and dump."""

from __future__ import annotations

import fcntl
import os
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from posthog_lite.embedded.postgres_cluster import program_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What the first release had: from here on migrations are added, never changed or squashed.
FIRST_RELEASE = {
    "accounts": "0002_cache_table",
    "themes": "0002_default_theme",
    "dashboards": "0001_initial",
    "sharing": "0001_initial",
}
TEMPLATE = "migrated"
SCRIPTS = Path(__file__).parent.parent / "data"
OPTIONS = {"host": "host", "port": "port", "user": "username", "dbname": "dbname"}


def never_wait_for_the_disk() -> None:
    """Tests lose nothing in a power cut, on a server that is thrown away."""
    with connection._nodb_cursor() as cursor:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            cursor.execute(f"ALTER SYSTEM SET {setting} = off")
        cursor.execute("SELECT pg_reload_conf()")


def template_database() -> str:
    """The name of a database with all tables, made by the first test process that asks for it."""
    with Path(os.environ["TEST_DATA_DIR"], "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if TEMPLATE not in _databases():
            with scratch_database():
                migrate()
                _copy(connection.settings_dict["NAME"], TEMPLATE)
    return TEMPLATE


@contextmanager
def scratch_database() -> Iterator[None]:
    """Within the block Django's connection leads to a new, empty database.

    The caller has access to the database unblocked. At the end the new one is gone.
    """
    own = str(connection.settings_dict["NAME"])
    name = f"{own}_scratch_{os.urandom(4).hex()}"
    _copy("template0", name)
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = own
        _administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def connect() -> psycopg.Connection[Any]:
    """A connection of its own to the database that Django's one leads to, in autocommit."""
    return psycopg.connect(**connection_parameters(), autocommit=True)


def connection_parameters() -> dict[str, Any]:
    """Where Django's connection leads, as psycopg and PostgreSQL's programs take it."""
    given = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return {name: given[name] for name in names if given.get(name)}


def restore_first_release() -> None:
    """Fill the empty database as an installation of the first release is."""
    with connect() as restoring:
        restoring.execute((SCRIPTS / "first_release.sql").read_bytes())


def fill_first_release() -> None:
    """The tables of the first release with 100,000 rows in most."""
    restore_first_release()
    with connect() as filling:
        with suppress(psycopg.errors.InsufficientPrivilege):  # saves checks of foreign keys
            filling.execute("SET session_replication_role = replica")
        filling.execute(
            "TRUNCATE accounts_organization, accounts_user, themes_datacolortheme CASCADE"
        )
        filling.execute((SCRIPTS / "large.sql").read_bytes())
        filling.execute("VACUUM ANALYZE")


def run_program(name: str, *arguments: str, given: bytes | None = None) -> bytes:
    """Run one of PostgreSQL's programs on the database that Django's connection leads to."""
    parameters = {key: str(value) for key, value in connection_parameters().items()}
    password = {"PGPASSWORD": parameters.pop("password")} if "password" in parameters else {}
    options = [f"--{OPTIONS[key]}={value}" for key, value in parameters.items()]
    done = subprocess.run(
        [program_path(name), *options, *arguments],
        input=given,
        env={**os.environ, **password},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def migrate() -> None:
    """What an operator does on a new release."""
    call_command("migrate", verbosity=0, interactive=False)


def migrate_to(targets: Mapping[str, str | None]) -> None:
    """Migrate these apps forth or back to just after the given migration; None is before all."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets.items()))


def _databases() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return [name for (name,) in cursor.fetchall()]


def _copy(source: str, name: str) -> None:
    connection.close()
    names = sql.Identifier(name), sql.Identifier(source)
    _administer(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(*names))


def _administer(statement: sql.Composed) -> None:
    """From the database that always exists: one in use cannot be copied or dropped."""
    parameters = connection_parameters() | {"dbname": "postgres"}
    with psycopg.connect(**parameters, autocommit=True) as administrator:
        administrator.execute(statement)
