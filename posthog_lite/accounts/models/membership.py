from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class MembershipLevel(models.IntegerChoices):
    MEMBER = 1, "member"
    ADMIN = 8, "admin"
    OWNER = 15, "owner"


class Membership(models.Model):
    """A user's place in an organization, and through it in every project of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(
        "accounts.Organization", on_delete=models.CASCADE, related_name="memberships"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships"
    )
    level = models.PositiveSmallIntegerField(
        choices=MembershipLevel.choices, default=MembershipLevel.MEMBER
    )
    joined_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "user"], name="membership_once_per_organization"
            ),
            models.CheckConstraint(
                condition=models.Q(level__in=MembershipLevel.values), name="membership_level_known"
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "joined_at", "id"], name="membership_list_order")
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.organization.name} as {self.get_level_display()}"
