"""Rewrites the events of people who were merged, so that queries need not look them up."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from posthog_lite.clickhouse import engine
from posthog_lite.events.models import OutboxEntry, PersonOverride
from posthog_lite.events.outbox import only_mover
from posthog_lite.events.rows import EVENTS, OVERRIDES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

# Queries join with fewer in no time.
MANY = 2_000
AT_ONCE = 5_000
# No request that read people before they were merged still writes events.
AGE = timedelta(hours=1)
SECONDS_BETWEEN_LOOKS = 600
_looked_at: dict[int, float] = {}


def squash_where_needed(*, project_id: int) -> None:
    """Squash a project's overrides when they are many; checked every ten minutes."""
    now = time.monotonic()
    if now - _looked_at.get(project_id, float("-inf")) < SECONDS_BETWEEN_LOOKS:
        return
    _looked_at[project_id] = now
    if _settled(project_id)[MANY - 1 : MANY].exists():
        squash(project_id=project_id)


def squash(*, project_id: int, age: timedelta = AGE) -> int:
    """Rewrite the events of people merged some time ago; return the number of overrides.

    Safe to repeat after a crash.
    """
    done = 0
    with only_mover(project_id=project_id) as is_alone:
        # Rows that wait bear old uuids, and would come after their override is gone.
        while is_alone and not _is_anything_waiting(project_id):
            chunk = list(_settled(project_id, age)[:AT_ONCE])
            if not chunk:
                break
            _squash(project_id, chunk)
            done += len(chunk)
    return done


def _settled(project_id: int, age: timedelta = AGE) -> QuerySet[PersonOverride]:
    # The mover knows projects by their ids only.
    rows = PersonOverride.all_projects.filter(project_id=project_id)
    return rows.filter(created_at__lte=timezone.now() - age).order_by("version", "id")


def _is_anything_waiting(project_id: int) -> bool:
    return OutboxEntry.all_projects.filter(project_id=project_id).exists()


def _squash(project_id: int, overrides: Sequence[PersonOverride]) -> None:
    last = max(each.version for each in overrides)
    values = {
        "project_id": project_id,
        "old": [str(each.old_person_id) for each in overrides],
        "now": [str(each.person_id) for each in overrides],
        "version": last,
    }
    mine = "project_id = {project_id:Int64}"
    engine.update(
        EVENTS,
        "person_id = {now:Array(UUID)}[indexOf({old:Array(UUID)}, person_id)]",
        f"{mine} AND person_id IN {{old:Array(UUID)}}",
        values,
    )
    engine.delete(
        OVERRIDES,
        f"{mine} AND old_person_id IN {{old:Array(UUID)}} AND version <= {{version:UInt64}}",
        values,
    )
    done = PersonOverride.all_projects.filter(project_id=project_id)
    done.filter(pk__in=[each.pk for each in overrides], version__lte=last).delete()
