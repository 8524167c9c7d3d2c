"""Everything that writes insight variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from dashboards.models import InsightVariable
from dashboards.models.variable import VariableType
from dashboards.queries.variable_values import clean_list
from dashboards.selectors.variables import find_variable
from posthog_lite.database.transactions import one_transaction
from posthog_lite.domain import DomainError
from posthog_lite.query.stale import note_variable

if TYPE_CHECKING:
    from posthog_lite.accounts.access import ProjectAccess
    from posthog_lite.accounts.models import Project

LONGEST_CODE_NAME = 400


class CodeNameTaken(DomainError):
    """Another variable of the project has this code name, so SQL could not tell them apart."""


class NoCodeName(DomainError):
    """The name yields nothing SQL could refer to."""


class NotAScalar(DomainError):
    """The values of a list variable are strings, never objects or arrays."""


def make_code_name(name: str) -> str:
    """Return the name that SQL uses for a variable: `Test @#$ Var!` is `test__var`."""
    kept = (char for char in name if char.isalnum() or char in " _")
    return "".join(kept).replace(" ", "_").lower()


@one_transaction
def create_variable(*, access: ProjectAccess, fields: dict[str, Any]) -> InsightVariable:
    """Create a variable. Raises CodeNameTaken, NoCodeName or NotAScalar."""
    variable = InsightVariable(project=access.project, created_by=access.user, **fields)
    variable.code_name = make_code_name(variable.name)
    if not variable.code_name.strip("_") or len(variable.code_name) > LONGEST_CODE_NAME:
        raise NoCodeName("Name must hold at least one letter or digit.", attr="name")
    _fit_to_type(variable)
    try:
        with transaction.atomic():
            variable.save(force_insert=True)
    except IntegrityError as error:
        # The constraint, not a look beforehand: of two at once one must lose.
        raise CodeNameTaken("Variable with this code name already exists", attr="name") from error
    return variable


@one_transaction
def update_variable(*, project: Project, lookup: str, fields: dict[str, Any]) -> InsightVariable:
    """Change a variable; its code name stays. Raises Missing or NotAScalar."""
    variable = find_variable(project=project, lookup=lookup, lock=True)
    if not fields:
        return variable
    for name, value in fields.items():
        setattr(variable, name, value)
    _fit_to_type(variable)
    variable.save(update_fields=[*fields, "values", "is_multi", "default_value"])
    note_variable(project=project)
    return variable


@one_transaction
def delete_variable(*, project: Project, lookup: str) -> None:
    """Remove a variable for good. Raises Missing."""
    find_variable(project=project, lookup=lookup, lock=True).delete()
    note_variable(project=project)


def _fit_to_type(variable: InsightVariable) -> None:
    """Make `values`, `is_multi` and `default_value` agree with the type."""
    if variable.type != VariableType.LIST:
        variable.values = None
        variable.is_multi = False
        return
    variable.values = _strings(variable.values, "values")
    default = variable.default_value
    defaults = _strings(default if isinstance(default, list) else [default], "default_value")
    if variable.is_multi:
        variable.default_value = defaults
    else:
        variable.default_value = defaults[0] if defaults else None


def _strings(values: Any, field: str) -> list[str]:
    if not isinstance(values, list):
        return []
    if any(isinstance(value, (dict, list)) for value in values):
        raise NotAScalar("Values must be strings, numbers or booleans.", attr=field)
    return clean_list(values)
