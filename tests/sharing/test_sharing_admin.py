from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import User
from sharing.models import RenderedMarkdown, SharePassword, SharingConfiguration
from tests.factories import DashboardFactory
from tests.sharing.conftest import PASSWORD, Share
from tests.support.queries import count_queries

LINKS = "/admin/sharing/sharingconfiguration/"


@pytest.fixture
def viewer(db: None) -> Client:
    """A member of staff who may look at everything about links."""
    user = User.objects.create_user("viewer@example.com", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_shar"))
    client = Client()
    client.force_login(user)
    return client


def run(operator: Client, path: str, action: str, pk: int) -> str:
    body = {"action": action, "_selected_action": [pk], "confirmed": "yes"}
    return operator.post(path, body, follow=True).content.decode()


def test_links_are_listed_with_an_address_to_copy(
    operator: Client, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    html = operator.get(LINKS).content.decode()
    assert f'value="http://testserver/shared/{link.access_token}"' in html
    html = operator.get(f"{LINKS}{link.pk}/change/").content.decode()
    assert f'value="http://testserver/embedded/{link.access_token}"' in html
    assert "Revenue" in html


def test_rotating_keeps_the_old_link_for_the_grace_only(
    operator: Client, visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard)
    assert "Rotated links: 1." in run(operator, LINKS, "rotate", link.pk)
    new = SharingConfiguration.all_projects.get(expires_at=None)
    assert new.access_token != link.access_token
    assert visitor.get(f"/shared/{new.access_token}").status_code == 200
    SharingConfiguration.all_projects.filter(pk=link.pk).update(expires_at=timezone.now())
    assert visitor.get(f"/shared/{link.access_token}").status_code == 404


def test_revoking_closes_a_link_at_once(
    operator: Client, visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard)
    assert "Revoked links: 1." in run(operator, LINKS, "revoke", link.pk)
    assert visitor.get(f"/shared/{link.access_token}").status_code == 404


def test_passwords_are_never_shown_and_can_be_revoked(
    operator: Client, share: Share, dashboard: Dashboard
) -> None:
    share(dashboard, password=PASSWORD)
    password = SharePassword.all_projects.get()
    path = "/admin/sharing/sharepassword/"
    for page in (path, f"{path}{password.pk}/change/"):
        html = operator.get(page).content.decode()
        assert password.password_hash not in html
        assert PASSWORD not in html
    assert "Revoked passwords: 1." in run(operator, path, "revoke", password.pk)
    password.refresh_from_db()
    assert password.is_active is False


def test_a_dangerous_action_asks_first(
    operator: Client, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    password = SharePassword.all_projects.get()
    for path, action, pk in (
        (LINKS, "rotate", link.pk),
        (LINKS, "revoke", link.pk),
        ("/admin/sharing/sharepassword/", "revoke", password.pk),
    ):
        page = operator.post(path, {"action": action, "_selected_action": [pk]}).content.decode()
        assert 'name="confirmed" value="yes"' in page
    link.refresh_from_db()
    password.refresh_from_db()
    assert (link.enabled, link.expires_at, password.is_active) == (True, None, True)


def test_who_may_only_look_closes_nothing(
    viewer: Client, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard)
    assert "row-action" not in viewer.get(f"{LINKS}{link.pk}/change/").content.decode()
    run(viewer, LINKS, "revoke", link.pk)
    link.refresh_from_db()
    assert link.enabled is True


@pytest.mark.parametrize("model", ["sharingconfiguration", "sharepassword", "shareattempt"])
def test_nothing_about_links_is_added_changed_or_removed_by_hand(
    operator: Client, visitor: APIClient, share: Share, dashboard: Dashboard, model: str
) -> None:
    link = share(dashboard, password=PASSWORD)
    visitor.post(f"/shared/{link.access_token}", {"password": PASSWORD})
    path = f"/admin/sharing/{model}/"
    pk = apps.get_model("sharing", model)._base_manager.get().pk
    assert operator.get(f"{path}{pk}/change/").status_code == 200
    for address in (f"{path}add/", f"{path}{pk}/change/", f"{path}{pk}/delete/"):
        assert operator.post(address, {"post": "yes"}).status_code == 403


def test_attempts_are_listed(
    operator: Client, visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    link = share(dashboard, password=PASSWORD)
    visitor.post(f"/shared/{link.access_token}", {"password": "wrong"})
    html = operator.get("/admin/sharing/shareattempt/").content.decode()
    assert link.access_token[-6:] in html
    assert link.access_token not in html
    assert "127.0.0.1" in html


@pytest.mark.parametrize("model", ["sharingconfiguration", "sharepassword", "shareattempt"])
def test_a_list_takes_the_same_queries_for_10_rows(
    operator: Client, visitor: APIClient, share: Share, dashboard: Dashboard, model: str
) -> None:
    counts = []
    for rows in (1, 9):
        for _ in range(rows):
            link = share(DashboardFactory.create(project=dashboard.project), password=PASSWORD)
            visitor.post(f"/shared/{link.access_token}", {"password": PASSWORD})
        with count_queries() as queries:
            operator.get(f"/admin/sharing/{model}/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_command_removes_what_has_expired_only(share: Share, dashboard: Dashboard) -> None:
    link = share(dashboard)
    now = timezone.now()
    for days in (29, 31):
        RenderedMarkdown.objects.create(
            project=link.project, digest=days, html="", created_at=now - timedelta(days=days)
        )
    for moment in (now - timedelta(seconds=1), now + timedelta(minutes=5)):
        SharingConfiguration.objects.create(
            project=link.project, dashboard=dashboard, expires_at=moment
        )
    output = StringIO()
    call_command("clear_expired_sharing", stdout=output)
    assert output.getvalue() == "Removed expired sharing configurations: 1.\n"
    assert SharingConfiguration.all_projects.count() == 2
    assert RenderedMarkdown.all_projects.get().digest == "29"
