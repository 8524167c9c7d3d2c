"""Removes links that stopped working after a rotation."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from sharing.services import remove_expired


class Command(CommandWithExamples):
    help = (
        "Remove share links that were rotated out and whose five minutes of grace have ended.\n"
        "They have stopped working by then; this only tidies up. Safe to run at any time."
    )
    examples = [
        ("By hand", "clear_expired_sharing"),
        ("From cron, silent unless something goes wrong", "clear_expired_sharing --verbosity 0"),
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            number = remove_expired(now=timezone.now())
        if options["verbosity"]:
            self.stdout.write(f"Removed expired sharing configurations: {number}.")
