"""Organizations, members, projects, users and personal API keys in the Django admin."""

from __future__ import annotations

from posthog_lite.accounts.admin.keys import PersonalAPIKeyAdmin
from posthog_lite.accounts.admin.logins import LoginAttemptAdmin
from posthog_lite.accounts.admin.memberships import MembershipAdmin
from posthog_lite.accounts.admin.organizations import OrganizationAdmin
from posthog_lite.accounts.admin.projects import ProjectAdmin
from posthog_lite.accounts.admin.users import UserAdmin

__all__ = [
    "LoginAttemptAdmin",
    "MembershipAdmin",
    "OrganizationAdmin",
    "PersonalAPIKeyAdmin",
    "ProjectAdmin",
    "UserAdmin",
]
