"""Everything that writes personal API keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Q

from posthog_lite.accounts.models import Organization, PersonalAPIKey, Project, User
from posthog_lite.accounts.models.personal_api_key import hash_key, mask_key
from posthog_lite.accounts.scopes import check_scopes
from posthog_lite.accounts.selectors import parse_uuid
from posthog_lite.database.notes import note
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.ids import new_personal_api_key

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_KEYS = 10
LAST_USED_RESOLUTION = timedelta(hours=1)


class TooManyKeys(DomainError):
    """A user may hold ten keys."""


class NotAMember(DomainError):
    """A key cannot be scoped to something its owner is not in."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key with its value, which is known only now."""

    key: PersonalAPIKey
    value: str


@one_transaction
def create_key(
    *,
    user: User,
    label: str,
    scopes: Sequence[str],
    scoped_teams: Sequence[int] = (),
    scoped_organizations: Sequence[str] = (),
    description: str | None = None,
    value: str | None = None,
) -> IssuedKey:
    """Issue a key, of a random value unless it is given.

    Raises TooManyKeys, InvalidScope or NotAMember.
    """
    User.objects.select_for_update().get(pk=user.pk)  # two at once may not pass the limit together
    if PersonalAPIKey.objects.filter(user=user).count() >= MAX_KEYS:
        raise TooManyKeys(
            f"You can only have {MAX_KEYS} personal API keys. Remove an existing key before "
            "creating a new one."
        )
    check_scopes(scopes)
    check_scoped_teams(user=user, ids=scoped_teams)
    organizations = check_scoped_organizations(user=user, ids=scoped_organizations)
    value = value or new_personal_api_key()
    key = PersonalAPIKey.objects.create(
        user=user,
        label=label,
        description=description or None,
        secure_value=hash_key(value),
        mask_value=mask_key(value),
        scopes=list(dict.fromkeys(scopes)),
        scoped_teams=list(dict.fromkeys(scoped_teams)),
        scoped_organizations=organizations,
    )
    return IssuedKey(key, value)


@one_transaction
def update_key(*, key: PersonalAPIKey, changes: dict[str, object]) -> PersonalAPIKey:
    """Change the fields named in `changes`. Raises InvalidScope or NotAMember."""
    for field, value in changes.items():
        setattr(key, field, value)
    if "scopes" in changes:
        check_scopes(key.scopes or [])
    if "scoped_teams" in changes:
        check_scoped_teams(user=key.user, ids=key.scoped_teams or [])
    if "scoped_organizations" in changes:
        key.scoped_organizations = check_scoped_organizations(
            user=key.user, ids=key.scoped_organizations or []
        )
    if changes:
        key.save(update_fields=list(changes))
    return key


def roll_key(*, key: PersonalAPIKey, now: datetime) -> IssuedKey:
    """Replace the value; the old one stops working at once."""
    value = new_personal_api_key()
    key.secure_value, key.mask_value = hash_key(value), mask_key(value)
    key.last_rolled_at = now
    key.save(update_fields=["secure_value", "mask_value", "last_rolled_at"])
    return IssuedKey(key, value)


def delete_key(*, key: PersonalAPIKey) -> None:
    """Revoke the key at once."""
    key.delete()


def is_use_recorded(*, key: PersonalAPIKey, now: datetime) -> bool:
    """Return whether `record_key_use` has nothing to do."""
    is_recent = key.last_used_at is not None and now - key.last_used_at <= LAST_USED_RESOLUTION
    return is_recent and not key.is_legacy_hashing


def record_key_use(*, key: PersonalAPIKey, value: str, now: datetime) -> None:
    """Note that the key was used, at most once an hour, and replace a hash of an older release."""
    same = PersonalAPIKey.objects.filter(pk=key.pk, secure_value=key.secure_value)
    if key.is_legacy_hashing:
        note(same, secure_value=hash_key(value), last_used_at=now)
        return
    stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
    note(same.filter(stale), last_used_at=now)


def check_scoped_teams(*, user: User, ids: Sequence[int]) -> None:
    """Raise NotAMember unless the user is in every project of `ids`."""
    mine = Project.objects.filter(organization__memberships__user=user, pk__in=ids)
    if mine.count() != len(set(ids)):
        raise NotAMember(
            "You must be a member of all teams that you are scoping the key to.",
            attr="scoped_teams",
        )


def check_scoped_organizations(*, user: User, ids: Sequence[str]) -> list[str]:
    """The ids in their one spelling. Raises NotAMember unless the user is in all of them."""
    uuids = list(dict.fromkeys(parse_uuid(text) for text in ids))
    if None in uuids:
        raise NotAMember("Invalid organization UUID", attr="scoped_organizations")
    if Organization.objects.filter(memberships__user=user, pk__in=uuids).count() != len(uuids):
        raise NotAMember(
            "You must be a member of all organizations that you are scoping the key to.",
            attr="scoped_organizations",
        )
    return [str(number) for number in uuids]
