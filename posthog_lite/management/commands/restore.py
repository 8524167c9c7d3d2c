from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from posthog_lite.management.backups.reading import restore_backup
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Read a file of the command backup into an empty database and an empty engine, embedded\n"
        "ones or others than those it was made of. The server must not run. One of an older\n"
        "release is brought up to date."
    )
    examples = [
        ("Into a new DATA_DIR, or a new DATABASE_URL and CLICKHOUSE_URL", "restore backup.zip"),
        ("In the place of what is there", "restore --force backup.zip"),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="what the command backup wrote")
        parser.add_argument("--force", action="store_true", help="remove what is there")

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        with one_line_errors():
            manifest = restore_backup(path=options["file"], is_forced=options["force"])
        self.stdout.write(
            f"Restored what was there at {manifest.created_at}, release {manifest.version}."
        )
