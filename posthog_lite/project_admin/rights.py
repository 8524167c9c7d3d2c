"""Rights in the admin that depend on a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posthog_lite.accounts.models import Membership

if TYPE_CHECKING:
    from posthog_lite.accounts.models import Project, User

VIEW_PERSONS = "events.view_person"


def may_see_results(user: User, project: Project) -> bool:
    """Return whether somebody may see what is computed from a project's events.

    A query can ask for every event and person: who may look at neither in the admin, and is no
    member, is shown no result and opens no link that shows one.
    """
    if user.has_perm(VIEW_PERSONS):
        return True
    rows = Membership.objects.filter(user=user, organization=project.organization_id)
    return rows.exists()
