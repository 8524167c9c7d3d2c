"""Brings dashboards along from PostHog."""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from django.utils import timezone

from posthog_lite.management.commands.import_events import project_named
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.server.serving import exit_on_signals
from sharing.moving.copying import bring
from sharing.moving.items import PLURALS, Item
from sharing.moving.mover import Outcome
from sharing.moving.source import Source
from sharing.moving.tally import Tally

KEY_VARIABLE = "POSTHOG_PERSONAL_API_KEY"
SINGULARS = {plural: kind for kind, plural in PLURALS.items()}


def kinds(value: str) -> list[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    unknown = [name for name in names if name not in SINGULARS]
    if unknown or not names:
        raise ArgumentTypeError(f"{value!r} is not some of {','.join(SINGULARS)}.")
    return [SINGULARS[name] for name in names]


class Command(CommandWithExamples):
    help = (
        "Bring dashboards with their tiles, insights and newest results, themes, SQL variables,\n"
        "actions, templates and links from a project of PostHog, or of another server like this.\n"
        "Run again, also after an interruption, it writes what is new and what changed there."
    )
    examples = [
        (
            "Look first",
            "import_posthog --from https://eu.posthog.com --source-project 123 --project 1"
            " --dry-run",
        ),
        (
            "Dashboards and the insights on them",
            "import_posthog --from https://eu.posthog.com --source-project 123 --project 1"
            " --only dashboards",
        ),
    ]
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="url", required=True, metavar="URL")
        parser.add_argument(
            "--key",
            default=os.environ.get(KEY_VARIABLE, ""),
            help=f"a personal API key that may read there; default: ${KEY_VARIABLE}",
        )
        parser.add_argument("--source-project", type=int, required=True, metavar="ID")
        parser.add_argument("--project", type=int, required=True, metavar="ID", help="the one here")
        parser.add_argument("--dry-run", action="store_true", help="only list what would be done")
        parser.add_argument(
            "--only",
            type=kinds,
            default=list(PLURALS),
            metavar="KINDS",
            help=f"default: {','.join(SINGULARS)}",
        )
        parser.add_argument(
            "--insight-links",
            action="store_true",
            help="also links of single insights; asks the source once more for each insight",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        if not options["key"]:
            raise refusal(f"--key: give a personal API key, or set {KEY_VARIABLE}.")
        self._is_listing = options["dry_run"] or options["verbosity"] > 1
        self._tally = Tally()
        with one_line_errors():
            source = Source(
                options["url"],
                options["key"],
                str(options["source_project"]),
                report=self.stderr.write,
            )
            mover = bring(
                project=project_named(options["project"]),
                source=source,
                now=timezone.now(),
                only=options["only"],
                is_dry=options["dry_run"],
                has_insight_links=options["insight_links"],
                report=self._report,
            )
        for line in self._tally.lines(mover):
            self.stdout.write(line)
        if self._tally.failed:
            sys.exit(1)

    def _report(self, item: Item, outcome: Outcome) -> None:
        self._tally.add(item, outcome)
        told = f"{outcome.value:<10}{item.kind} {item.key} {item.title}"
        if self._is_listing:
            self.stdout.write(told)
        elif self.stderr.isatty():
            self.stderr.write(f"\033[K{self._tally.total:,} {told[:70]}", ending="\r")
        elif self._tally.total % 100 == 0:
            self.stderr.write(f"{self._tally.total:,} done")
