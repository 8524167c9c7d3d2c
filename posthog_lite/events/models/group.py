from __future__ import annotations

from django.db import models

from posthog_lite.tenancy.scoping import ProjectOwnedModel

GROUP_TYPES = 5
GROUP_NAME_LENGTH = 400


class GroupType(ProjectOwnedModel):
    """A kind of group, such as company; its index says which column of events holds its keys."""

    group_type = models.CharField(max_length=GROUP_NAME_LENGTH)
    group_type_index = models.PositiveSmallIntegerField()
    name_singular = models.CharField(max_length=GROUP_NAME_LENGTH, null=True, blank=True)
    name_plural = models.CharField(max_length=GROUP_NAME_LENGTH, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "group_type"], name="group_type_once_per_project"
            ),
            models.UniqueConstraint(
                fields=["project", "group_type_index"], name="group_type_index_once_per_project"
            ),
            models.CheckConstraint(
                condition=models.Q(group_type_index__lt=GROUP_TYPES), name="group_types_are_few"
            ),
        ]

    def __str__(self) -> str:
        return self.group_type


class Group(ProjectOwnedModel):
    """One group of a type, with its properties."""

    group_type_index = models.PositiveSmallIntegerField()
    group_key = models.CharField(max_length=GROUP_NAME_LENGTH)
    properties = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField()
    version = models.BigIntegerField(editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "group_type_index", "group_key"],
                name="group_key_once_per_type",
            )
        ]

    def __str__(self) -> str:
        return self.group_key
