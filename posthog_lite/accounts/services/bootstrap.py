"""The set-up of an operator in one step: organization, project, user, membership and key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.module_loading import import_string

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.models.personal_api_key import hash_key
from posthog_lite.accounts.scopes import EVERYTHING
from posthog_lite.accounts.services.keys import TooManyKeys, create_key
from posthog_lite.accounts.services.organizations import (
    add_member,
    create_organization,
    create_project,
    set_current_project,
)
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.ids import PERSONAL_API_KEY_PREFIX, PROJECT_TOKEN_PREFIX, new_password

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Field

BOOTSTRAP_LOCK = 0x626F6F74  # any number, the same for every process
DEMO_ORGANIZATION = "Demo"
DEMO_PROJECT = "Demo project"
DEMO_EMAIL = "demo@example.com"


class UnusableValue(DomainError):
    """A name or address that cannot be stored."""


class DeactivatedUser(DomainError):
    """A key of a deactivated user would not work."""


class EmptyScopes(DomainError):
    """A key without scopes grants nothing."""


@dataclass(frozen=True, slots=True)
class Bootstrapped:
    """Everything a client needs, with the key's value, which is known only now."""

    organization: Organization
    project: Project
    user: User
    personal_api_key: str


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo project; key and password only when it was made just now."""

    project: Project
    email: str = DEMO_EMAIL
    personal_api_key: str | None = None
    password: str | None = None


@one_transaction
def bootstrap(
    *,
    organization: str,
    project: str,
    email: str,
    level: MembershipLevel | None = None,
    scopes: Sequence[str] = (EVERYTHING,),
    scoped_projects: Sequence[int] = (),
    scoped_organizations: Sequence[str] = (),
    is_staff: bool = False,
) -> Bootstrapped:
    """Create what is missing of an organization, a project in it and a user, and issue a key.

    Without `level` a new member is an owner and an existing one stays what they are. Raises
    UnusableValue, DeactivatedUser, EmptyScopes and what create_key raises; then nothing is written.
    """
    _wait_for_other_bootstraps()
    if not scopes:
        raise EmptyScopes("Name at least one scope, or * for all of them.", attr="scopes")
    own_organization = _get_or_create_organization(organization)
    own_project = _get_or_create_project(own_organization, project)
    user = _get_or_create_user(email, is_staff=is_staff)
    _ensure_membership(own_project, user, level)
    try:
        issued = create_key(
            user=user,
            label="Bootstrap",
            scopes=scopes,
            scoped_teams=scoped_projects,
            scoped_organizations=scoped_organizations,
        )
    except TooManyKeys as error:
        error.attr = "email"  # the input to change
        raise
    return Bootstrapped(own_organization, own_project, user, issued.value)


@one_transaction
def get_or_create_demo(
    *,
    key: str | None = None,
    token: str | None = None,
    is_empty: bool = False,
    has_password: bool = True,
) -> Demo:
    """Return the demo project; the first time it is made, with its owner, a key and demo data.

    `key` and `token` are the values to have in place of random ones; one that is made empty has no
    demo data. Without a password its owner signs in nowhere until one is set. Raises UnusableValue.
    """
    _check_secret(key, PERSONAL_API_KEY_PREFIX, attr="key")
    _check_secret(token, PROJECT_TOKEN_PREFIX, attr="token")
    _wait_for_other_bootstraps()
    project = Project.objects.filter(is_demo=True).order_by("id").first()
    if project is not None:
        return _with_secrets(project, key, token)
    organization = _get_or_create_organization(DEMO_ORGANIZATION)
    project = create_project(organization=organization, name=DEMO_PROJECT, is_demo=True)
    user = _get_or_create_user(DEMO_EMAIL, is_staff=True)
    password = new_password() if has_password and not user.has_usable_password() else None
    if password:
        user.set_password(password)
        user.save(update_fields=["password"])
    _ensure_membership(project, user, MembershipLevel.OWNER)
    issued = create_key(user=user, label="Quickstart", scopes=[EVERYTHING], value=key)
    if token:
        _set_token(project, token)
    for path in () if is_empty else settings.DEMO_DATA:
        import_string(path)(project=project, user=user)
    return Demo(project, user.email, issued.value, password)


def _with_secrets(project: Project, key: str | None, token: str | None) -> Demo:
    """The demo project that is there, opened by this key and token as well."""
    if token and token != project.api_token:
        _set_token(project, token)
    if key is None:
        return Demo(project)
    if not PersonalAPIKey.objects.filter(secure_value=hash_key(key)).exists():
        user = _get_or_create_user(DEMO_EMAIL, is_staff=True)
        create_key(user=user, label="Quickstart", scopes=[EVERYTHING], value=key)
    return Demo(project, personal_api_key=key)


def _set_token(project: Project, token: str) -> None:
    if Project.objects.filter(api_token=token).exclude(pk=project.pk).exists():
        raise UnusableValue("Another project has this token.", attr="token")
    project.api_token = token
    project.save(update_fields=["api_token"])


def _check_secret(value: str | None, prefix: str, *, attr: str) -> None:
    if value is not None and re.fullmatch(rf"{prefix}\w{{4,150}}", value, re.ASCII) is None:
        raise UnusableValue(
            f"must be {prefix} and then 4 to 150 letters, digits and underscores.", attr=attr
        )


def _wait_for_other_bootstraps() -> None:
    """Take a lock: two at once must not both find a name missing, as no constraint refuses it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [BOOTSTRAP_LOCK])


def _get_or_create_organization(name: str) -> Organization:
    name = _clean(Organization._meta.get_field("name"), name, attr="organization")
    found = Organization.objects.filter(name=name).order_by("created_at", "id").first()
    return found or create_organization(name=name)


def _get_or_create_project(organization: Organization, name: str) -> Project:
    name = _clean(Project._meta.get_field("name"), name, attr="project")
    found = Project.objects.filter(organization=organization, name=name).order_by("id").first()
    return found or create_project(organization=organization, name=name)


def _get_or_create_user(email: str, *, is_staff: bool) -> User:
    """Staff get every right in the admin: with none they would find it empty."""
    email = _clean(User._meta.get_field("email"), email, attr="email").lower()
    user = User.objects.filter(email=email).first()
    if user is None:
        return User.objects.create_user(email, is_staff=is_staff, is_superuser=is_staff)
    if not user.is_active:
        raise DeactivatedUser(f"The user {email} is deactivated.", attr="email")
    if is_staff and not (user.is_staff and user.is_superuser):
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
    return user


def _ensure_membership(project: Project, user: User, level: MembershipLevel | None) -> None:
    """A user who has no current project yet starts in this one."""
    organization = project.organization
    existing = Membership.objects.filter(organization=organization, user=user).first()
    if level is None:
        level = MembershipLevel(existing.level) if existing else MembershipLevel.OWNER
    is_first = user.current_organization_id is None
    add_member(organization=organization, user=user, level=level)
    if is_first:
        set_current_project(user=user, project_id=project.pk)
        user.refresh_from_db(fields=["current_organization", "current_project"])


def _clean(field: Field[str, str], value: str, *, attr: str) -> str:
    value = value.strip()
    if "\0" in value:
        raise UnusableValue("Null characters are not allowed.", attr=attr)
    try:
        value.encode()
        cleaned: str = field.clean(value, None)
    except UnicodeEncodeError as error:
        raise UnusableValue("This is not text in UTF-8.", attr=attr) from error
    except ValidationError as error:
        raise UnusableValue(" ".join(error.messages), attr=attr) from error
    return cleaned
