"""Checks a change of tags on many rows of a project, and tells its outcome for each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TagAction = Literal["add", "remove", "set"]
MAX_CHANGES = 10_000


class TagChangeRefused(DomainError):
    """The change is empty or too large."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, attr="tags")


@dataclass(frozen=True, slots=True)
class BulkTagsResult:
    """The outcome for each row; leaving out some is not a failure."""

    updated: list[dict[str, Any]]
    skipped: list[dict[str, Any]]


def check_tag_change(*, ids: Sequence[Any], action: TagAction, tags: Sequence[str]) -> None:
    """Raise TagChangeRefused where a change is empty or too large."""
    if not tags and action != "set":
        raise TagChangeRefused(f"tags must not be empty for action '{action}'.")
    if len(set(ids)) * len(tags) > MAX_CHANGES:
        raise TagChangeRefused(f"ids times distinct tags must not exceed {MAX_CHANGES}.")


def tag_change_result(
    *, ids: Sequence[Any], after: Mapping[Any, Sequence[str]], reason: str
) -> BulkTagsResult:
    """Return the tags of rows that were changed, and for the others the reason."""
    wanted = list(dict.fromkeys(ids))
    return BulkTagsResult(
        updated=[{"id": pk, "tags": list(after[pk])} for pk in wanted if pk in after],
        skipped=[{"id": pk, "reason": reason} for pk in wanted if pk not in after],
    )
