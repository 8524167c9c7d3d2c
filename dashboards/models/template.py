from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from posthog_lite.tenancy.scoping import ProjectOrGlobalManager, ProjectOrGlobalModel


class TemplateScope(models.TextChoices):
    """The people who see a template: its project, everybody, or those with a feature flag."""

    TEAM = "team", "Only this project"
    GLOBAL = "global", "All projects"
    FEATURE_FLAG = "feature_flag", "Feature flag"


class _TemplateManager(ProjectOrGlobalManager["DashboardTemplate"]):
    for_everybody = models.Q(project=None) | models.Q(scope=TemplateScope.GLOBAL)


class DashboardTemplate(ProjectOrGlobalModel):
    """A stored recipe for a dashboard. Global ones belong to no project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template_name = models.CharField(max_length=400)
    dashboard_description = models.CharField(max_length=400, blank=True, default="")
    dashboard_filters = models.JSONField(default=dict, blank=True)
    tags = ArrayField(models.CharField(max_length=255), default=list, blank=True)
    tiles = models.JSONField(default=list)
    variables = models.JSONField(null=True, blank=True)
    deleted = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    image_url = models.CharField(max_length=8201, null=True, blank=True)
    scope = models.CharField(
        max_length=24, choices=TemplateScope.choices, default=TemplateScope.TEAM
    )
    availability_contexts = ArrayField(models.CharField(max_length=255), null=True, blank=True)
    is_featured = models.BooleanField(default=False)

    all_projects: ClassVar[models.Manager[DashboardTemplate]] = models.Manager()
    objects: ClassVar[ProjectOrGlobalManager[DashboardTemplate]] = _TemplateManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "template_name"],
                condition=models.Q(deleted=False),
                name="template_name_once_per_project",
            ),
            models.CheckConstraint(
                condition=models.Q(scope__in=TemplateScope.values), name="template_scope_known"
            ),
        ]
        indexes = [
            # A project's own are found by the key to it; these are everybody's.
            models.Index(
                fields=["template_name", "id"],
                condition=models.Q(scope=TemplateScope.GLOBAL),
                name="template_list_global",
            )
        ]

    def __str__(self) -> str:
        return self.template_name
