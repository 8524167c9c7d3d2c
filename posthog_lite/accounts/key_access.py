"""Who calls with a key and what they are in the project of the URL, in one narrow query.

Every request with a key to a project starts here. Only the ordinary case is answered: the key is
known, its owner active and in the project's organization. Everything else, which is a refusal or
the first use of a key of an older release, is told apart by the slower `selectors`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from django.db.models import F
from django.utils.crypto import constant_time_compare

from posthog_lite.accounts.access import KeyCall, ProjectAccess
from posthog_lite.accounts.models import Organization, PersonalAPIKey, Project, User
from posthog_lite.accounts.models.personal_api_key import hash_key
from posthog_lite.accounts.selectors import CURRENT
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.instances import columns_of, made_of_row
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

M = TypeVar("M", bound="Model")

MEMBERSHIP = "user__memberships__"
ORGANIZATION = f"{MEMBERSHIP}organization__"
PROJECT = f"{ORGANIZATION}projects__"
PREFIXES: dict[type[Model], str] = {
    PersonalAPIKey: "",
    User: "user__",
    Organization: ORGANIZATION,
    Project: PROJECT,
}
# The ORM reads these should anybody ask.
NOT_READ: dict[type[Model], tuple[str, ...]] = {
    PersonalAPIKey: ("description", "created_at", "last_rolled_at"),
    User: ("password", "last_login", "date_joined"),
    Organization: ("slug", "created_at", "updated_at"),
    Project: ("uuid", "is_demo", "kept_settings", "created_at", "updated_at"),
}


def get_key_in_project(*, value: str, project_id: str) -> KeyCall | None:
    """Return a call with the key of this value, its user read; None outside the ordinary case.

    `project_id` is an integer as text, or `@current`.
    """
    hashed = hash_key(value)
    row = _find(hashed, project_id)
    if row is None:
        return None
    key = _instance(PersonalAPIKey, row)
    if not constant_time_compare(key.secure_value or "", hashed):
        return None
    project = _instance(Project, row)
    project.organization = _instance(Organization, row)
    key.user = _instance(User, row)
    return KeyCall(key, ProjectAccess(project, key.user, row[-1]))


def _find(hashed: str, project_id: str) -> tuple[Any, ...] | None:
    if project_id == CURRENT:
        rows = IN_CURRENT_PROJECT.rows(hashed=hashed)
    elif (number := parse_row_id(project_id)) is not None:
        rows = IN_PROJECT.rows(hashed=hashed, project=number)
    else:
        return None
    return rows[0] if rows else None


def _keys(hashed: str, project: Any) -> QuerySet[Any, Any]:
    rows = PersonalAPIKey.objects.filter(
        secure_value=hashed, user__is_active=True, **{PROJECT.removesuffix("__"): project}
    )
    columns = [prefix + name for model, prefix in PREFIXES.items() for name in _names(model)]
    return rows.values_list(*columns, f"{MEMBERSHIP}level")


IN_PROJECT = CompiledQuery(_keys, hashed=str, project=int)
IN_CURRENT_PROJECT = CompiledQuery(
    lambda hashed: _keys(hashed, F("user__current_project")), hashed=str
)


@cache
def _names(model: type[Model]) -> tuple[str, ...]:
    left_out = NOT_READ.get(model, ())
    return tuple(name for name in columns_of(model) if name not in left_out)


@cache
def _part(model: type[Model]) -> slice:
    """Return which columns of a row belong to the model."""
    before = list(PREFIXES)[: list(PREFIXES).index(model)]
    start = sum(len(_names(other)) for other in before)
    return slice(start, start + len(_names(model)))


def _instance(model: type[M], row: tuple[Any, ...]) -> M:
    return made_of_row(model, _names(model), row[_part(model)])
