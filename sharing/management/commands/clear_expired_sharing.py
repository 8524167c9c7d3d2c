"""Removes links that stopped working after a rotation, and old renderings."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors
from sharing.rendering import remove_old_renderings
from sharing.services import remove_expired


class Command(CommandWithExamples):
    help = (
        "Remove share links that were rotated out and whose five minutes of grace have ended,\n"
        "and texts of pages as they were rendered a month ago, which are rendered anew where they\n"
        "are still shown. This only tidies up, and is safe to run at any time."
    )
    examples = [
        ("By hand", "clear_expired_sharing"),
        ("From cron, silent unless something goes wrong", "clear_expired_sharing --verbosity 0"),
    ]

    def handle(self, *args: Any, **options: Any) -> None:
        with one_line_errors():
            now = timezone.now()
            number = remove_expired(now=now)
            remove_old_renderings(now=now)
        if options["verbosity"]:
            self.stdout.write(f"Removed expired sharing configurations: {number}.")
