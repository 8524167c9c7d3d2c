"""Messages of commands to an operator: one line that names the option, exit code 2."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management.base import CommandError
from django.db import Error

from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from collections.abc import Iterator

EXIT_CODE = 2
OPTION_OF_ATTR = {
    "scoped_teams": "--scoped-projects",
    "scoped_organizations": "--scoped-organizations",
}


def refusal(message: str) -> CommandError:
    """The error to raise from a command."""
    return CommandError(message, returncode=EXIT_CODE)


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what services and the database raise into refusals."""
    try:
        yield
    except DomainError as error:
        option = OPTION_OF_ATTR.get(error.attr, f"--{error.attr}") if error.attr else ""
        said = f"{error.detail}{error.hint}"
        raise refusal(f"{option}: {said}" if option else said) from error
    except Error as error:
        raise refusal(f"The database: {' '.join(str(error).split())}") from error
