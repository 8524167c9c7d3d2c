"""Runs the management commands: `manage.py`, `posthog-lite` and `python -m posthog_lite`."""

from __future__ import annotations

import os
import sys

from posthog_lite import __version__
from posthog_lite.server.program import IS_CHECKOUT, PROGRAM
from posthog_lite.server.temporary_data import choose_temporary_folder, wants_temporary_data

OURS = ("posthog_lite", "dashboards", "sharing", "themes", "tests")
CHECKOUT = (
    "Start with: python3 -m venv .venv && .venv/bin/pip install --no-deps -r requirements.lock "
    "&& .venv/bin/python manage.py quickstart"
)
START = CHECKOUT if IS_CHECKOUT else "Install posthog-lite with all that it requires."


def main() -> None:
    """Run the command; what an operator can mend is one line and exit code 2, not a traceback."""
    if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts it may have an older one
        version = "{}.{}".format(*sys.version_info[:2])
        fail(f"Python 3.11 or later is needed, this is {version}. {START}")
    if sys.argv[1:] in (["--version"], ["version"]):
        sys.stdout.write(f"{__version__}\n")
        return
    if wants_temporary_data(sys.argv[1:]):
        choose_temporary_folder()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "posthog_lite.settings")
    try:
        run([PROGRAM, *sys.argv[1:]])
    except ImportError as error:
        # REST framework hides what it could not find behind an error of its own.
        missing = error if isinstance(error, ModuleNotFoundError) else error.__context__
        package = (getattr(missing, "name", None) or OURS[0]).partition(".")[0]
        if "--traceback" in sys.argv or package in OURS:
            raise
        fail(f"{missing} for {sys.executable}. {START}")


def run(arguments: list[str]) -> None:
    """Import Django only here, where a missing package is reported in a line."""
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    try:
        execute_from_command_line(arguments)
    except (ImproperlyConfigured, OperationalError) as error:
        if "--traceback" in arguments:
            raise
        fail(str(error).strip())


def fail(text: str) -> None:
    sys.stderr.write(f"Error: {text}\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
