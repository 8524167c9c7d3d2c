"""Fail-closed project scoping: rows of a project can only be read by naming the project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posthog_lite.accounts.models import Project

M = TypeVar("M", bound=models.Model)


class UnscopedQueryError(RuntimeError):
    """A project-owned model was queried without naming a project."""


class ProjectScopedManager(models.Manager[M]):
    """The everyday manager: refuses every query that does not start at a project."""

    def get_queryset(self) -> models.QuerySet[M]:
        raise UnscopedQueryError(
            f"Start at {self.model.__name__}.objects.for_project(project), "
            f"or say {self.model.__name__}.all_projects if crossing projects is the point."
        )

    def for_project(self, project: Project) -> models.QuerySet[M]:
        return super().get_queryset().filter(project=project)

    def create(self, *, project: Project | None, **fields: Any) -> M:  # type: ignore[override]  # narrower on purpose
        return super().get_queryset().create(project=project, **fields)

    def bulk_create(self, objs: Iterable[M], *args: Any, **options: Any) -> list[M]:
        return super().get_queryset().bulk_create(objs, *args, **options)


class ProjectOwnedModel(models.Model):
    """A row that belongs to exactly one project and is never read without naming it."""

    project = models.ForeignKey("accounts.Project", on_delete=models.CASCADE, related_name="+")

    # First manager declared is Django's default: admin, serializers and relations use it.
    all_projects = models.Manager()
    objects = ProjectScopedManager()

    class Meta:
        abstract = True


class ProjectOrGlobalManager(ProjectScopedManager[M]):
    """The everyday manager of rows that may be everybody's: a project has those as well."""

    for_everybody = Q(project=None)

    def for_project(self, project: Project) -> models.QuerySet[M]:
        rows: models.QuerySet[M] = models.QuerySet(self.model, using=self._db)
        return rows.filter(Q(project=project) | self.for_everybody)


class ProjectOrGlobalModel(models.Model):
    """A row that belongs to one project, or to none and so to all of them."""

    project = models.ForeignKey(
        "accounts.Project", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )

    all_projects = models.Manager()
    objects = ProjectOrGlobalManager()

    class Meta:
        abstract = True
