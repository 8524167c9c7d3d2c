from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Min, Sum
from django.template.defaultfilters import filesizeformat

from posthog_lite.clickhouse.errors import EngineError
from posthog_lite.clickhouse.state import engine_place, engine_state, is_embedded_engine_running
from posthog_lite.events.models import OutboxEntry
from posthog_lite.management.examples import CommandWithExamples
from posthog_lite.management.refusals import one_line_errors, refusal
from posthog_lite.server.serving import exit_on_signals


class Command(CommandWithExamples):
    help = (
        "Say how the query engine is: where, which version, what it holds, and what waits to be\n"
        "moved into it. An embedded one that does not run is started for the answer."
    )
    examples = [("All there is to know", "engine")]
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        exit_on_signals()
        self.stdout.write(f"Place    {engine_place()}")
        if not settings.CLICKHOUSE_URL:
            is_running = is_embedded_engine_running()
            self.stdout.write(f"State    {'running' if is_running else 'stopped until now'}")
        with one_line_errors():
            self.stdout.write(f"Waiting  {waiting()}")
            try:
                state = engine_state()
            except EngineError as error:
                raise refusal(f"The engine does not answer: {error.reason}") from error
        self.stdout.write(f"Version  {state.version}, tables of {state.schema}")
        for table in state.tables:
            size = filesizeformat(table.size).replace("\xa0", " ")
            self.stdout.write(f"  {table.name:<20} {table.rows:>14,} rows {size:>12}")


def waiting() -> str:
    """Return how much was taken in and is not in the engine yet."""
    entries = OutboxEntry.all_projects  # an operator looks at the whole server
    found = entries.aggregate(rows=Sum("rows"), since=Min("created_at"))
    if not found["rows"]:
        return "nothing"
    return f"{found['rows']:,} rows, the oldest since {found['since']:%Y-%m-%d %H:%M:%S} UTC"
