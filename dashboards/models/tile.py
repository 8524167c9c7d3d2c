from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.db import models
from django.db.models import Q

from posthog_lite.tenancy.scoping import ProjectOwnedModel, ProjectScopedManager

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project


class TileQuerySet(models.QuerySet["Tile"]):
    def live(self) -> TileQuerySet:
        """Leave those that a dashboard shows: not removed, and their insight not deleted."""
        return self.filter(Q(insight=None) | Q(insight__deleted=False), deleted=False)

    def on_live_dashboards(self) -> TileQuerySet:
        """Leave those that show their insight or text on a dashboard that is there."""
        return self.filter(deleted=False, dashboard__deleted=False)


class TileManager(ProjectScopedManager["Tile"]):
    def for_project(self, project: Project) -> TileQuerySet:
        return TileQuerySet(self.model, using=self._db).filter(project=project)


class Tile(ProjectOwnedModel):
    """A tile of a dashboard: an insight or a text, with its layout and looks.

    A removed tile stays as a deleted row and is revived when its content returns: a dashboard
    holds an insight or text at most once, deleted rows included.
    """

    dashboard = models.ForeignKey(
        "dashboards.Dashboard", on_delete=models.CASCADE, related_name="tiles"
    )
    insight = models.ForeignKey(
        "dashboards.Insight", on_delete=models.CASCADE, null=True, blank=True, related_name="tiles"
    )
    text = models.ForeignKey(
        "dashboards.Text", on_delete=models.CASCADE, null=True, blank=True, related_name="tiles"
    )
    layouts = models.JSONField(default=dict, blank=True)
    color = models.CharField(max_length=400, null=True, blank=True)
    filters_overrides = models.JSONField(default=dict, null=True, blank=True)
    show_description = models.BooleanField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    # Removed by the deletion of its dashboard: restoring the dashboard brings it back.
    deleted_with_dashboard = models.BooleanField(default=False)

    all_projects: ClassVar[models.Manager[Tile]] = TileQuerySet.as_manager()
    objects: ClassVar[TileManager] = TileManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(insight__isnull=False, text__isnull=True)
                | models.Q(insight__isnull=True, text__isnull=False),
                name="dash_tile_exactly_one_related_object",
            ),
            models.UniqueConstraint(
                fields=["dashboard", "insight"], name="tile_insight_once_per_dashboard"
            ),
            models.UniqueConstraint(
                fields=["dashboard", "text"], name="tile_text_once_per_dashboard"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} on {self.dashboard}"
