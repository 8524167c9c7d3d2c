from __future__ import annotations

import pytest

from posthog_lite.accounts.models import Membership, MembershipLevel, Organization, Project, User
from posthog_lite.accounts.services.organizations import (
    UnknownMembership,
    add_member,
    create_organization,
    create_project,
    ensure_current,
    update_organization,
    update_profile,
    update_project,
)
from tests.factories import ProjectFactory


def current(user: User) -> tuple[Organization | None, Project | None]:
    user.refresh_from_db()
    return user.current_organization, user.current_project


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "slug"), [("Big Corp!", "big-corp"), ("!!!", "organization"), ("x" * 64, "x" * 40)]
)
def test_the_slug_comes_from_the_name(name: str, slug: str) -> None:
    assert create_organization(name=name).slug == slug
    second = create_organization(name=name).slug
    assert second != slug
    assert second.startswith(slug[:39])


def test_the_first_organization_becomes_the_current_one(
    lonely_user: User, project: Project
) -> None:
    add_member(organization=project.organization, user=lonely_user)
    assert current(lonely_user) == (project.organization, project)


def test_later_organizations_do_not_move_what_is_current(
    member: User, project: Project, other_project: Project
) -> None:
    add_member(organization=other_project.organization, user=member)
    assert current(member) == (project.organization, project)


def test_adding_a_member_again_moves_their_level(member: User, project: Project) -> None:
    add_member(organization=project.organization, user=member, level=MembershipLevel.OWNER)
    assert Membership.objects.get(user=member).level == MembershipLevel.OWNER


def test_a_new_project_is_current_only_for_a_creator_without_one(
    lonely_user: User, organization: Organization
) -> None:
    add_member(organization=organization, user=lonely_user)
    first = create_project(organization=organization, name="First", by=lonely_user)
    create_project(organization=organization, name="Second", by=lonely_user)
    assert current(lonely_user) == (organization, first)


def test_who_leaves_falls_back_to_another_organization(
    member: User, other_project: Project
) -> None:
    add_member(organization=other_project.organization, user=member)
    Membership.objects.get(user=member, organization=member.current_organization).delete()
    ensure_current(user=member)
    assert current(member) == (other_project.organization, other_project)
    Membership.objects.filter(user=member).delete()
    ensure_current(user=member)
    assert current(member) == (None, None)


def test_a_project_that_is_given_decides_the_organization(
    member: User, project: Project, other_project: Project
) -> None:
    add_member(organization=other_project.organization, user=member)
    update_profile(
        user=member,
        changes={},
        current_organization_id=project.organization_id,
        current_project_id=other_project.pk,
    )
    assert current(member) == (other_project.organization, other_project)


def test_a_refused_profile_change_is_not_stored(member: User, other_project: Project) -> None:
    with pytest.raises(UnknownMembership):
        update_profile(
            user=member, changes={"first_name": "New"}, current_project_id=other_project.pk
        )
    member.refresh_from_db()
    assert member.first_name == "Mem"


def test_changes_leave_what_another_writer_changed(project: Project) -> None:
    organization = project.organization
    Project.objects.update(timezone="Asia/Tokyo")
    Organization.objects.update(allow_publicly_shared_resources=False)
    update_project(project=project, changes={"name": "New"})
    update_organization(organization=organization, changes={"name": "New"})
    project.refresh_from_db()
    organization.refresh_from_db()
    assert (project.name, project.timezone) == ("New", "Asia/Tokyo")
    assert (organization.name, organization.allow_publicly_shared_resources) == ("New", False)


def test_a_change_moves_updated_at_and_nothing_does_not(organization: Organization) -> None:
    ProjectFactory.create(organization=organization)
    before = organization.updated_at
    update_organization(organization=organization, changes={})
    organization.refresh_from_db()
    assert organization.updated_at == before
    update_organization(organization=organization, changes={"name": "New"})
    organization.refresh_from_db()
    assert organization.updated_at > before
