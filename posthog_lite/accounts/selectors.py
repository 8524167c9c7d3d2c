"""Everything that reads accounts."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, FilteredRelation, OuterRef, Prefetch, Q, Subquery
from django.utils.crypto import constant_time_compare

from posthog_lite.accounts.access import OrganizationAccess, ProjectAccess
from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.models.personal_api_key import (
    LEGACY_ITERATIONS,
    LEGACY_SALT,
    hash_key,
    hash_key_legacy,
)
from posthog_lite.accounts.slow_hashes import slow_hash
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model, QuerySet

CURRENT = "@current"
# Asked with every request of an SDK.
_PROJECT_OF_EVENTS = CompiledQuery(
    lambda token: Project.objects.filter(api_token=token).values_list("pk", "anonymize_ips"),
    token=str,
)
SLUG = re.compile(r"[-a-zA-Z0-9_]+")


def get_key(
    *, value: str, before_slow_hash: Callable[[], None] = lambda: None
) -> PersonalAPIKey | None:
    """The key with this value, its user joined; None when unknown or its owner is deactivated.

    The slow hashes of older releases are tried only while such keys exist; `before_slow_hash` may
    raise to prevent it.
    """
    hashed = hash_key(value)
    key = _key_stored_as(hashed)
    for iterations in () if key else _iterations_of_legacy_keys():
        before_slow_hash()
        with slow_hash():
            hashed = hash_key_legacy(value, iterations)
        key = _key_stored_as(hashed)
        if key is not None:
            break
    if key is None or not constant_time_compare(key.secure_value or "", hashed):
        return None
    return key if key.user.is_active else None


def may_be_key(*, value: str) -> bool:
    """Return whether there is a key of this value, or one of an older release that may have it."""
    stored = PersonalAPIKey.objects.filter(secure_value=hash_key(value))
    return stored.exists() or bool(_iterations_of_legacy_keys())


def _iterations_of_legacy_keys() -> list[int]:
    """Return the numbers of iterations with which keys of older releases are stored."""
    prefixes = {number: f"pbkdf2_sha256${number}${LEGACY_SALT}$" for number in LEGACY_ITERATIONS}
    return [
        number
        for number, prefix in prefixes.items()
        if PersonalAPIKey.objects.filter(secure_value__startswith=prefix).exists()
    ]


def _key_stored_as(hashed: str) -> PersonalAPIKey | None:
    return PersonalAPIKey.objects.select_related("user").filter(secure_value=hashed).first()


def list_keys(*, user: User) -> QuerySet[PersonalAPIKey]:
    """The user's keys, newest first."""
    return PersonalAPIKey.objects.filter(user=user).order_by("-created_at", "-id")


def get_own_key(*, user: User, key_id: str) -> PersonalAPIKey | None:
    """One of the user's keys, by its id."""
    is_plausible = key_id.isascii() and key_id.isalnum()  # the database takes no NUL
    return list_keys(user=user).filter(pk=key_id).first() if is_plausible else None


def get_project_access(*, user: User, project_id: str) -> ProjectAccess | None:
    """The project named in a URL, with the user's level in it; None when there is no such project.

    `project_id` is an integer as text, or `@current`.
    """
    number = _project_number(user, project_id)
    if number is None:
        return None
    project = (
        Project.objects.filter(pk=number)
        .select_related("organization")
        .annotate(
            own=FilteredRelation(
                "organization__memberships", condition=Q(organization__memberships__user=user)
            ),
            own_level=F("own__level"),
        )
        .first()
    )
    return None if project is None else ProjectAccess(project, user, project.own_level)


def list_projects_with_tokens(*, tokens: list[str]) -> list[Project]:
    """The projects that events with one of these tokens are for."""
    return list(Project.objects.filter(api_token__in=tokens))


def get_project_with_token(*, token: str) -> Project | None:
    """The project that events with this token are for, as far as taking them needs it."""
    for pk, anonymize_ips in _PROJECT_OF_EVENTS.rows(token=token):
        # Made from the row as the ORM does it; else each would get a token and more of its own.
        return Project.from_db("default", ["id", "anonymize_ips"], [pk, anonymize_ips])
    return None


def list_projects(*, user: User, key: PersonalAPIKey | None, search: str = "") -> QuerySet[Project]:
    """Projects of the organizations the user is in, narrowed by what the key may reach.

    `search` is a part of the name.
    """
    mine = Q(organization__memberships__user=user)
    if key is not None:
        mine &= _keys_allowed("organization__")
    projects = Project.objects.filter(mine)
    if key is not None and key.scoped_organizations:
        projects = projects.filter(organization_id__in=key.scoped_organizations)
    if key is not None and key.scoped_teams:
        projects = projects.filter(pk__in=key.scoped_teams)
    return _named_like(projects, search).order_by("id")


def list_projects_of_organization(
    *, organization: Organization, search: str = ""
) -> QuerySet[Project]:
    """Every project of the organization, oldest first; `search` is a part of the name."""
    projects = Project.objects.filter(organization=organization)
    return _named_like(projects, search).order_by("id")


def _named_like(projects: QuerySet[Project], search: str) -> QuerySet[Project]:
    return projects.filter(name__icontains=search) if search else projects


def get_project_of_organization(
    *, organization: Organization, user: User, project_id: str
) -> Project | None:
    """The organization's project that a URL names by its id or as `@current`."""
    number = _project_number(user, project_id)
    return None if number is None else organization.projects.filter(pk=number).first()


def _project_number(user: User, project_id: str) -> int | None:
    return user.current_project_id if project_id == CURRENT else parse_row_id(project_id)


def list_organizations(*, user: User, key: PersonalAPIKey | None) -> QuerySet[Organization]:
    """Organizations the user is in, narrowed by what the key may reach."""
    mine = Q(memberships__user=user)
    if key is not None:
        mine &= _keys_allowed()
    organizations = _organizations_in_detail().filter(mine)
    if key is not None and key.scoped_organizations:
        organizations = organizations.filter(pk__in=key.scoped_organizations)
    return organizations.order_by("created_at", "id")


def _keys_allowed(prefix: str = "") -> Q:
    """Organizations that accept keys of this member, to be joined to the member's own row."""
    return Q(**{f"{prefix}members_can_use_personal_api_keys": True}) | Q(
        **{f"{prefix}memberships__level__gte": MembershipLevel.ADMIN}
    )


def get_organization_access(*, user: User, identifier: str) -> OrganizationAccess | None:
    """Return the organization of a URL with the user's level in it; None if there is none.

    `identifier` is a UUID, a slug, or `@current`.
    """
    condition = _named(user, identifier)
    if condition is None:
        return None
    organization = _organizations_in_detail().filter(condition).first()
    if organization is None:
        return None
    own = Membership.objects.filter(user=user, organization=organization)
    return OrganizationAccess(organization, user, own.values_list("level", flat=True).first())


def _named(user: User, identifier: str) -> Q | None:
    if identifier == CURRENT:
        return Q(pk=user.current_organization_id, memberships__user=user)
    if (number := parse_uuid(identifier)) is not None:
        return Q(pk=number)
    return Q(slug=identifier) if SLUG.fullmatch(identifier) else None


def _organizations_in_detail() -> QuerySet[Organization]:
    """Organizations with their projects and `member_count`, as their own endpoint shows them."""
    members = (
        Membership.objects.filter(organization=OuterRef("pk"))
        .order_by()
        .values("organization")
        .annotate(number=Count("pk"))
        .values("number")
    )
    projects = Prefetch("projects", Project.objects.order_by("id"))
    return Organization.objects.annotate(member_count=Subquery(members)).prefetch_related(projects)


def list_members(
    *, organization: Organization, email: str = "", search: str = "", order: str = "-joined_at"
) -> QuerySet[Membership]:
    """Return who is in the organization, the latest first unless `order` is `joined_at`."""
    members = Membership.objects.filter(organization=organization)
    if email:
        members = members.filter(user__email=email)
    for word in search.split():
        members = members.filter(
            Q(user__first_name__icontains=word)
            | Q(user__last_name__icontains=word)
            | Q(user__email__icontains=word)
        )
    sign = "-" if order.startswith("-") else ""
    return members.select_related("user").order_by(f"{sign}joined_at", f"{sign}id")


def list_users(*, viewer: User) -> QuerySet[User]:
    """List whom `viewer` may see: staff everybody, others themselves; with what answers need."""
    users = User.objects.all() if viewer.is_staff else User.objects.filter(pk=viewer.pk)
    return (
        users.select_related("current_project")
        .prefetch_related(
            Prefetch("current_organization", _organizations_in_detail()),
            Prefetch(
                "memberships",
                Membership.objects.select_related("organization").order_by(
                    "organization__created_at", "organization_id"
                ),
            ),
        )
        .order_by("id")
    )


def get_user(*, viewer: User, uuid: str) -> User | None:
    """One of the users whom `viewer` may see."""
    number = parse_uuid(uuid)
    return None if number is None else list_users(viewer=viewer).filter(uuid=number).first()


def get_levels(*, user: User) -> dict[uuid.UUID, int]:
    """The user's level in each of their organizations."""
    return dict(Membership.objects.filter(user=user).values_list("organization_id", "level"))


def parse_uuid(text: str) -> uuid.UUID | None:
    """`text` as a UUID, or None; what URLs and keys carry is not always one."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def narrow_to_key(*, user: User, key: PersonalAPIKey) -> User:
    """Leave out of a user, as `list_users` reads one, what the key does not reach.

    The row itself stays as it is.
    """
    reached = [row for row in user.memberships.all() if _reaches(key, row)]
    ids = {row.organization_id for row in reached}
    organization, project = user.current_organization, user.current_project
    if organization is not None and organization.pk in ids:
        shown = [row for row in organization.projects.all() if _reaches_project(key, row)]
        _set_prefetched(organization, "projects", shown)
    else:
        user.current_organization = None
    if project is None or project.organization_id not in ids or not _reaches_project(key, project):
        user.current_project = None
    _set_prefetched(user, "memberships", reached)
    return user


def _reaches(key: PersonalAPIKey, membership: Membership) -> bool:
    organization = membership.organization
    is_open = organization.members_can_use_personal_api_keys
    if not is_open and membership.level < MembershipLevel.ADMIN:
        return False
    if key.scoped_organizations:
        return str(organization.pk) in key.scoped_organizations
    if key.scoped_teams:
        return organization.projects.filter(pk__in=key.scoped_teams).exists()
    return True


def _reaches_project(key: PersonalAPIKey, project: Project) -> bool:
    return not key.scoped_teams or project.pk in key.scoped_teams


def _set_prefetched(row: Model, name: str, rows: list[Any]) -> None:
    """Have a relation that was read hold fewer rows."""
    held: QuerySet[Any] = getattr(row, name).all()
    held._result_cache = rows
    vars(row)["_prefetched_objects_cache"][name] = held
