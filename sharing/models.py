from __future__ import annotations

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel


class SharingConfiguration(ProjectOwnedModel):
    """Whether a dashboard is shared by link. At most one active row per dashboard."""

    dashboard = models.ForeignKey(
        "dashboards.Dashboard",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sharing_configurations",
    )
    enabled = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
