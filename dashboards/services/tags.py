"""Everything that writes tags, which dashboards and insights of a project share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef

from dashboards.models import Dashboard, Insight, Tag
from posthog_lite.accounts.models import Project

if TYPE_CHECKING:
    from collections.abc import Iterable


def normalize_tags(names: Iterable[str]) -> list[str]:
    """Return names trimmed, lower-cased, without repetitions and empty ones, in the order given."""
    return list(dict.fromkeys(name for raw in names if (name := raw.strip().lower())))


def set_tags(*, item: Dashboard | Insight, names: Iterable[str]) -> None:
    """Make these the only tags of a dashboard or insight; remove those nobody uses any more.

    Call it inside a transaction: it locks the project's tags until the end of it.
    """
    wanted = set(normalize_tags(names))
    current = set(item.tags.values_list("name", flat=True))
    if wanted == current:
        return
    lock_tags(project=item.project)
    item.tags.set(get_or_create_tags(project=item.project, names=wanted))
    remove_unused_tags(project=item.project, names=current - wanted)


def lock_tags(*, project: Project) -> None:
    """Let one transaction at a time change which tags a project has.

    Without it one writer could take a tag into use while another removes it as unused.
    """
    Project.objects.select_for_update(no_key=True).only("pk").get(pk=project.pk)


def get_or_create_tags(*, project: Project, names: Iterable[str]) -> list[Tag]:
    """The project's tags of these names, made where missing. Needs `lock_tags`."""
    wanted = normalize_tags(names)
    rows = [Tag(project=project, name=name) for name in wanted]
    Tag.objects.bulk_create(rows, ignore_conflicts=True)
    return list(Tag.objects.for_project(project).filter(name__in=wanted).order_by("id"))


def remove_unused_tags(*, project: Project, names: set[str]) -> None:
    """Delete those of these tags that nothing carries any more. Needs `lock_tags`."""
    if names:
        tags = Tag.objects.for_project(project).filter(name__in=names)
        tags.filter(dashboards=None, insights=None).delete()


def forget_unlisted_tags(*, project: Project, dashboard_ids: Iterable[int]) -> None:
    """Unlisted dashboards that lost the tag of their kind leave room for another one."""
    own = Tag.objects.for_project(project).filter(
        dashboards=OuterRef("pk"), name=OuterRef("unlisted_tag")
    )
    rows = Dashboard.objects.for_project(project).filter(
        ~Exists(own), pk__in=dashboard_ids, unlisted_tag__isnull=False
    )
    rows.update(unlisted_tag=None)
