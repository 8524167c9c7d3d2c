"""Dates as clients write them: `2026-01-31`, ISO 8601 with a time, or relative like `-7d`."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from posthog_lite.query.moments import Unit, midnight, placed, shifted

if TYPE_CHECKING:
    from datetime import tzinfo

RELATIVE = re.compile(r"(?:-(?P<number>\d{1,6}))?(?P<unit>[hdwmqy])(?P<edge>Start|End)?")
SUNDAY = 0  # on which weeks begin


def parse_moment(text: str, *, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment meant, None for `all`. Raises ValueError for what is not a date.

    Relative days and longer begin at midnight in `zone`; so do dates without a time.
    """
    if text == "all":
        return None
    match = RELATIVE.fullmatch(text)
    if match is None or (match["number"] is None and match["edge"] is None):
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    unit = Unit(match["unit"])
    try:
        moment = shifted(now.astimezone(zone), unit, -int(match["number"] or 0))
        moment = placed(moment, unit, match["edge"], SUNDAY)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error
    return moment if match["edge"] or unit.is_clock else midnight(moment)
