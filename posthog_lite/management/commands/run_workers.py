from __future__ import annotations

from argparse import ArgumentParser
from dataclasses import fields
from typing import Any

from django.core.management.base import BaseCommand

from posthog_lite.management.refusals import one_line_errors
from posthog_lite.server.serving import Resources, exit_on_signals, run_server


class Command(BaseCommand):
    help = "The processes that serve and quickstart become when all is ready. Not to run by hand."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", required=True)
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--workers", type=int, required=True)
        parser.add_argument("--farewell", help="what to print in the end")
        for resource in fields(Resources):
            parser.add_argument(f"--{resource.name}", metavar="FOLDER")

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        resources = Resources(**{part.name: options[part.name] for part in fields(Resources)})
        with one_line_errors():
            run_server(
                host=options["host"],
                port=options["port"],
                workers=options["workers"],
                resources=resources,
            )
        if options["farewell"]:
            self.stdout.write(options["farewell"])
