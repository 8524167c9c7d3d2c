from __future__ import annotations

from django.conf import settings
from django.db import models

from dashboards.models.levels import RestrictionLevel
from posthog_lite.tenancy.scoping import ProjectOwnedModel


class CreationMode(models.TextChoices):
    """The way a dashboard was created. `unlisted` ones are left out of the plain list."""

    DEFAULT = "default", "Default"
    TEMPLATE = "template", "Template"
    DUPLICATE = "duplicate", "Duplicate"
    UNLISTED = "unlisted", "Unlisted"


class Dashboard(ProjectOwnedModel):
    """A named set of tiles with filters for all of them. The API never hard-deletes one."""

    name = models.CharField(max_length=400, null=True, blank=True)
    description = models.TextField(blank=True, default="")
    pinned = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    last_accessed_at = models.DateTimeField(null=True, blank=True)
    last_refresh = models.DateTimeField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    creation_mode = models.CharField(
        max_length=16, choices=CreationMode.choices, default=CreationMode.DEFAULT
    )
    restriction_level = models.PositiveSmallIntegerField(
        choices=RestrictionLevel.choices, default=RestrictionLevel.EVERYONE_IN_PROJECT_CAN_EDIT
    )
    filters = models.JSONField(default=dict, blank=True)
    variables = models.JSONField(default=dict, blank=True)
    breakdown_colors = models.JSONField(default=list, null=True, blank=True)
    # No foreign key: a theme that is gone leaves the id in place, as clients write it back.
    data_color_theme_id = models.BigIntegerField(null=True, blank=True)
    # The tag that makes an unlisted dashboard the only one of its kind; null once untagged.
    unlisted_tag = models.CharField(max_length=255, null=True, blank=True)
    tags = models.ManyToManyField("dashboards.Tag", related_name="dashboards", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(restriction_level__in=RestrictionLevel.values),
                name="dashboard_restriction_level_known",
            ),
            models.CheckConstraint(
                condition=models.Q(creation_mode__in=CreationMode.values),
                name="dashboard_creation_mode_known",
            ),
            models.UniqueConstraint(
                fields=["project", "unlisted_tag"],
                condition=models.Q(deleted=False),
                name="dashboard_unlisted_once_per_tag",
            ),
        ]
        indexes = [
            models.Index(
                models.F("project"),
                models.F("pinned").desc(),
                models.F("name"),
                models.F("id"),
                condition=models.Q(deleted=False),
                name="dashboard_list_order",
            ),
            # Counts of what the list is filtered by are answered from this index alone.
            models.Index(
                fields=["project", "creation_mode", "pinned"],
                condition=models.Q(deleted=False),
                name="dashboard_list_filters",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.name}"


class DashboardView(ProjectOwnedModel):
    """The moment at which a user last opened a dashboard: `last_viewed_at`."""

    dashboard = models.ForeignKey("dashboards.Dashboard", models.CASCADE, related_name="views")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    viewed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dashboard", "user"], name="dashboard_view_once_per_user"
            )
        ]
