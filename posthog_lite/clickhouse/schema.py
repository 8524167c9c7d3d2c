"""Makes and migrates the tables: the numbered files in `schema/`, each applied once.

Every statement in them may run twice (IF NOT EXISTS), so that two processes may meet.
On a cluster (CLICKHOUSE_CLUSTER) the same files make replicated tables on every shard.
"""

from __future__ import annotations

import re
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from posthog_lite.clickhouse.http import client, with_engine_errors

if TYPE_CHECKING:
    from clickhouse_connect.driver.httpclient import HttpClient

FOLDER = Path(__file__).parent / "schema"
TABLE = re.compile(
    r"^CREATE TABLE IF NOT EXISTS (?P<name>\w+) \((?P<columns>.*)\)\n"
    r"ENGINE = (?P<engine>\w+)\((?P<arguments>.*?)\)\n(?P<rest>.*?)\n-- sharded by (?P<shard>.*)$",
    re.DOTALL,
)
CHANGE = re.compile(r"^ALTER TABLE (?P<name>\w+) (?P<change>.*)$", re.DOTALL)
_lock = threading.Lock()
_known: set[str] = set()


def ensure_schema(database: str) -> None:
    """Make `database` and apply what is missing in it; looked at once in a process."""
    if database in _known:
        return
    with _lock:
        if database not in _known:
            with_engine_errors(lambda: _apply_missing(client(""), database))
            _known.add(database)


def forget_schema(database: str) -> None:
    """Look again next time: the database was dropped."""
    _known.discard(database)


def statements_of(path: Path) -> list[str]:
    return [part.strip() for part in path.read_text().split(";\n") if part.strip()]


def migration_files() -> list[Path]:
    return sorted(FOLDER.glob("[0-9]*.sql"))


def _apply_missing(connection: HttpClient, database: str) -> None:
    on_cluster = _on_cluster()
    connection.command(f"CREATE DATABASE IF NOT EXISTS `{database}`{on_cluster}")
    connection.command(
        f"CREATE TABLE IF NOT EXISTS `{database}`.schema_migrations{on_cluster} "
        "(name String, applied_at DateTime DEFAULT now()) ENGINE = "
        + ("ReplicatedMergeTree" if on_cluster else "MergeTree")
        + " ORDER BY name"
    )
    answer = connection.raw_query(f"SELECT name FROM `{database}`.schema_migrations")  # noqa: S608  # our own name
    applied = set(answer.decode().split())
    for path in migration_files():
        if path.stem not in applied:
            for statement in statements_of(path):
                for each in as_here(statement, database):
                    connection.command(each, settings={"database": database})
            connection.command(
                f"INSERT INTO `{database}`.schema_migrations (name) "  # noqa: S608  # likewise
                f"VALUES ('{path.stem}')"
            )


def _on_cluster() -> str:
    name = settings.CLICKHOUSE_CLUSTER
    return f" ON CLUSTER `{name}`" if name else ""


def as_here(statement: str, database: str) -> list[str]:
    """Return a statement as it is on one server; on a cluster, for every shard and replica."""
    if not settings.CLICKHOUSE_CLUSTER:
        return [statement]
    if (table := TABLE.match(statement)) is not None:
        return _for_cluster(table, database)
    if (changed := CHANGE.match(statement)) is not None:
        name, change, where = changed["name"], changed["change"], _on_cluster()
        return [f"ALTER TABLE {each}{where} {change}" for each in (f"{name}_shard", name)]
    return [statement]


def _for_cluster(table: re.Match[str], database: str) -> list[str]:
    """A replicated table on each shard, and one before them that spreads rows and questions."""
    name, cluster, where = table["name"], settings.CLICKHOUSE_CLUSTER, _on_cluster()
    return [
        f"CREATE TABLE IF NOT EXISTS {name}_shard{where} ({table['columns']})\n"
        f"ENGINE = Replicated{table['engine']}({table['arguments']})\n{table['rest']}",
        f"CREATE TABLE IF NOT EXISTS {name}{where} AS {name}_shard\n"
        f"ENGINE = Distributed(`{cluster}`, `{database}`, {name}_shard, {table['shard']})",
    ]
