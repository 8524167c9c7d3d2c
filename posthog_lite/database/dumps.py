"""Dumps of the whole database by PostgreSQL's own programs, which come in the wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from django.db import connection, transaction

from posthog_lite.domain import DomainError
from posthog_lite.embedded.postgres_cluster import program_path

if TYPE_CHECKING:
    from collections.abc import Iterator

PIECE = 1024 * 1024
# In the head of a dump; a PostgreSQL before 17 does not know it.
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"
LAST_LINES = 5


class DumpFailed(DomainError):
    """One of PostgreSQL's programs ended with an error."""


@contextmanager
def exported_snapshot() -> Iterator[str]:
    """Hold the state of the database at this moment; yield the name that others read it by."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield name


def dump_database(*, snapshot: str, target: IO[bytes]) -> None:
    """Write everything in the database. Raises DumpFailed."""
    options = ["--clean", "--if-exists", "--no-owner", f"--snapshot={snapshot}"]
    with _program("pg_dump", *options, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None  # noqa: S101  # asked for
        shutil.copyfileobj(process.stdout, target, PIECE)


def load_database(source: IO[bytes]) -> None:
    """Read what dump_database wrote: all of it or nothing. Raises DumpFailed."""
    options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
    with _program("psql", *options, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None  # noqa: S101  # asked for
        try:
            process.stdin.write(source.read(PIECE).replace(UNKNOWN_BEFORE_17, b"", 1))
            shutil.copyfileobj(source, process.stdin, PIECE)
            process.stdin.close()
        except BrokenPipeError:
            pass  # it has said why
    connection.close()  # what it knew of the tables is over


def others_connected() -> int:
    """Return how many others use the database at the moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        (count,) = cursor.fetchone()
    return int(count)


def drop_tables() -> None:
    """Drop the tables of this program, those of other releases that it knows included."""
    names = connection.introspection.django_table_names(only_existing=True)
    with transaction.atomic(), connection.cursor() as cursor:
        for name in [*names, "django_migrations"]:
            quoted = connection.ops.quote_name(name)
            cursor.execute(f"DROP TABLE IF EXISTS {quoted} CASCADE")


@contextmanager
def _program(
    name: str, *options: str, stdin: int = subprocess.DEVNULL, stdout: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program on the database of the settings; killed where the block fails."""
    connection.ensure_connection()
    info = connection.connection.info
    with tempfile.TemporaryFile("w+b") as words:
        process = subprocess.Popen(  # noqa: S603  # the wheel's own program
            [program_path(name), f"--dbname={info.dsn}", *options],
            env=os.environ | {"PGPASSWORD": info.password, "LC_ALL": "C"},
            stdin=stdin,
            stdout=stdout,
            stderr=words,
        )
        try:
            yield process
        except BaseException:
            process.kill()
            raise
        finally:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    stream.close()
        if process.returncode:
            words.seek(0)
            lines = words.read().decode(errors="replace").strip().splitlines()
            raise DumpFailed(f"{name} failed: {' '.join(lines[-LAST_LINES:])}")
