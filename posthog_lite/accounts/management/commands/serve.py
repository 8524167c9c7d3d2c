from __future__ import annotations

import os
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand

from posthog_lite.accounts.management.refusals import refusal, told_in_one_line
from posthog_lite.database.migration_state import has_pending_migrations
from posthog_lite.server import base_url, check_address, exit_on_signals, serve


def positive_number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1000):
        raise ArgumentTypeError(f"{text!r} is not a number from 1 to 999.")
    return int(text)


class Command(BaseCommand):
    help = "Run the production server on DATABASE_URL, or on the embedded database."
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
        with told_in_one_line():
            check_address(host=host, port=port)
            if has_pending_migrations():
                raise refusal("The database is not up to date: run manage.py migrate first.")
            self.stdout.write(f"Serving {base_url(host=host, port=port)} (Ctrl-C stops it)")
            self.stdout.flush()
            serve(host=host, port=port, workers=options["workers"])
