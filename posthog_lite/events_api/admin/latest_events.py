"""The latest events of somebody or of a name, as the engine has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
from django.utils import timezone
from django.utils.html import format_html, format_html_join

from posthog_lite.clickhouse.errors import EngineError
from posthog_lite.events_api.selectors.events import EventFilters, list_events

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

    from posthog_lite.accounts.models import Project

NUMBER = 20
LONGEST_PROPERTIES = 300
TABLE = (
    "<table><thead><tr><th>when</th><th>event</th><th>distinct id</th><th>properties</th></tr>"
    "</thead><tbody>{}</tbody></table>"
)
ROW = "<tr><td>{}</td><td>{}</td><td>{}</td><td><code>{}</code></td></tr>"


def latest_events(project: Project, *, event: str = "", person_id: str = "") -> SafeString | str:
    """Return a table of them, or the reason why it is missing."""
    filters = EventFilters(limit=NUMBER, event=event, person_id=person_id)
    try:
        rows = list_events(project=project, filters=filters, now=timezone.now())
    except EngineError as error:
        return error.detail
    if not rows:
        return "-"
    cells = [
        (
            f"{row['timestamp']:%Y-%m-%d %H:%M:%S}",
            row["event"],
            row["distinct_id"],
            _shortened(orjson.dumps(row["properties"]).decode()),
        )
        for row in rows
    ]
    return format_html(TABLE, format_html_join("", ROW, cells))


def _shortened(text: str) -> str:
    is_short = len(text) <= LONGEST_PROPERTIES
    return text if is_short else f"{text[:LONGEST_PROPERTIES]}…"
