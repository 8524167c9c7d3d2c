"""Deletions of people's events: kept from the request until they are done."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from posthog_lite.events.models import EventDeletion, OutboxEntry
from posthog_lite.events.rows import DELETIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posthog_lite.accounts.models import Project
    from posthog_lite.events.models import Person

KEPT_FOR = timedelta(days=90)  # once done


def record_deletions(*, project: Project, persons: Sequence[Person]) -> None:
    """Note whose events are deleted by the entry that was put last, and forget old notes.

    The caller keeps others from putting entries meanwhile.
    """
    deletions = EventDeletion.objects.for_project(project)
    deletions.filter(verified_at__lt=timezone.now() - KEPT_FOR).delete()
    entries = OutboxEntry.objects.for_project(project).filter(kind=DELETIONS).order_by("-id")
    [entry] = entries.values_list("id", flat=True)[:1]
    deletions.bulk_create(
        EventDeletion(project=project, person_uuid=person.uuid, entry_id=entry)
        for person in persons
    )
