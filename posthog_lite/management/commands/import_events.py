from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from contextlib import AbstractContextManager, nullcontext
from typing import IO, Any

from django.utils import timezone

from posthog_lite.accounts.models import Project
from posthog_lite.events.importing import Taken, import_lines
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Read events, people and types of properties from lines of JSON, as export_events writes\n"
        "them. History is taken as it was: events change nobody, and who is who comes from the\n"
        "lines of people. Ten thousand lines are stored together, or none of them."
    )
    examples = [
        ("What another project exported", "import_events --project 1 events.jsonl"),
        ("From another program", "import_events --project 1 -"),
        ("As if each event had just been captured", "import_events --project 1 --live new.jsonl"),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID")
        parser.add_argument(
            "--live",
            action="store_true",
            help="let events change people, as if they were captured now",
        )
        parser.add_argument(
            "file", nargs="?", default="-", metavar="FILE", help="default: -, the standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        started_at = time.monotonic()
        with one_line_errors(), opened(options["file"]) as source:
            taken = import_lines(
                project=project_named(options["project"]),
                source=source,
                now=timezone.now(),
                is_live=options["live"],
                report=lambda taken: self._report(taken, time.monotonic() - started_at),
            )
        self.stdout.write(
            f"Took {taken.events:,} events, {taken.persons:,} persons and"
            f" {taken.types:,} property definitions in {time.monotonic() - started_at:.1f} s."
        )
        if taken.is_waiting:
            self.stderr.write("The query engine is away: the events are stored and wait for it.")

    def _report(self, taken: Taken, seconds: float) -> None:
        speed = taken.lines / max(seconds, 0.001)
        end = "\r" if self.stderr.isatty() else "\n"
        self.stderr.write(f"{taken.lines:,} lines, {speed:,.0f} a second", ending=end)


def project_named(project_id: int) -> Project:
    """The project of an id. Raises CommandError."""
    project = Project.objects.filter(pk=project_id).first()
    if project is None:
        raise refusal(f"--project: there is no project {project_id}.")
    return project


def opened(name: str, mode: str = "rb") -> AbstractContextManager[IO[bytes]]:
    """The file of this name, or the standard input or output. Raises CommandError."""
    if name == "-":
        return nullcontext(sys.stdin.buffer if mode == "rb" else sys.stdout.buffer)
    try:
        return open(name, mode)
    except OSError as error:
        raise refusal(f"{name}: {error.strerror}.") from error
