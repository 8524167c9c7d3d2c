"""Files in the folder of an embedded engine.

clickhouse/data       the engine's own files
clickhouse/password   what a client has to send; made once, for its owner's eyes only
clickhouse/endpoint   where the running engine listens
clickhouse/log        what the engine's process said last
clickhouse.lock       who uses the folder: see `folder_lock`
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from posthog_lite.ids import new_engine_password

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The port and process of a running engine."""

    pid: int
    port: int
    version: str


def read_endpoint(folder: Path) -> Endpoint | None:
    """Return where the engine said it listens; it may have ended since."""
    with suppress(OSError, ValueError, TypeError):
        return Endpoint(**json.loads((folder / "endpoint").read_text()))
    return None


def publish_endpoint(folder: Path, endpoint: Endpoint) -> None:
    _write_privately(folder / "endpoint", json.dumps(asdict(endpoint)))


def withdraw_endpoint(folder: Path) -> None:
    (folder / "endpoint").unlink(missing_ok=True)


def engine_password(folder: Path) -> str:
    """Return what clients send; made when it is missing."""
    file = folder / "password"
    with suppress(FileNotFoundError):
        return file.read_text().strip()
    password = new_engine_password()
    _write_privately(file, password)
    return password


def _write_privately(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
