"""Location of this program and how to start it: in a checkout, or installed as a package."""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]  # where `posthog_lite` is imported from
IS_CHECKOUT = (ROOT / "manage.py").exists()
# What an operator types before the name of a command.
PROGRAM = "manage.py" if IS_CHECKOUT else "posthog-lite"
SHELL_LINE = f".venv/bin/python {PROGRAM}" if IS_CHECKOUT else PROGRAM


def command_line(*arguments: str) -> list[str]:
    """Return what runs a command of ours with this Python, in whatever folder."""
    program = [str(ROOT / "manage.py")] if IS_CHECKOUT else ["-P", "-m", "posthog_lite"]
    return [sys.executable, *program, *arguments]


def default_data_dir() -> Path:
    """Return the folder of the data where DATA_DIR is unset: never among installed packages."""
    if IS_CHECKOUT:
        return ROOT / ".posthog-lite"
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "posthog-lite"


def env_file() -> Path:
    """Return the file of settings: beside `manage.py`, or in the folder of the data.

    That of the current folder is not read: it may be another program's.
    """
    if IS_CHECKOUT:
        return ROOT / ".env"
    return Path(os.environ.get("DATA_DIR") or default_data_dir()) / ".env"
