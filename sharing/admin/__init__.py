"""Links in the Django admin: on the pages of what they show, and all of them in lists."""

from __future__ import annotations

from sharing.admin.links import (
    ShareAttemptAdmin,
    SharePasswordAdmin,
    SharingConfigurationAdmin,
)
from sharing.admin.pages import SharedDashboardAdmin, SharedInsightAdmin

__all__ = [
    "ShareAttemptAdmin",
    "SharePasswordAdmin",
    "SharedDashboardAdmin",
    "SharedInsightAdmin",
    "SharingConfigurationAdmin",
]
