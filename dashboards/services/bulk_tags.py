"""bulk_update_tags: one change of tags on many dashboards or insights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dashboards.models import Dashboard, Insight
from dashboards.models.tag import MOST_TAGS
from dashboards.selectors.rights import editable_ids, editable_insight_ids
from dashboards.services.tags import (
    forget_unlisted_tags,
    get_or_create_tags,
    lock_tags,
    normalize_tags,
    remove_unused_tags,
)
from posthog_lite.database.transactions import one_transaction
from posthog_lite.tenancy.bulk_tags import TagChangeRefused, check_tag_change, tag_change_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project
    from posthog_lite.tenancy.bulk_tags import BulkTagsResult, TagAction

    Tagged = type[Dashboard] | type[Insight]

SKIPPED_REASON = "Not found or no edit access"


@one_transaction
def bulk_update_dashboard_tags(
    *, access: ProjectAccess, ids: Sequence[int], action: TagAction, tags: Sequence[str]
) -> BulkTagsResult:
    """Add, remove or set tags on those of the dashboards the caller may edit.

    A constant number of queries. Raises TagChangeRefused.
    """
    names = normalize_tags(tags)
    check_tag_change(ids=ids, action=action, tags=names)
    rows = Dashboard.objects.for_project(access.project).filter(deleted=False, pk__in=ids)
    locked = list(rows.order_by("pk").select_for_update(no_key=True))
    allowed = editable_ids(dashboards=locked, access=access)
    after = _change(access.project, Dashboard, allowed, action, names)
    return tag_change_result(ids=ids, after=after, reason=SKIPPED_REASON)


@one_transaction
def bulk_update_insight_tags(
    *, access: ProjectAccess, ids: Sequence[int], action: TagAction, tags: Sequence[str]
) -> BulkTagsResult:
    """Add, remove or set tags on those of the insights the caller may edit.

    A constant number of queries. Raises TagChangeRefused.
    """
    names = normalize_tags(tags)
    check_tag_change(ids=ids, action=action, tags=names)
    rows = Insight.objects.for_project(access.project).filter(deleted=False, pk__in=ids)
    locked = rows.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True)
    allowed = editable_insight_ids(insights=set(locked), access=access)
    after = _change(access.project, Insight, allowed, action, names)
    return tag_change_result(ids=ids, after=after, reason=SKIPPED_REASON)


def _change(
    project: Project, model: Tagged, ids: set[int], action: TagAction, names: list[str]
) -> dict[int, list[str]]:
    if not ids:  # new tags would be nobody's
        return {}
    links: Any = model.tags.through
    owner = f"{model._meta.model_name}_id"
    lock_tags(project=project)
    before = _names_by_owner(links, owner, ids)
    carried = links.objects.filter(**{f"{owner}__in": ids})
    if action == "remove":
        carried.filter(tag__name__in=names).delete()
    elif action == "set":
        carried.exclude(tag__name__in=names).delete()
    if action != "remove":
        tags = get_or_create_tags(project=project, names=names)
        links.objects.bulk_create(
            (links(**{owner: pk}, tag_id=tag.pk) for pk in ids for tag in tags),
            ignore_conflicts=True,
        )
    if model is Dashboard:
        forget_unlisted_tags(project=project, dashboard_ids=ids)
    remove_unused_tags(project=project, names={n for row in before.values() for n in row})
    after = _names_by_owner(links, owner, ids)
    if action == "add" and any(len(tags) > MOST_TAGS for tags in after.values()):
        raise TagChangeRefused(f"There are at most {MOST_TAGS} tags.")
    return after


def _names_by_owner(links: Any, owner: str, ids: Iterable[int]) -> dict[int, list[str]]:
    """The tags each dashboard or insight carries, sorted by name."""
    names: dict[int, list[str]] = {pk: [] for pk in ids}
    rows = links.objects.filter(**{f"{owner}__in": names}).order_by("tag__name")
    for pk, name in rows.values_list(owner, "tag__name"):
        names[pk].append(name)
    return names
