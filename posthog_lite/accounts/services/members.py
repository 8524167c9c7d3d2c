"""Changes of memberships by other members of the organization."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posthog_lite.accounts.models import Membership, MembershipLevel, Organization
from posthog_lite.accounts.selectors import parse_uuid
from posthog_lite.accounts.services.organizations import ensure_current
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, Missing, NotAllowed

if TYPE_CHECKING:
    from posthog_lite.accounts.access import OrganizationAccess

ME = "@me"


class MembershipNotEditable(NotAllowed):
    """The caller's level does not reach to this."""


class LastOwner(DomainError):
    """Nobody could do what only owners may."""


@one_transaction
def change_level(*, access: OrganizationAccess, given: str, level: int | None) -> Membership:
    """Move a member to a level; None leaves it. Raises Missing, MembershipNotEditable."""
    access, membership = _locked(access, given)
    _check_reach(access, membership)
    if level is None:
        return membership
    _check_level(access, membership, level)
    if membership.level != level:
        membership.level = level
        membership.save(update_fields=["level", "updated_at"])
    return membership


@one_transaction
def remove_member(*, access: OrganizationAccess, given: str) -> None:
    """Take somebody, or oneself, out of an organization.

    Raises Missing, MembershipNotEditable, LastOwner.
    """
    access, membership = _locked(access, given)
    _check_reach(access, membership)
    _check_owners(membership)
    membership.delete()
    ensure_current(user=membership.user)


def _locked(access: OrganizationAccess, given: str) -> tuple[OrganizationAccess, Membership]:
    """The membership of a user's uuid, while nobody else changes who is in the organization.

    With the caller's level as it is by now: of two owners that demote each other, one comes late.
    """
    list(Organization.objects.select_for_update().filter(pk=access.organization.pk))
    uuid = access.user.uuid if given == ME else parse_uuid(given)
    rows = Membership.objects.filter(organization=access.organization)
    found = None
    if uuid is not None:
        found = rows.filter(user__uuid=uuid).select_related("user").first()
    if found is None:
        raise Missing("Not found.")
    level = rows.filter(user=access.user).values_list("level", flat=True).first()
    return replace(access, level=level), found


def _check_reach(access: OrganizationAccess, membership: Membership) -> None:
    if membership.user_id == access.user.pk:
        return
    if not access.is_admin:
        raise MembershipNotEditable("You can only edit others if you are an admin.")
    if membership.level > (access.level or 0):
        raise MembershipNotEditable("You can only edit others with level lower or equal to you.")


def _check_level(access: OrganizationAccess, membership: Membership, level: int) -> None:
    if membership.user_id == access.user.pk:
        raise MembershipNotEditable("You can't change your own access level.")
    if level > (access.level or 0):
        raise MembershipNotEditable(
            "You can only make another member owner if you're this organization's owner."
        )


def _check_owners(leaving: Membership) -> None:
    others = Membership.objects.filter(organization=leaving.organization).exclude(pk=leaving.pk)
    is_owner = leaving.level == MembershipLevel.OWNER
    if is_owner and others.exists() and not others.filter(level=MembershipLevel.OWNER).exists():
        raise LastOwner("Make somebody else owner before the last owner leaves.")
