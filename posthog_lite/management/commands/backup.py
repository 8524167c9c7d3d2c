from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone

from posthog_lite.database.migration_state import has_pending_migrations
from posthog_lite.management.backups.writing import write_backup
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.server.program import PROGRAM
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Write everything to one file, as it was at one moment: the database and the events of\n"
        "the query engine. The server may go on meanwhile. SECRET_KEY is not in it."
    )
    examples = [("Everything in one file", "backup posthog-lite.zip")]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="a file that does not exist yet")

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        with one_line_errors():
            if has_pending_migrations():
                raise refusal(f"The database is not up to date: run {PROGRAM} migrate first.")
            size = write_backup(path=options["file"], now=timezone.now())
        self.stdout.write(
            f"Written: {options['file']}, {filesizeformat(size)}".replace("\xa0", " ")
        )
