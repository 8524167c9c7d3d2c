from __future__ import annotations

from django.conf import settings
from django.db import models

from posthog_lite.ids import new_short_id
from posthog_lite.tenancy.scoping import ProjectOwnedModel


def _in_order(name: str, field: str) -> models.Index:
    """Return the index for one order of the list."""
    return models.Index(
        fields=["project", field, "id"],
        condition=models.Q(deleted=False),
        name=f"insight_list_{name}",
    )


class Insight(ProjectOwnedModel):
    """A saved query with a name; shown on any number of dashboards through tiles."""

    short_id = models.CharField(max_length=12, default=new_short_id, editable=False)
    name = models.CharField(max_length=400, null=True, blank=True)
    derived_name = models.CharField(max_length=400, null=True, blank=True)
    description = models.CharField(max_length=400, null=True, blank=True)
    query = models.JSONField(null=True, blank=True)
    filters = models.JSONField(default=dict, blank=True)
    order = models.IntegerField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    # The dashboard whose deletion took this insight along; restoring it brings the insight back.
    deleted_with_dashboard = models.ForeignKey(
        "dashboards.Dashboard", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    favorited = models.BooleanField(default=False)
    saved = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    updated_at = models.DateTimeField(auto_now=True)
    last_modified_at = models.DateTimeField()
    last_modified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    tags = models.ManyToManyField("dashboards.Tag", related_name="insights", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "short_id"], name="insight_short_id_once_per_project"
            )
        ]
        # For the orders that clients ask for; those by other fields are sorted.
        indexes = [
            _in_order("order", "order"),
            _in_order("name", "name"),
            _in_order("modified", "-last_modified_at"),
            _in_order("created", "-created_at"),
        ]

    def __str__(self) -> str:
        return f"{self.short_id} {self.name or self.derived_name or ''}"


class InsightView(ProjectOwnedModel):
    """The moment at which a user last opened an insight."""

    insight = models.ForeignKey("dashboards.Insight", models.CASCADE, related_name="views")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    viewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["insight", "user"], name="insight_view_once_per_user")
        ]
        indexes = [
            models.Index(fields=["project", "user", "-viewed_at"], name="insight_view_recent"),
            models.Index(fields=["insight", "-viewed_at"], name="insight_view_latest"),
        ]
