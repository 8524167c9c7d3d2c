from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel


class VariableType(models.TextChoices):
    STRING = "String", "String"
    NUMBER = "Number", "Number"
    BOOLEAN = "Boolean", "Boolean"
    LIST = "List", "List"
    DATE = "Date", "Date"


class InsightVariable(ProjectOwnedModel):
    """A named value that SQL insights refer to by `code_name` and dashboards override."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=400)
    type = models.CharField(max_length=128, choices=VariableType.choices)
    code_name = models.CharField(max_length=400, editable=False)
    default_value = models.JSONField(null=True, blank=True)
    values = models.JSONField(null=True, blank=True)
    is_multi = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "code_name"], name="variable_code_name_once_per_project"
            )
        ]
        indexes = [models.Index(fields=["project", "created_at", "id"], name="variable_list_order")]

    def __str__(self) -> str:
        return self.code_name
