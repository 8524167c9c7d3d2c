"""Callers without an account, who hold the token of a share.

The API knows them by this class alone. `sharing` stands above this room and registers at start how
they are known.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from posthog_lite.accounts.access import ProjectAccess
from posthog_lite.accounts.models import User
from posthog_lite.ids import parse_row_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.db.models import Model, QuerySet
    from rest_framework.authentication import BaseAuthentication

    from posthog_lite.accounts.models import Project

M = TypeVar("M", bound="Model")

NOBODY = 0  # the id of no user: what is looked up for a visitor finds nothing


class Visitor(ABC):
    """The `request.auth` of such a caller."""

    @property
    @abstractmethod
    def project(self) -> Project:
        """The shared project."""

    @property
    def access(self) -> ProjectAccess:
        """The shared project, as somebody sees it who is not a member."""
        return ProjectAccess(self.project, User(pk=NOBODY, is_active=False), None)

    def reaches(self, project_id: str) -> bool:
        """Return whether the URL means the shared project."""
        return parse_row_id(project_id) == self.project.pk

    @abstractmethod
    def narrow(self, rows: QuerySet[M]) -> QuerySet[M]:
        """Return what of `rows`, which are of the shared project, the share shows."""

    @abstractmethod
    def check_filters(self, query: Mapping[str, Any]) -> None:
        """Raise a DomainError where filters or the order of a list would tell what is hidden."""

    @abstractmethod
    def present(self, model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
        """A row of `model`, in the shape that members get, as visitors may see it."""

    def shows(self, model: type[Model], pk: int) -> bool:
        """Return whether the share shows this row."""
        return self.narrow(model._default_manager.filter(pk=pk)).exists()


class VisitorAuthentication:
    """Recognizes visitors, by the class that was registered."""

    def __init__(self) -> None:
        self._registered: list[type[BaseAuthentication]] = []

    def register(self, authentication: type[BaseAuthentication]) -> None:
        """Set the class that makes visitors. Called once, when the applications are ready."""
        self._registered = [authentication]

    def made(self) -> list[BaseAuthentication]:
        """Return what recognizes a visitor; nothing where nobody shares."""
        return [authentication() for authentication in self._registered]


authentication = VisitorAuthentication()
