"""Which tiles a dashboard shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from dashboards.models import Tile

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from dashboards.models import Dashboard

MAX_TILES = 500


def live_tiles(*, dashboard: Dashboard) -> QuerySet[Tile]:
    """The tiles a dashboard shows: not removed, and their insight not deleted."""
    return (
        # The dashboard was found in its project, which scopes its tiles.
        Tile.all_projects.filter(dashboard=dashboard, deleted=False).filter(
            Q(insight=None) | Q(insight__deleted=False)
        )
    )
