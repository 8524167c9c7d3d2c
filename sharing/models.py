from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from posthog_lite.ids import new_share_token
from posthog_lite.tenancy.scoping import ProjectOwnedModel

if TYPE_CHECKING:
    from dashboards.models import Dashboard, Insight

TOKEN_SUFFIX_LENGTH = 6


class SharingConfiguration(ProjectOwnedModel):
    """One link to a dashboard or an insight.

    The row without `expires_at` is the active one. Rotation gives the row a near `expires_at` and
    puts a new one beside it.
    """

    dashboard = models.ForeignKey(
        "dashboards.Dashboard",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="sharing_configurations",
    )
    insight = models.ForeignKey(
        "dashboards.Insight", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    enabled = models.BooleanField(default=False)
    access_token = models.CharField(max_length=400, unique=True, default=new_share_token)
    expires_at = models.DateTimeField(null=True, blank=True)
    settings = models.JSONField(null=True, blank=True)
    password_required = models.BooleanField(default=False)
    # Grows when the link or its password is switched off: earlier unlocks hold no more.
    unlock_generation = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(dashboard__isnull=False, insight__isnull=True)
                | Q(dashboard__isnull=True, insight__isnull=False),
                name="sharing_exactly_one_resource",
            ),
            models.UniqueConstraint(
                fields=["dashboard"],
                condition=Q(expires_at=None),
                name="sharing_one_active_per_dashboard",
            ),
            models.UniqueConstraint(
                fields=["insight"],
                condition=Q(expires_at=None),
                name="sharing_one_active_per_insight",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False),
                name="sharing_expired",
            )
        ]

    def __str__(self) -> str:
        return f"…{self.token_suffix} of {self.resource_type} {self.resource}"

    @property
    def resource(self) -> Dashboard | Insight:
        """Return the dashboard or insight of the link."""
        resource = self.dashboard or self.insight
        assert resource is not None, "a constraint holds one of them"  # noqa: S101
        return resource

    @property
    def resource_type(self) -> str:
        return "insight" if self.dashboard_id is None else "dashboard"

    @property
    def token_suffix(self) -> str:
        """Return the end of the token: enough to recognise the link, too little to open it."""
        return self.access_token[-TOKEN_SUFFIX_LENGTH:]


class SharePassword(ProjectOwnedModel):
    """One of the passwords that open a protected link. Revoked ones stay as inactive rows."""

    configuration = models.ForeignKey(
        "sharing.SharingConfiguration", on_delete=models.CASCADE, related_name="passwords"
    )
    password_hash = models.CharField(max_length=128)
    note = models.CharField(max_length=100, blank=True, default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.note or f"Untitled password #{self.pk}"


class ShareAttempt(ProjectOwnedModel):
    """Somebody gave a password. Outlives the link, so it holds what names it."""

    configuration = models.ForeignKey(
        "sharing.SharingConfiguration", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    dashboard = models.ForeignKey(
        "dashboards.Dashboard", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    insight = models.ForeignKey(
        "dashboards.Insight", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    token_suffix = models.CharField(max_length=TOKEN_SUFFIX_LENGTH)
    address = models.CharField(max_length=45)
    attempted_at = models.DateTimeField()
    success = models.BooleanField(default=False)
    password = models.ForeignKey(
        "sharing.SharePassword", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    password_note = models.CharField(max_length=100, blank=True, default="")

    class Meta:
        indexes = [
            models.Index(fields=["configuration", "attempted_at"], name="share_attempt_recent"),
            models.Index(fields=["project", "-attempted_at"], name="share_attempt_list"),
        ]

    def __str__(self) -> str:
        return f"…{self.token_suffix} from {self.address}"


class RenderedMarkdown(ProjectOwnedModel):
    """The HTML of a text that a page of the project has shown, found by a digest of the text."""

    digest = models.CharField(max_length=64)
    html = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "digest"], name="sharing_rendered_markdown_once"
            )
        ]
        indexes = [models.Index(fields=["created_at"], name="sharing_rendered_at")]

    def __str__(self) -> str:
        return self.digest


class Origin(ProjectOwnedModel):
    """The source that a row was moved from: moving it again changes the row instead of adding one.

    `source` is a server and its project, or the files of a folder; `key` is what it calls the row.
    """

    source = models.CharField(max_length=400)
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=400)
    local_id = models.CharField(max_length=40)
    # Of what was brought: where it is the same again, the row is left as it is.
    digest = models.CharField(max_length=64, blank=True, default="")
    moved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["project", "source", "kind", "key"], name="origin_once_per_source"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} of {self.source}"
