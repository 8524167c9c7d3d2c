"""One change of tags on many definitions or actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from posthog_lite.database.stored_json import as_texts
from posthog_lite.database.transactions import one_transaction
from posthog_lite.events.models import Action
from posthog_lite.events.models.definition import MOST_TAGS
from posthog_lite.tenancy.bulk_tags import TagChangeRefused, check_tag_change, tag_change_result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

    from posthog_lite.tenancy.bulk_tags import BulkTagsResult, TagAction

SKIPPED_REASON = "Not found"


@one_transaction
def bulk_update_tags(
    *, rows: QuerySet[Any], ids: Sequence[Any], action: TagAction, tags: Sequence[str]
) -> BulkTagsResult:
    """Add, remove or set tags on those of `rows` that have one of the ids.

    A constant number of queries. Raises TagChangeRefused.
    """
    check_tag_change(ids=ids, action=action, tags=tags)
    locked = rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in locked}
    for row in found.values():
        row.tags = _changed(as_texts(row.tags), action, tags)
    _save(list(found.values()), moment="updated_at" if rows.model is Action else "last_updated_at")
    after = {pk: row.tags for pk, row in found.items()}
    return tag_change_result(ids=ids, after=after, reason=SKIPPED_REASON)


def _changed(before: Sequence[str], action: TagAction, tags: Sequence[str]) -> list[str]:
    kept = {
        "add": [*before, *tags],
        "remove": [tag for tag in before if tag not in tags],
        "set": tags,
    }
    after = list(dict.fromkeys(kept[action]))
    if len(after) > MOST_TAGS:
        raise TagChangeRefused(f"There are at most {MOST_TAGS} tags.")
    return after


def _save(changed: list[Any], *, moment: str) -> None:
    if not changed:
        return
    now = timezone.now()
    for row in changed:
        setattr(row, moment, now)
    type(changed[0])._base_manager.bulk_update(changed, ["tags", moment])
