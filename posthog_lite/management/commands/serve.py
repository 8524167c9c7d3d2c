from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.conf import settings
from django.core.checks import ERROR, run_checks

from posthog_lite.database.migration_state import has_pending_migrations
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.management.settings_file import warnings_of_settings_file
from posthog_lite.server.program import PROGRAM
from posthog_lite.server.serving import (
    base_url,
    check_address,
    exit_on_signals,
    go_on_as_server,
)


def positive_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1000):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to 999.")
    return int(text)


class Command(CommandWithExamples):
    help = (
        "Run the production server on DATABASE_URL, or on the embedded database. Refuses to\n"
        "start while migrations are pending, and with settings that are never safe."
    )
    examples = [
        ("One worker process per processor core, for a proxy on this machine", "serve"),
        ("For other machines, at this one's address", "serve --host 192.0.2.7 --workers 4"),
        ("What is unsafe about the settings, without serving", "check --deploy"),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="default: 127.0.0.1")
        parser.add_argument("--port", type=int, default=8000, help="default: 8000")
        parser.add_argument(
            "--workers",
            type=positive_number,
            default=os.cpu_count() or 1,
            help="processes; default: one per processor core",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        host, port = options["host"], options["port"]
        with one_line_errors():
            check_address(host=host, port=port)
            self.stderr.writelines(warnings_of_settings_file())
            self._check_settings()
            if has_pending_migrations():
                raise refusal(f"The database is not up to date: run {PROGRAM} migrate first.")
            self.stdout.write(f"Serving {base_url(host=host, port=port)} (Ctrl-C stops it)")
            go_on_as_server(host=host, port=port, workers=options["workers"])

    def _check_settings(self) -> None:
        """Refuse what is never safe; warn of what may be meant."""
        found = run_checks(tags=["production"], include_deployment_checks=True)
        unsafe = [f"{problem.msg} {problem.hint}" for problem in found if problem.level >= ERROR]
        if unsafe:
            raise refusal(" ".join(unsafe))
        if not is_local(settings.ALLOWED_HOSTS):
            for problem in found:
                self.stderr.write(f"Warning: {problem.msg} {problem.hint}")


def is_local(hosts: list[str]) -> bool:
    """Return whether the server answers under names of this machine only: somebody tries it out."""
    return set(hosts) <= {"localhost", "127.0.0.1", "[::1]"}
