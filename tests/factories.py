"""Rows for tests."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from factory.declarations import LazyFunction, Sequence, SubFactory
from factory.django import DjangoModelFactory

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Membership, MembershipLevel, Organization, Project, User
from themes.models import DataColorTheme


class OrganizationFactory(DjangoModelFactory[Organization]):
    class Meta:
        model = Organization

    name = Sequence(lambda n: f"Organization {n}")
    slug = Sequence(lambda n: f"organization-{n}")


class ProjectFactory(DjangoModelFactory[Project]):
    class Meta:
        model = Project

    organization = SubFactory(OrganizationFactory)
    name = Sequence(lambda n: f"Project {n}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = Sequence(lambda n: f"user{n}@example.com")
    first_name = Sequence(lambda n: f"User {n}")


class DashboardFactory(DjangoModelFactory[Dashboard]):
    class Meta:
        model = Dashboard

    project = SubFactory(ProjectFactory)
    name = Sequence(lambda n: f"Dashboard {n}")

    @classmethod
    def _create(cls, model_class: type[Dashboard], *args: Any, **kwargs: Any) -> Dashboard:
        return model_class.all_projects.create(*args, **kwargs)


class InsightFactory(DjangoModelFactory[Insight]):
    class Meta:
        model = Insight

    project = SubFactory(ProjectFactory)
    name = Sequence(lambda n: f"Insight {n}")
    last_modified_at = LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[Insight], *args: Any, **kwargs: Any) -> Insight:
        return model_class.all_projects.create(*args, **kwargs)


class ThemeFactory(DjangoModelFactory[DataColorTheme]):
    """A color theme; `project=None` makes a global one."""

    class Meta:
        model = DataColorTheme

    project = SubFactory(ProjectFactory)
    name = Sequence(lambda n: f"Theme {n}")
    colors = ["#1d4aff", "#ABC"]

    @classmethod
    def _create(
        cls, model_class: type[DataColorTheme], *args: Any, **kwargs: Any
    ) -> DataColorTheme:
        return model_class.all_projects.create(*args, **kwargs)


def make_member(
    project: Project, email: str, level: MembershipLevel = MembershipLevel.MEMBER, **fields: Any
) -> User:
    """A user of the project's organization for whom the project is the current one."""
    user: User = UserFactory.create(
        email=email,
        current_organization=project.organization,
        current_project=project,
        **fields,
    )
    Membership.objects.create(organization=project.organization, user=user, level=level)
    return user
