"""Data that is gone when the server stops: of `quickstart --ephemeral`.

Settings name the folder of all data and are read before a command sees its options; so it is
chosen before them, and told by the environment to what the process goes on as.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

VARIABLE = "POSTHOG_LITE_TEMPORARY_DIR"


def wants_temporary_data(arguments: list[str]) -> bool:
    """Return whether this command line is that of a server with temporary data."""
    return arguments[:1] == ["quickstart"] and "--ephemeral" in arguments


def temporary_folder() -> str | None:
    """Return the folder that was chosen for this process."""
    return os.environ.get(VARIABLE)


def choose_temporary_folder() -> None:
    """Make a folder for all data, and let settings find it."""
    if not temporary_folder():
        folder = tempfile.mkdtemp(prefix="posthog-lite-ephemeral-")
        os.environ |= {VARIABLE: folder, "DATA_DIR": folder}
        os.environ |= {"DATABASE_URL": "", "CLICKHOUSE_URL": ""}
    remove_at_exit(os.environ[VARIABLE])


def remove_at_exit(folder: str) -> None:
    """Remove a folder when this process ends, after what is registered later: its databases."""
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
