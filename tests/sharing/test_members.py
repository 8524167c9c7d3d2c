"""Members look at the dashboards of their own projects."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from dashboards.models import Dashboard, Insight, InsightVariable
from posthog_lite.accounts.models import User
from tests.factories import DashboardFactory, InsightFactory
from tests.sharing.conftest import Engine


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
    assert "Revenue" in browser.get("/dashboards/?search=reven%00ue&tags=%00").content.decode()


def test_a_dashboard_is_shown_over_the_dates_that_were_chosen(
    browser: Client, dashboard: Dashboard
) -> None:
    answer = browser.get(f"/dashboards/{dashboard.pk}", {"date_from": "-90d"})
    html = answer.getvalue().decode()
    assert ">Revenue</h1>" in html
    assert '<a href="?date_from=-90d" aria-current="true">90 days</a>' in html
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]
    assert browser.get(f"/dashboards/{dashboard.pk}", {"date_from": "<x>"}).status_code == 200


def test_dashboards_of_others_are_not_found(
    browser: Client, dashboard: Dashboard, other_project: object
) -> None:
    others = DashboardFactory.create(project=other_project)
    gone = DashboardFactory.create(project=dashboard.project, deleted=True)
    for pk in (others.pk, gone.pk, 10**9):
        assert browser.get(f"/dashboards/{pk}").status_code == 404


class TestVariables:
    """A member chooses values for what the SQL on a dashboard asks for."""

    @pytest.fixture
    def plan(self, dashboard: Dashboard, answers: Engine) -> InsightVariable:
        plan = InsightVariable.objects.create(
            project=dashboard.project,
            name="Plan",
            code_name="plan",
            type="List",
            values=["free", "paid"],
            default_value="free",
        )
        entry = {"code_name": "plan", "variableId": str(plan.pk)}
        query = {
            "kind": "HogQLQuery",
            "query": "select {variables.plan}",
            "variables": {str(plan.pk): entry},
        }
        Insight.all_projects.filter(name="Sales").update(query=query)
        return plan

    def test_one_that_is_used_can_be_chosen(
        self, browser: Client, dashboard: Dashboard, plan: InsightVariable, answers: Engine
    ) -> None:
        InsightVariable.objects.create(
            project=dashboard.project, name="Unused", code_name="unused", type="String"
        )
        html = shown(browser, dashboard)
        assert "<option selected>free</option><option>paid</option>" in html
        assert "Unused" not in html
        html = shown(browser, dashboard, **{"variable-plan": "paid", "date_from": "-7d"})
        assert "<option>free</option><option selected>paid</option>" in html
        assert "?variable-plan=paid&amp;date_from=-30d" in html  # the ranges keep it
        assert [value_of(node) for node in answers.asked] == ["free", "paid"]

    def test_what_it_cannot_be_is_left_out(
        self, browser: Client, dashboard: Dashboard, plan: InsightVariable, answers: Engine
    ) -> None:
        shown(browser, dashboard, **{"variable-plan": "gold", "variable-other": "x"})
        assert [value_of(node) for node in answers.asked] == ["free"]

    @pytest.mark.parametrize(
        ("kind", "text", "value"),
        [
            ("Number", "3", 3),
            ("Number", "2.5", 2.5),
            ("Number", "nan", "free"),
            ("Boolean", "true", True),
            ("Boolean", "maybe", "free"),
            ("Date", "2026-01-31", "2026-01-31"),
            ("Date", "soon", "free"),
            ("String", "it's", "it's"),
        ],
    )
    def test_values_are_of_the_variables_type(
        self,
        browser: Client,
        dashboard: Dashboard,
        plan: InsightVariable,
        answers: Engine,
        kind: str,
        text: str,
        value: object,
    ) -> None:
        InsightVariable.all_projects.update(type=kind)
        shown(browser, dashboard, **{"variable-plan": text})
        assert [value_of(node) for node in answers.asked] == [value]


def value_of(node: Any) -> Any:
    """Return the value that a query was asked with for its only variable."""
    return node.variables.get("plan")


def shown(browser: Client, dashboard: Dashboard, **query: str) -> str:
    answer: Any = browser.get(f"/dashboards/{dashboard.pk}", query)
    assert answer.status_code == 200
    return str(answer.getvalue().decode())


def test_the_filters_of_the_dashboard_are_told(browser: Client, dashboard: Dashboard) -> None:
    properties = [
        {"key": "$browser", "value": ["Chrome", "Safari"], "type": "event"},
        {"key": "<plan>", "value": "", "operator": "is_set", "type": "person"},
    ]
    Dashboard.all_projects.filter(pk=dashboard.pk).update(filters={"properties": properties})
    html = shown(browser, dashboard)
    assert "Only where $browser = Chrome or Safari and &lt;plan&gt; is set." in html


def test_results_of_cards_can_be_taken_along(
    browser: Client, dashboard: Dashboard, answers: Engine, other_project: object
) -> None:
    sales = Insight.all_projects.get(name="Sales")
    path = f"/dashboards/{dashboard.pk}"
    address = f"{path}.csv?insight={sales.pk}&amp;date_from=-7d"
    assert address in shown(browser, dashboard, date_from="-7d")
    answer: Any = browser.get(address.replace("&amp;", "&"))
    assert answer.getvalue().decode().splitlines()[1] == "sold,2026-11-01,3"
    data = browser.get(f"{path}.json?insight={sales.pk}").json()
    assert data["result"][0]["count"] == 4715
    others = InsightFactory.create(project=other_project)
    for wanted in (str(others.pk), "", "x"):
        assert browser.get(f"{path}.csv?insight={wanted}").status_code == 404
    assert browser.get(f"{path}.csv?insight={sales.pk}&date_from=x").status_code == 400
    assert Client().get(f"{path}.csv?insight={sales.pk}").status_code == 302


def test_what_has_no_result_is_said_as_data(browser: Client, dashboard: Dashboard) -> None:
    sales = Insight.all_projects.get(name="Sales")
    answer = browser.get(f"/dashboards/{dashboard.pk}.csv?insight={sales.pk}")
    assert (answer.status_code, answer.json()["code"]) == (400, "no_result")
