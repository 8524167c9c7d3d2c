"""Notes of reads, such as when a row was last used: no reader waits for a writer to make one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction

if TYPE_CHECKING:
    from django.db.models import QuerySet


def note(rows: QuerySet[Any], **values: Any) -> None:
    """Update those of `rows` that nobody holds; a later read makes the note on the others."""
    free = rows.order_by().select_for_update(skip_locked=True, no_key=True).values("pk")
    with transaction.atomic():
        rows.model._base_manager.filter(pk__in=free).update(**values)
