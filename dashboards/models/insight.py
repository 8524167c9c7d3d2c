from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from posthog_lite.ids import new_short_id
from posthog_lite.tenancy.scoping import ProjectOwnedModel


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
    folder = models.CharField(max_length=400, blank=True, default="")
    tags = models.ManyToManyField("dashboards.Tag", related_name="insights", blank=True)

    # The query as a dashboard shows it; get_contents sets it on the insights of tiles.
    shown_query: dict[str, Any] | None

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "short_id"], name="insight_short_id_once_per_project"
            )
        ]
        indexes = [
            models.Index(
                fields=["project", "order", "id"],
                condition=models.Q(deleted=False),
                name="insight_list_order",
            ),
            *(
                models.Index(
                    fields=["project", *fields], condition=models.Q(deleted=False), name=name
                )
                for name, fields in (
                    ("insight_list_modified", ["-last_modified_at", "id"]),
                    ("insight_list_created", ["-created_at", "id"]),
                    ("insight_list_name", ["name", "id"]),
                    ("insight_list_author", ["created_by", "id"]),
                    ("insight_list_flags", ["favorited", "saved"]),
                )
            ),
        ]

    def __str__(self) -> str:
        return f"{self.short_id} {self.name or self.derived_name or ''}"


class InsightView(ProjectOwnedModel):
    """When one user last opened one insight."""

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
