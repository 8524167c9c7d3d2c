"""One change of tags on many definitions or actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from django.utils import timezone

from posthog_lite.database.stored_json import as_texts
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.events.models import Action
from posthog_lite.events.services.definitions import MOST_TAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet

TagAction = Literal["add", "remove", "set"]
MAX_CHANGES = 10_000
SKIPPED_REASON = "Not found"


class TagChangeRefused(DomainError):
    """The change is empty or too large."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, attr="tags")


@dataclass(frozen=True, slots=True)
class BulkTagsResult:
    """The outcome for each row; leaving out some is not a failure."""

    updated: list[dict[str, Any]]
    skipped: list[dict[str, Any]]


@one_transaction
def bulk_update_tags(
    *, rows: QuerySet[Any], ids: Sequence[Any], action: TagAction, tags: Sequence[str]
) -> BulkTagsResult:
    """Add, remove or set tags on those of `rows` that have one of the ids.

    A constant number of queries. Raises TagChangeRefused.
    """
    if not tags and action != "set":
        raise TagChangeRefused(f"tags must not be empty for action '{action}'.")
    if len(set(ids)) * len(tags) > MAX_CHANGES:
        raise TagChangeRefused(f"ids times distinct tags must not exceed {MAX_CHANGES}.")
    locked = rows.filter(pk__in=ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    found = {row.pk: row for row in locked}
    for row in found.values():
        row.tags = _changed(as_texts(row.tags), action, tags)
    _save(list(found.values()), moment="updated_at" if rows.model is Action else "last_updated_at")
    wanted = list(dict.fromkeys(ids))
    return BulkTagsResult(
        updated=[{"id": pk, "tags": found[pk].tags} for pk in wanted if pk in found],
        skipped=[{"id": pk, "reason": SKIPPED_REASON} for pk in wanted if pk not in found],
    )


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
