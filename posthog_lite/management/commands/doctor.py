from __future__ import annotations

import sys
from typing import Any

from posthog_lite.management.diagnosis import WRONG, examine
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Look at settings, folders, disk, database, migrations, engine and clocks. Each line says\n"
        "ok or what to do; the exit code is 1 where something is wrong. An embedded database or\n"
        "engine that does not run is started to be looked at."
    )
    examples = [("Before the first start, after an upgrade, when something is odd", "doctor")]
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        is_wrong = False
        for finding in examine():
            self.stdout.write(f"{finding.state:<6}{finding.topic:<12}{finding.text}")
            self.stdout.flush()
            is_wrong = is_wrong or finding.state == WRONG
        if is_wrong:
            sys.exit(1)
