# ruff: noqa: N999  # the name of the command
"""Reads what `export` wrote."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.utils import timezone

from posthog_lite.management.commands.import_events import project_named
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from sharing.moving.files import read_folder
from sharing.moving.tally import Tally


class Command(CommandWithExamples):
    help = (
        "Create or change what the files of a folder say, as export writes them. A thing is known\n"
        "by its file's name once it was imported, before by its own name. Nothing is deleted."
    )
    examples = [
        ("Look first", "import --project 1 --dry-run dashboards-as-files"),
        ("Then do it", "import --project 1 dashboards-as-files"),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        tally = Tally()
        with one_line_errors():
            mover = read_folder(
                project=project_named(options["project"]),
                folder=options["folder"],
                now=timezone.now(),
                is_dry=options["dry_run"],
                report=tally.add,
            )
        for line in tally.lines(mover):
            self.stdout.write(line)
        if tally.failed:
            sys.exit(1)
