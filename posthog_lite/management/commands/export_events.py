from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from posthog_lite.events.exporting import export_lines
from posthog_lite.management.commands.import_events import opened, project_named
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Write a project's types of properties, people and events as lines of JSON, which\n"
        "import_events reads. Groups come back from the events that describe them."
    )
    examples = [
        ("Into a file", "export_events --project 1 events.jsonl"),
        ("To the standard output, for another program", "export_events --project 1"),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID")
        parser.add_argument(
            "file", nargs="?", default="-", metavar="FILE", help="default: -, the standard output"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        written = 0
        with one_line_errors(), opened(options["file"], "wb") as target:
            for line in export_lines(project=project_named(options["project"])):
                target.write(line + b"\n")
                written += 1
        self.stderr.write(f"Wrote {written:,} lines.")
