"""Writes a project's dashboards as files."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from posthog_lite.management.commands.import_events import project_named
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from sharing.moving.files import write_folder
from sharing.moving.items import PLURALS


class Command(CommandWithExamples):
    help = (
        "Write dashboards, insights, themes, variables, actions and templates of a project as\n"
        "JSON files for version control: in a fixed order and without ids that change. Run again,\n"
        "it writes what is different and removes files of what is gone. Links are not written."
    )
    examples = [("Into a folder", "export --project 1 dashboards-as-files")]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--project", type=int, required=True, metavar="ID")
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="made where missing")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            project = project_named(options["project"])
            written = write_folder(project=project, folder=options["folder"])
        for kind, plural in PLURALS.items():
            self.stdout.write(f"{plural:<12}{written[kind]}")
