"""The box with the link on the pages of dashboards and insights, and what they look like."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight
from posthog_lite.accounts.models import Organization, Project, User
from posthog_lite.accounts.services.organizations import add_member
from sharing.models import SharePassword, SharingConfiguration
from tests.factories import DashboardFactory
from tests.sharing.conftest import PASSWORD, Share
from tests.support.admin import page_address, send_box, staff_with, text_of
from tests.support.queries import count_queries

Resource = Dashboard | Insight
SEES = ("view_dashboard", "view_insight", "view_sharingconfiguration", "view_sharepassword")
OPENS = (
    *SEES,
    *("change_dashboard", "change_sharingconfiguration", "add_sharingconfiguration"),
    *("add_sharepassword", "change_sharepassword"),
)


@pytest.fixture(params=["dashboard", "insight"])
def resource(request: Any, dashboard: Dashboard, insight: Insight) -> Resource:
    return dashboard if request.param == "dashboard" else insight


def send(client: Client, row: Resource, does: str = "change", **fields: Any) -> Any:
    return send_box(client, row, "sharing", does, **fields)


def link_of(row: Resource) -> SharingConfiguration:
    return SharingConfiguration.all_projects.get(
        expires_at=None, **{row._meta.model_name or "": row}
    )


def test_a_link_is_switched_on_copied_and_switched_off(
    operator: Client, visitor: APIClient, resource: Resource
) -> None:
    page = text_of(operator.get(page_address(resource)))
    assert "Nobody can look at it from outside." in page
    page = text_of(send(operator, resource, enabled="on"))
    link = link_of(resource)
    assert f'value="http://testserver/shared/{link.access_token}"' in page
    assert f'src="http://testserver/embedded/{link.access_token}"' in page
    assert visitor.get(f"/shared/{link.access_token}").status_code == 200
    assert "The link is off." in text_of(send(operator, resource))
    assert visitor.get(f"/shared/{link.access_token}").status_code == 404


def test_settings_are_ticked_and_others_are_kept(
    operator: Client, share: Share, resource: Resource
) -> None:
    share(resource, settings={"noHeader": True, "showInspector": True, "theme": "dark"})
    page = operator.get(page_address(resource)).content.decode()
    assert re.search(r'name="noHeader"[^>]*checked', page)
    send(operator, resource, enabled="on", legend="on", theme="light")
    stored = {"legend": True, "noHeader": False, "showInspector": True, "theme": "light"}
    assert link_of(resource).settings == stored
    send(operator, resource, enabled="on", legend="on")
    assert link_of(resource).settings == {k: v for k, v in stored.items() if k != "theme"}
    assert "Nothing was changed." in text_of(send(operator, resource, enabled="on", legend="on"))
    assert "Select a valid choice" in text_of(send(operator, resource, enabled="on", theme="red"))


def test_a_password_is_shown_once_and_revoked(
    operator: Client, visitor: APIClient, resource: Resource
) -> None:
    send(operator, resource, enabled="on", password_required="on")
    assert "nobody can open the link" in text_of(operator.get(page_address(resource)))
    page = text_of(send(operator, resource, "add_password", note="press"))
    found = re.search(r'id="issued-password"[^>]* value="([^"]+)"', page)
    assert found
    assert found[1] not in text_of(operator.get(page_address(resource)))
    address = f"/shared/{link_of(resource).access_token}"
    assert visitor.post(address, {"password": found[1]}).status_code == 200
    password = SharePassword.all_projects.get()
    assert (password.note, str(password.created_by)) == ("press", "root@example.com")
    page = text_of(send(operator, resource, "revoke_password", password=password.pk))
    assert "must unlock again" in page
    assert visitor.post(address, {"password": found[1]}).status_code == 401
    page = text_of(send(operator, resource, "revoke_password", password=password.pk))
    assert "Password not found" in page


def test_passwords_the_api_would_refuse_are_refused_in_words(
    operator: Client, resource: Resource
) -> None:
    page = text_of(send(operator, resource, "add_password", raw_password=PASSWORD))
    assert SharePassword.all_projects.count() == 0
    send(operator, resource, enabled="on", password_required="on")
    page = text_of(send(operator, resource, "add_password", raw_password="short"))
    assert "at least 8 characters" in page
    send(operator, resource, "add_password", raw_password=PASSWORD)
    assert SharePassword.all_projects.count() == 1


def test_an_organization_that_shares_nothing_shares_nothing_here(
    operator: Client, dashboard: Dashboard, organization: Organization
) -> None:
    organization.allow_publicly_shared_resources = False
    organization.save()
    page = text_of(send(operator, dashboard, enabled="on"))
    assert page.count("Public sharing is disabled for this organization") == 2
    assert not SharingConfiguration.all_projects.filter(enabled=True).exists()


def test_limited_staff_open_nothing_they_may_not_see(
    dashboard: Dashboard, project: Project
) -> None:
    assert send(staff_with(*OPENS), dashboard, enabled="on").status_code == 403
    assert send(staff_with(*SEES, "view_person"), dashboard, enabled="on").status_code == 403
    assert not SharingConfiguration.all_projects.exists()
    sees_persons = staff_with(*OPENS, "view_person")
    assert send(sees_persons, dashboard, enabled="on").status_code == 200
    SharingConfiguration.all_projects.all().delete()
    member = User.objects.create_user("colleague@example.com", is_staff=True)
    member.user_permissions.set(Permission.objects.filter(codename__in=OPENS))
    add_member(organization=project.organization, user=member)
    own = Client()
    own.force_login(member)
    assert send(own, dashboard, enabled="on").status_code == 200


@pytest.mark.parametrize(
    ("lacking", "does"),
    [("add_sharepassword", "add_password"), ("change_sharepassword", "revoke_password")],
)
def test_limited_staff_need_the_right_on_passwords(
    share: Share, dashboard: Dashboard, lacking: str, does: str
) -> None:
    share(dashboard, password=PASSWORD)
    client = staff_with(*(set(OPENS) - {lacking}), "view_person")
    password = SharePassword.all_projects.get()
    assert send(client, dashboard, does, password=password.pk).status_code == 403
    assert SharePassword.all_projects.filter(is_active=True).count() == 1


def test_who_may_not_see_links_sees_no_box(share: Share, dashboard: Dashboard) -> None:
    link = share(dashboard)
    client = staff_with("view_dashboard", "change_dashboard", "view_person")
    assert link.access_token not in text_of(client.get(page_address(dashboard)))
    assert send(client, dashboard, enabled="").status_code == 403
    link.refresh_from_db()
    assert link.enabled is True


def test_an_insight_is_drawn_on_its_page_as_visitors_see_it(
    operator: Client, insight: Insight
) -> None:
    address = page_address(insight, "preview")
    assert f'src="{address}" title="The insight as it is drawn"' in text_of(
        operator.get(page_address(insight))
    )
    answer = operator.get(address)
    assert "Signups" in text_of(answer)
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert not SharingConfiguration.all_projects.exists()


def test_a_dashboard_is_looked_at_without_a_link(operator: Client, dashboard: Dashboard) -> None:
    address = page_address(dashboard, "preview")
    assert f'<a href="{address}">Look at it</a>' in text_of(operator.get(page_address(dashboard)))
    page = text_of(operator.get(address))
    assert "Sales" in page
    assert "Hello" in page
    Dashboard.all_projects.update(deleted=True)
    assert operator.get(address).status_code == 403
    assert operator.get("/admin/dashboards/dashboard/999999/preview/").status_code == 404


@pytest.mark.parametrize("lacking", ["view_dashboard", "view_insight", "view_person"])
def test_limited_staff_look_at_no_results_of_others(dashboard: Dashboard, lacking: str) -> None:
    needed = {"view_dashboard", "view_insight", "view_person"}
    address = page_address(dashboard, "preview")
    assert staff_with(*needed).get(address).status_code == 200
    assert staff_with(*(needed - {lacking})).get(address).status_code == 403


def test_the_page_takes_the_same_queries_for_many_passwords(
    operator: Client, share: Share, project: Project
) -> None:
    dashboard = DashboardFactory.create(project=project)
    link = share(dashboard, password=PASSWORD)
    counts = []
    for number in (1, 9):
        for _ in range(number):
            SharePassword.objects.create(
                project=project,
                configuration=link,
                password_hash="x",
                created_at=timezone.now(),
                created_by=link.project.organization.memberships.get().user,
            )
        with count_queries() as queries:
            text_of(operator.get(page_address(dashboard)))
        counts.append(len(queries))
    assert counts[0] == counts[1]
