"""Lets visitors look closer where their link allows it: other dates, and results to take along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.filters.dashboard_layers import Overrides
from dashboards.models import Insight
from dashboards.selectors.read_insight import read_insight
from posthog_lite.accounts.services.limits import Limit, count
from posthog_lite.database.stored_json import as_object
from posthog_lite.domain import Missing
from posthog_lite.ids import parse_row_id
from sharing.contents import asking

if TYPE_CHECKING:
    from datetime import datetime

    from sharing.dates import Dates
    from sharing.models import SharingConfiguration
    from sharing.visitor import ShareVisitor

SETTING = "explore"
# Other dates are other results, which somebody has to compute.
PER_ADDRESS = Limit("explore_from_address", most=30, seconds=60)
PER_LINK = Limit("explore_link", most=120, seconds=60)


def may_explore(link: SharingConfiguration) -> bool:
    """Return whether visitors of a link may look closer."""
    return as_object(link.settings).get(SETTING) is True


def count_look(*, link: SharingConfiguration, network: str, now: datetime) -> float:
    """Count one closer look; return the seconds to wait where there were too many, else 0."""
    wait = count(limit=PER_ADDRESS, subject=f"{link.pk} {network}", now=now)
    return wait or count(limit=PER_LINK, subject=str(link.pk), now=now)


def read_card(*, visit: ShareVisitor, wanted: str, dates: Dates, now: datetime) -> dict[str, Any]:
    """Return an insight as the link shows it, over the dates that were chosen.

    `wanted` is its id, and needless where the link is one to an insight. Raises Missing.
    """
    link = visit.configuration
    pk = link.insight_id or parse_row_id(wanted)
    if pk is None or not visit.shows(Insight, pk):
        raise Missing("Not found.")
    found = read_insight(
        access=visit.access,
        lookup=pk,
        overrides=Overrides(filters=dates.filters),
        dashboard_id=link.dashboard_id,
        asking=asking(now),
    )
    return visit.present(Insight, found.shape)
