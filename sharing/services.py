"""Everything that writes shares: switching links on and off, rotating them, their passwords."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar, TypedDict

from django.db.models import F

from posthog_lite.accounts.slow_hashes import hash_password
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError, Missing, NotAllowed
from posthog_lite.ids import new_share_password, parse_row_id
from sharing.models import SharePassword, SharingConfiguration
from sharing.resources import (
    Resource,
    ResourceModel,
    check_editable,
    lock_resource,
    resource_filter,
)
from sharing.selectors import active_configurations

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

GRACE_PERIOD = timedelta(seconds=300)
# Each one costs a slow hash per attempt to unlock, so there cannot be any number of them.
MAX_ACTIVE_PASSWORDS = 20


class SharingDisabled(NotAllowed):
    """The organization's switch is off."""


class PasswordsNotEnabled(DomainError):
    """A password would protect nothing."""

    bare_key: ClassVar[str | None] = "error"


class TooManyPasswords(DomainError):
    """No more passwords fit on this link."""


class PasswordNotFound(Missing):
    """The link has no such active password."""


class _Target(TypedDict):
    access: ProjectAccess
    model: ResourceModel
    resource_id: str


@dataclass(frozen=True, slots=True)
class IssuedPassword:
    """A password whose value can be seen only here."""

    password: SharePassword
    value: str


@one_transaction
def update_sharing(
    *,
    access: ProjectAccess,
    model: ResourceModel,
    resource_id: str,
    changes: dict[str, Any],
    now: datetime,
) -> SharingConfiguration:
    """Change what `changes` names; the first change stores the link.

    Raises ResourceNotFound, SharingDisabled or ResourceNotEditable.
    """
    resource = lock_resource(access=access, model=model, resource_id=resource_id)
    if changes.get("enabled") and not access.project.organization.allow_publicly_shared_resources:
        raise SharingDisabled("Public sharing is disabled for this organization.")
    check_editable(access=access, resource=resource)
    configuration = _active_configuration(access.project, resource)
    if _ends_unlocks(configuration, changes):
        changes = {**changes, "unlock_generation": configuration.unlock_generation + 1}
    for name, value in changes.items():
        setattr(configuration, name, value)
    configuration.save(update_fields=None if configuration._state.adding else list(changes))
    if changes.get("enabled") is False or changes.get("password_required"):
        _end_grace(access.project, resource, now)
    return configuration


@one_transaction
def refresh_sharing(
    *, access: ProjectAccess, model: ResourceModel, resource_id: str, now: datetime
) -> SharingConfiguration:
    """Give the resource a new link with the same settings and passwords; the old one fades.

    Raises ResourceNotFound or ResourceNotEditable.
    """
    resource = _lock_editable(access, model, resource_id)
    return _rotate(_active_configuration(access.project, resource), now)


def rotate_links(*, configurations: QuerySet[SharingConfiguration], now: datetime) -> int:
    """Rotate those that are active. Returns how many were."""
    return sum(_rotate_one(configuration, now) for configuration in configurations)


@one_transaction
def revoke_links(*, configurations: QuerySet[SharingConfiguration]) -> int:
    """Switch links off, with the former ones of the same resource. Returns how many were on."""
    revoked = 0
    for configuration in configurations:
        links = SharingConfiguration.objects.for_project(configuration.project).filter(
            **resource_filter(configuration.resource), enabled=True
        )
        revoked += links.update(enabled=False, unlock_generation=F("unlock_generation") + 1)
    return revoked


def create_password(
    *,
    access: ProjectAccess,
    model: ResourceModel,
    resource_id: str,
    raw_password: str = "",
    note: str = "",
) -> IssuedPassword:
    """Add a password to the link, a random one unless given; nothing is locked while it is hashed.

    Raises ResourceNotFound, ResourceNotEditable, PasswordsNotEnabled, TooManyPasswords or
    TooManyHashes.
    """
    target: _Target = {"access": access, "model": model, "resource_id": resource_id}
    value = raw_password or new_share_password()
    hashed = hash_password(value, like=check_takes_passwords(**target))
    return IssuedPassword(_store_password(**target, password_hash=hashed, note=note), value)


@one_transaction
def check_takes_passwords(
    *, access: ProjectAccess, model: ResourceModel, resource_id: str
) -> str | None:
    """Return a hash of the link whose salt a new password shares, if there is one.

    Raises ResourceNotFound, ResourceNotEditable, PasswordsNotEnabled or TooManyPasswords as
    creating a password would.
    """
    passwords = _passwords_of(_lock_protected(access, model, resource_id))
    hashes = list(passwords.order_by("id").values_list("password_hash", flat=True))
    if len(hashes) >= MAX_ACTIVE_PASSWORDS:
        raise TooManyPasswords(f"A link takes at most {MAX_ACTIVE_PASSWORDS} passwords.")
    return hashes[0] if hashes else None


@one_transaction
def check_may_share(*, access: ProjectAccess, model: ResourceModel, resource_id: str) -> None:
    """Raise ResourceNotFound or ResourceNotEditable as a change would."""
    _lock_editable(access, model, resource_id)


@one_transaction
def revoke_password(
    *, access: ProjectAccess, model: ResourceModel, resource_id: str, password_id: str
) -> None:
    """Stop a password from opening the link, at once, and who came in with it from staying.

    Raises ResourceNotFound, ResourceNotEditable or PasswordNotFound.
    """
    resource = _lock_editable(access, model, resource_id)
    password = SharePassword.objects.for_project(access.project).filter(
        configuration__in=active_configurations(project=access.project, resource=resource),
        pk=parse_row_id(password_id) or 0,
        is_active=True,
    )
    if not revoke_passwords(passwords=password):
        raise PasswordNotFound("Password not found")


@one_transaction
def revoke_passwords(*, passwords: QuerySet[SharePassword]) -> int:
    """Revoke each of these and its twins on links of the same resource that are fading.

    Returns how many of these were active.
    """
    found = list(passwords.filter(is_active=True).select_related("configuration"))
    for password in found:
        link = password.configuration
        SharePassword.all_projects.filter(  # the password was found in its project
            configuration__dashboard=link.dashboard_id,
            configuration__insight=link.insight_id,
            project_id=password.project_id,
            password_hash=password.password_hash,
        ).update(is_active=False)
    return len(found)


def remove_expired(*, now: datetime) -> int:
    """Remove the rows of links that have stopped working after a rotation. Returns how many."""
    # Housekeeping crosses projects on purpose.
    expired = SharingConfiguration.all_projects.filter(expires_at__lte=now)
    _, by_model = expired.delete()
    return by_model.get(SharingConfiguration._meta.label, 0)


def _lock_editable(access: ProjectAccess, model: ResourceModel, resource_id: str) -> Resource:
    resource = lock_resource(access=access, model=model, resource_id=resource_id)
    check_editable(access=access, resource=resource)
    return resource


def _lock_protected(
    access: ProjectAccess, model: ResourceModel, resource_id: str
) -> SharingConfiguration:
    resource = _lock_editable(access, model, resource_id)
    configuration = _active_configuration(access.project, resource)
    if not configuration.password_required:
        raise PasswordsNotEnabled("Password protection must be enabled before creating passwords")
    return configuration


@one_transaction
def _store_password(
    *,
    access: ProjectAccess,
    model: ResourceModel,
    resource_id: str,
    password_hash: str,
    note: str,
) -> SharePassword:
    check_takes_passwords(access=access, model=model, resource_id=resource_id)
    return SharePassword.objects.create(
        project=access.project,
        configuration=_lock_protected(access, model, resource_id),
        password_hash=password_hash,
        note=note,
        created_by=access.user,
    )


def _passwords_of(configuration: SharingConfiguration) -> QuerySet[SharePassword]:
    passwords = SharePassword.objects.for_project(configuration.project)
    return passwords.filter(configuration=configuration, is_active=True)


def _active_configuration(project: Project, resource: Resource) -> SharingConfiguration:
    """The stored row or an unsaved one. The caller holds the resource's lock."""
    rows = active_configurations(project=project, resource=resource)
    return rows.first() or SharingConfiguration(project=project, **resource_filter(resource))


def _ends_unlocks(configuration: SharingConfiguration, changes: dict[str, Any]) -> bool:
    """Return whether a change switches the link or its password off."""
    return any(
        changes.get(name) is False and getattr(configuration, name)
        for name in ("enabled", "password_required")
    )


def _end_grace(project: Project, resource: Resource, now: datetime) -> None:
    """A link that is switched off or locked must not stay open under its former token."""
    rows = SharingConfiguration.objects.for_project(project).filter(**resource_filter(resource))
    rows.filter(expires_at__gt=now).update(expires_at=now)


def _rotate(configuration: SharingConfiguration, now: datetime) -> SharingConfiguration:
    """The new link, put beside this active one, which works for GRACE_PERIOD more."""
    is_stored = not configuration._state.adding
    if is_stored:
        configuration.expires_at = now + GRACE_PERIOD
        configuration.save(update_fields=["expires_at"])
    successor = SharingConfiguration.objects.create(
        project=configuration.project,
        dashboard=configuration.dashboard,
        insight=configuration.insight,
        enabled=configuration.enabled,
        settings=configuration.settings,
        password_required=configuration.password_required,
        unlock_generation=configuration.unlock_generation,
    )
    if is_stored:
        _copy_passwords(configuration, successor)
    return successor


def _copy_passwords(source: SharingConfiguration, target: SharingConfiguration) -> None:
    active = _passwords_of(source)
    SharePassword.objects.bulk_create(
        SharePassword(
            project=source.project,
            configuration=target,
            password_hash=password.password_hash,
            note=password.note,
            created_at=password.created_at,
            created_by_id=password.created_by_id,
        )
        for password in active.order_by("id")
    )


@one_transaction
def _rotate_one(configuration: SharingConfiguration, now: datetime) -> bool:
    resource = configuration.resource
    # The lock that the API takes too: of two rotations at once the second finds a fading row.
    type(resource).objects.for_project(configuration.project).select_for_update(no_key=True).get(
        pk=resource.pk
    )
    active = active_configurations(project=configuration.project, resource=resource)
    stored = active.filter(pk=configuration.pk).first()
    if stored is None:
        return False
    _rotate(stored, now)
    return True
