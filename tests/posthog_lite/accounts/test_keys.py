from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from posthog_lite.accounts.models import PersonalAPIKey, Project, User
from posthog_lite.accounts.scopes import InvalidScope
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.keys import (
    NotAMember,
    TooManyKeys,
    create_key,
    update_key,
)
from tests.factories import UserFactory

AT_ONCE = 4


def test_repetitions_are_stored_once(member: User, project: Project) -> None:
    key = create_key(
        user=member,
        label="x",
        scopes=["dashboard:read", "*", "dashboard:read"],
        scoped_teams=[project.pk, project.pk],
        scoped_organizations=[str(project.organization_id), str(project.organization_id).upper()],
    ).key
    key.refresh_from_db()
    assert key.scopes == ["dashboard:read", "*"]
    assert key.scoped_teams == [project.pk]
    assert key.scoped_organizations == [str(project.organization_id)]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scopes": ["nonsense"]}, InvalidScope),
        ({"scoped_teams": [0]}, NotAMember),
        ({"scoped_organizations": ["nonsense"]}, NotAMember),
    ],
)
def test_a_refused_change_is_not_stored(
    member: User, changes: dict[str, object], error: type[Exception]
) -> None:
    key = create_key(user=member, label="x", scopes=["*"]).key
    with pytest.raises(error):
        update_key(key=key, changes={"label": "changed", **changes})
    key.refresh_from_db()
    assert (key.label, key.scopes, key.scoped_teams) == ("x", ["*"], [])


def test_a_change_leaves_what_another_writer_changed(member: User) -> None:
    key = create_key(user=member, label="x", scopes=["*"]).key
    PersonalAPIKey.objects.update(description="theirs")
    update_key(key=key, changes={"label": "ours"})
    key.refresh_from_db()
    assert (key.label, key.description) == ("ours", "theirs")


def test_an_unknown_value_finds_no_key(member: User) -> None:
    value = create_key(user=member, label="x", scopes=["*"]).value
    found = get_key(value=value)
    assert found is not None
    assert found.user == member
    assert get_key(value=value[:-1]) is None


@pytest.mark.django_db(transaction=True)
def test_simultaneous_creations_do_not_pass_the_limit_together() -> None:
    user: User = UserFactory.create()
    for _ in range(9):
        create_key(user=user, label="x", scopes=["*"])
    barrier = Barrier(AT_ONCE)

    def create(_: int) -> bool:
        barrier.wait(timeout=10)
        try:
            create_key(user=user, label="x", scopes=["*"])
        except TooManyKeys:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        created = list(pool.map(create, range(AT_ONCE)))
    assert created.count(True) == 1
    assert PersonalAPIKey.objects.filter(user=user).count() == 10
