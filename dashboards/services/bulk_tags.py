"""bulk_update_tags: one change of tags on many dashboards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from dashboards.models import Dashboard
from dashboards.selectors.rights import editable_ids
from dashboards.services.tags import (
    forget_unlisted_tags,
    get_or_create_tags,
    lock_tags,
    normalize_tags,
    remove_unused_tags,
)
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

TagAction = Literal["add", "remove", "set"]
MAX_CHANGES = 10_000
SKIPPED_REASON = "Not found or no edit access"


class TagChangeRefused(DomainError):
    """The change is empty or too large."""


@dataclass(frozen=True, slots=True)
class BulkTagsResult:
    """The outcome for each dashboard; skipping some is not a failure."""

    updated: list[dict[str, object]]
    skipped: list[dict[str, object]]


@one_transaction
def bulk_update_tags(
    *, access: ProjectAccess, ids: Sequence[int], action: TagAction, tags: Sequence[str]
) -> BulkTagsResult:
    """Add, remove or set tags on those of the dashboards the caller may edit.

    A constant number of queries. Raises TagChangeRefused.
    """
    names = normalize_tags(tags)
    if not names and action != "set":
        raise TagChangeRefused(f"tags must not be empty for action '{action}'.", attr="tags")
    if len(set(ids)) * len(names) > MAX_CHANGES:
        raise TagChangeRefused(
            f"ids times distinct tags must not exceed {MAX_CHANGES}.", attr="tags"
        )
    rows = Dashboard.objects.for_project(access.project).filter(deleted=False, pk__in=ids)
    locked = list(rows.order_by("pk").select_for_update(no_key=True))
    allowed = editable_ids(dashboards=locked, access=access)
    after = _change(access.project, allowed, action, names)
    wanted = list(dict.fromkeys(ids))
    return BulkTagsResult(
        updated=[{"id": pk, "tags": after[pk]} for pk in wanted if pk in allowed],
        skipped=[{"id": pk, "reason": SKIPPED_REASON} for pk in wanted if pk not in allowed],
    )


def _change(
    project: Project, ids: set[int], action: TagAction, names: list[str]
) -> dict[int, list[str]]:
    links = Dashboard.tags.through
    lock_tags(project=project)
    before = _names_by_dashboard(ids)
    carried = links.objects.filter(dashboard_id__in=ids)
    if action == "remove":
        carried.filter(tag__name__in=names).delete()
    elif action == "set":
        carried.exclude(tag__name__in=names).delete()
    if action != "remove":
        tags = get_or_create_tags(project=project, names=names)
        links.objects.bulk_create(
            (links(dashboard_id=pk, tag_id=tag.pk) for pk in ids for tag in tags),
            ignore_conflicts=True,
        )
    forget_unlisted_tags(project=project, dashboard_ids=ids)
    remove_unused_tags(project=project, names={n for row in before.values() for n in row})
    return _names_by_dashboard(ids)


def _names_by_dashboard(ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags each dashboard carries, sorted by name."""
    names: dict[int, list[str]] = {pk: [] for pk in ids}
    rows = Dashboard.tags.through.objects.filter(dashboard_id__in=names).order_by("tag__name")
    for pk, name in rows.values_list("dashboard_id", "tag__name"):
        names[pk].append(name)
    return names
