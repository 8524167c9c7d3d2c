from __future__ import annotations

from posthog_lite.accounts.models.limit_counter import LimitCounter
from posthog_lite.accounts.models.login_attempt import LoginAttempt
from posthog_lite.accounts.models.membership import Membership, MembershipLevel
from posthog_lite.accounts.models.organization import Organization
from posthog_lite.accounts.models.personal_api_key import PersonalAPIKey
from posthog_lite.accounts.models.project import Project
from posthog_lite.accounts.models.user import RoleAtOrganization, User

__all__ = [
    "LimitCounter",
    "LoginAttempt",
    "Membership",
    "MembershipLevel",
    "Organization",
    "PersonalAPIKey",
    "Project",
    "RoleAtOrganization",
    "User",
]
