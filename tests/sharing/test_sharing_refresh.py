"""POST of `/sharing/refresh/`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.access import ProjectAccess
from sharing.models import SharePassword, SharingConfiguration
from sharing.services import GRACE_PERIOD, refresh_sharing
from tests.sharing.conftest import PASSWORD, Share


def test_it_gives_a_new_token_and_keeps_switch_settings_and_passwords(
    client: APIClient, sharing_url: str
) -> None:
    client.patch(
        sharing_url, {"enabled": True, "settings": {"legend": True}, "password_required": True}
    )
    client.post(f"{sharing_url}passwords/", {"raw_password": PASSWORD, "note": "one"})
    client.post(f"{sharing_url}passwords/", {"note": "two"})
    before = client.get(sharing_url).json()

    after = client.post(f"{sharing_url}refresh/").json()

    assert after["access_token"] != before["access_token"]
    assert (after["enabled"], after["password_required"]) == (True, True)
    assert after["settings"] == {"legend": True}
    for one, other in zip(before["share_passwords"], after["share_passwords"], strict=True):
        assert {**one, "id": None} == {**other, "id": None}
    assert client.get(sharing_url).json() == after


def test_revoked_passwords_are_left_behind(
    client: APIClient, dashboard: Dashboard, share: Share, project: Any
) -> None:
    share(dashboard, password=PASSWORD)
    SharePassword.all_projects.update(is_active=False)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/refresh/"
    assert client.post(url).json()["share_passwords"] == []
    assert SharePassword.all_projects.count() == 1


def test_the_old_row_fades_in_five_minutes_and_older_ones_keep_their_end(
    client: APIClient, dashboard: Dashboard, share: Share, project: Any
) -> None:
    first = share(dashboard)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/refresh/"
    client.post(url)
    first.refresh_from_db()
    assert first.expires_at is not None
    left = first.expires_at - timezone.now()
    assert timedelta(seconds=295) < left <= timedelta(seconds=300)

    ends = first.expires_at
    client.post(url)
    first.refresh_from_db()
    assert first.expires_at == ends
    assert SharingConfiguration.all_projects.filter(expires_at=None).count() == 1
    assert SharingConfiguration.all_projects.count() == 3


def test_refreshing_what_was_never_shared_stores_a_closed_link(
    client: APIClient, sharing_url: str
) -> None:
    assert client.post(f"{sharing_url}refresh/").json()["enabled"] is False
    assert SharingConfiguration.all_projects.get().enabled is False


@pytest.mark.parametrize("body", ["[1, 2]", '"x"', "{", '{"enabled": false, "settings": 1}', ""])
def test_its_body_is_ignored_whatever_it_is(client: APIClient, sharing_url: str, body: str) -> None:
    client.patch(sharing_url, {"enabled": True})
    answer = client.post(f"{sharing_url}refresh/", body, content_type="application/json")
    assert (answer.status_code, answer.json()["enabled"]) == (200, True)


@pytest.mark.parametrize("change", [{"enabled": False}, {"password_required": True}])
def test_closing_the_link_closes_the_fading_one_too(
    client: APIClient,
    visitor: APIClient,
    dashboard: Dashboard,
    share: Share,
    project: Any,
    change: dict[str, bool],
) -> None:
    old = share(dashboard)
    url = f"/api/projects/{project.pk}/dashboards/{dashboard.pk}/sharing/"
    client.post(f"{url}refresh/")
    assert visitor.get(f"/shared/{old.access_token}").status_code == 200
    client.patch(url, change)
    assert visitor.get(f"/shared/{old.access_token}").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_once_leave_exactly_one_active_link(
    dashboard: Dashboard, share: Share, access: ProjectAccess
) -> None:
    share(dashboard)
    start = Barrier(4)

    def refresh(_: int) -> str:
        start.wait(10)
        try:
            return refresh_sharing(
                access=access,
                model=Dashboard,
                resource_id=str(dashboard.pk),
                now=timezone.now(),
            ).access_token
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        tokens = set(pool.map(refresh, range(4)))

    assert len(tokens) == 4
    assert SharingConfiguration.all_projects.filter(expires_at=None).count() == 1
    assert SharingConfiguration.all_projects.count() == 5


def test_the_grace_period_is_what_clients_know() -> None:
    assert timedelta(seconds=300) == GRACE_PERIOD
