"""Checks of an installation that an operator can run, with what to do about each problem."""

from __future__ import annotations

import os
import platform
import resource
import shutil
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.cache import cache
from django.core.checks import ERROR, run_checks
from django.db import Error, connection
from django.db.models import Min
from django.utils import timezone

from posthog_lite import __version__
from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.errors import EngineError
from posthog_lite.clickhouse.state import engine_place
from posthog_lite.database.migration_state import has_pending_migrations
from posthog_lite.domain import DomainError
from posthog_lite.embedded.clickhouse import why_engine_cannot_run
from posthog_lite.events.models import OutboxEntry
from posthog_lite.server.program import PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

LITTLE_BYTES, FEW_BYTES = 5 * 2**30, 500 * 2**20
OLDEST_POSTGRESQL, OLDEST_CLICKHOUSE = 15, (25, 8)
CLOCKS_APART = timedelta(seconds=5)
LONG_WAITING = timedelta(minutes=10)
OPEN_FILES = 4096
OK, NOTE, WRONG = "ok", "note", "WRONG"
FOR_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: how a thing is, and what to do where it is not as it should be."""

    topic: str
    state: str
    text: str


def examine() -> Iterator[Finding]:
    """Run all checks, one after the other; one that fails is reported too."""
    looks = (_release, _settings, _folder, _disk, _limits, _database, _rights, _migrations, _cache)
    for look in (*looks, _engine, _waiting, _clocks):
        topic = look.__name__.strip("_")
        try:
            found = list(look())
        except EngineError as error:
            found = [(WRONG, f"The engine does not answer: {error.reason}")]
        except (DomainError, Error, OSError) as error:
            found = [(WRONG, " ".join(str(error).split()))]
        for state, text in found:
            yield Finding(topic, state, text)


def _release() -> Iterator[tuple[str, str]]:
    yield OK, f"PostHog Lite {__version__}, Python {platform.python_version()}"


def _settings() -> Iterator[tuple[str, str]]:
    found = run_checks(tags=["production"], include_deployment_checks=True)
    for problem in found:
        state = WRONG if problem.level >= ERROR else NOTE
        yield state, f"{problem.msg} {problem.hint}"
    if not found:
        yield OK, f"answers as {', '.join(settings.ALLOWED_HOSTS)}"


def _folder() -> Iterator[tuple[str, str]]:
    folder = Path(settings.DATA_DIR)
    if not folder.is_dir():
        needed = settings.IS_SECRET_KEY_LOCAL or "EMBEDDED_DIR" in settings.DATABASES["default"]
        yield (WRONG if needed else OK), f"{folder} does not exist; set DATA_DIR or make it."
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield WRONG, f"{folder} cannot be written to by this user: give it to them with chown."
    secret = folder / "secret_key"
    if secret.exists() and secret.stat().st_mode & FOR_OTHERS:
        yield WRONG, f"{secret} can be read by others: chmod 600 {secret}"
    yield OK, f"{folder}"


def _disk() -> Iterator[tuple[str, str]]:
    folder = Path(settings.DATA_DIR)
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    text = f"{free / 2**30:.1f} GB free at {existing}"
    if free < FEW_BYTES:
        yield WRONG, f"{text}: events will soon be refused. Make room, or move DATA_DIR."
    else:
        yield (OK if free >= LITTLE_BYTES else NOTE), text


def _limits() -> Iterator[tuple[str, str]]:
    files = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if files != resource.RLIM_INFINITY and files < OPEN_FILES:
        yield NOTE, f"{files} open files at most: raise it (LimitNOFILE=) for many connections."
    else:
        yield OK, "open files: as many as needed"


def _database() -> Iterator[tuple[str, str]]:
    connection.ensure_connection()
    major = connection.connection.info.server_version // 10000
    folder = settings.DATABASES["default"].get("EMBEDDED_DIR")
    where = f"embedded, in {folder}" if folder else f"at {connection.connection.info.host}"
    if major < OLDEST_POSTGRESQL:
        yield WRONG, f"PostgreSQL {major} {where}: {OLDEST_POSTGRESQL} or later is needed."
    else:
        yield OK, f"PostgreSQL {major} {where}"


def _rights() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, has_schema_privilege(current_schema(), 'CREATE'),"
            " pg_is_in_recovery()"
        )
        user, may_create, is_replica = cursor.fetchone()
    if is_replica:
        yield WRONG, "The database is a replica that only reads: set DATABASE_URL to the primary."
    elif not may_create:
        yield WRONG, f"{user} may not make tables: GRANT CREATE ON SCHEMA public TO {user};"
    else:
        yield OK, f"{user} may make tables"


def _migrations() -> Iterator[tuple[str, str]]:
    if has_pending_migrations():
        yield WRONG, f"The database is not up to date: run {PROGRAM} migrate."
    else:
        yield OK, "all are applied"


def _cache() -> Iterator[tuple[str, str]]:
    try:
        cache.set("posthog-lite-doctor", "well", timeout=10)
        is_well = cache.get("posthog-lite-doctor") == "well"
    except Error:
        raise
    except Exception as error:  # noqa: BLE001  # each kind of cache has its own
        yield WRONG, f"It does not answer; look at CACHE_URL: {error}"
        return
    yield (OK, "keeps what it is given") if is_well else (WRONG, "It forgets: look at CACHE_URL.")


def _engine() -> Iterator[tuple[str, str]]:
    why = None if settings.CLICKHOUSE_URL else why_engine_cannot_run()
    if why:
        yield WRONG, why
        return
    (version,) = engine.execute("SELECT version()").rows[0]
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST_CLICKHOUSE:
        yield WRONG, f"ClickHouse {version}: 25.8 or later is needed."
    else:
        yield OK, f"ClickHouse {version} {engine_place()}"


def _waiting() -> Iterator[tuple[str, str]]:
    since = OutboxEntry.all_projects.aggregate(since=Min("created_at"))["since"]  # the whole server
    if since is not None and timezone.now() - since > LONG_WAITING:
        waits = f"Events wait for the engine since {since:%Y-%m-%d %H:%M} UTC"
        yield WRONG, f"{waits}: start the server, or look at its log."
    else:
        yield OK, "no event waits long for the engine"


def _clocks() -> Iterator[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (database,) = cursor.fetchone()
    apart = abs(database - timezone.now())
    (moment,) = engine.execute("SELECT toUnixTimestamp64Milli(now64(3))").rows[0]
    seen = datetime.fromtimestamp(moment / 1000, UTC)
    apart = max(apart, abs(seen - timezone.now()))
    if apart > CLOCKS_APART:
        yield WRONG, f"Clocks differ by {apart.total_seconds():.0f} s: run NTP on every machine."
    else:
        yield OK, "this machine, the database and the engine agree"
