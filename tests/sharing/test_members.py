"""Members look at the dashboards of their own projects."""

from __future__ import annotations

import pytest
from django.test import Client

from dashboards.models import Dashboard
from posthog_lite.accounts.models import User
from tests.factories import DashboardFactory


@pytest.fixture
def browser(member: User) -> Client:
    browser = Client()
    browser.force_login(member)
    return browser


def test_strangers_sign_in_first(client: Client, dashboard: Dashboard) -> None:
    for path in ("/dashboards/", f"/dashboards/{dashboard.pk}"):
        answer = Client().get(path)
        assert answer.status_code == 302
        assert answer["Location"].startswith("/login?next=")


def test_a_member_signs_in_and_out(member: User) -> None:
    member.set_password("correct horse")
    member.save()
    browser = Client()
    wrong = browser.post("/login", {"username": member.email, "password": "wrong"})
    assert "Please enter a correct" in wrong.content.decode()
    right = browser.post("/login", {"username": member.email, "password": "correct horse"})
    assert (right.status_code, right["Location"]) == (302, "/dashboards/")
    assert browser.get("/dashboards/").status_code == 200
    assert browser.post("/logout")["Location"] == "/login"
    assert browser.get("/dashboards/").status_code == 302


def test_guessing_is_limited_as_at_the_admins(member: User) -> None:
    browser = Client()
    for _ in range(10):
        browser.post("/login", {"username": member.email, "password": "wrong"})
    answer = browser.post("/login", {"username": member.email, "password": "wrong"})
    assert answer.status_code == 429
    assert int(answer["Retry-After"]) > 0


def test_the_list_is_of_their_own_projects(
    browser: Client, dashboard: Dashboard, other_project: object
) -> None:
    DashboardFactory.create(project=other_project, name="Secret")
    DashboardFactory.create(project=dashboard.project, name="Pinned", pinned=True)
    for path in ("/dashboards/", f"/dashboards/?project={getattr(other_project, 'pk', 0)}"):
        html = browser.get(path).content.decode()
        assert "Secret" not in html
        assert html.index("Pinned") < html.index("Revenue")
    assert "Revenue" not in browser.get("/dashboards/?search=pin").content.decode()


def test_a_dashboard_is_shown_over_the_dates_that_were_chosen(
    browser: Client, dashboard: Dashboard
) -> None:
    answer = browser.get(f"/dashboards/{dashboard.pk}", {"date_from": "-90d"})
    html = answer.content.decode()
    assert ">Revenue</h1>" in html
    assert '<option value="-90d" selected>' in html
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert browser.get(f"/dashboards/{dashboard.pk}", {"date_from": "<x>"}).status_code == 200


def test_dashboards_of_others_are_not_found(
    browser: Client, dashboard: Dashboard, other_project: object
) -> None:
    others = DashboardFactory.create(project=other_project)
    gone = DashboardFactory.create(project=dashboard.project, deleted=True)
    for pk in (others.pk, gone.pk, 10**9):
        assert browser.get(f"/dashboards/{pk}").status_code == 404
