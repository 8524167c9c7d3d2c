"""A project with a row of every kind, for tests that call every operation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.events.models import Group, GroupType
from tests.factories import ProjectFactory, make_member
from tests.support.clients import client_with

TRENDS = {
    "kind": "InsightVizNode",
    "source": {"kind": "TrendsQuery", "series": [{"kind": "EventsNode", "event": "$pageview"}]},
}


@dataclass(frozen=True)
class World:
    """Who calls, and what there is to be called."""

    project: Project
    owner: User
    member: User
    key: str  # the owner's, which may do everything
    session: str  # the member's browser
    own_key_id: str  # a key of the member
    dashboard: int
    plain_dashboard: int
    insight: int
    insight_tile: int
    text_tile: int
    theme: int
    template: str
    variable: str
    dashboard_password: int
    insight_password: int
    person: int
    event: str
    event_definition: str
    property_definition: str
    action: int

    @property
    def client(self) -> APIClient:
        """A client with the key."""
        return client_with(self.key)

    @property
    def url(self) -> str:
        return f"/api/projects/{self.project.pk}"


def make_world() -> World:
    """Fill the database through the API, as a client would."""
    project = ProjectFactory.create(name="Web")
    owner = make_member(project, "owner@example.com", MembershipLevel.OWNER, is_staff=True)
    member = make_member(project, "member@example.com")
    key = create_key(user=owner, label="everything", scopes=["*"]).value
    browser = Client()
    browser.force_login(member)
    GroupType.objects.create(project=project, group_type="company", group_type_index=0)
    Group.objects.create(
        project=project,
        group_type_index=0,
        group_key="acme",
        properties={"plan": "pro"},
        created_at=timezone.now(),
        version=1,
    )
    rows = _Rows(client_with(key), f"/api/projects/{project.pk}")
    return World(
        project=project,
        owner=owner,
        member=member,
        key=key,
        session=browser.cookies["sessionid"].value,
        own_key_id=create_key(user=member, label="own", scopes=["dashboard:read"]).key.pk,
        **rows.make(member),
    )


@dataclass(frozen=True)
class _Rows:
    client: APIClient
    url: str

    def make(self, member: User) -> dict[str, Any]:
        theme = self.post("data_color_themes", name="Company", colors=["#1d4aff", "#ABC"])["id"]
        variable = self.post("insight_variables", name="Plan", type="String", default_value="free")
        insight = self.post("insights", name="Views", query=TRENDS, saved=True, tags=["core"])["id"]
        plain = self.post("dashboards", name="Plain")["id"]
        dashboard = self.post(
            "dashboards",
            name="Full",
            tags=["growth"],
            data_color_theme_id=theme,
            restriction_level=37,
            tiles=[{"insight": {"id": insight}}, {"text": {"body": "# Hello"}}],
        )
        tiles = {"text" if tile["text"] else "insight": tile["id"] for tile in dashboard["tiles"]}
        at = f"dashboards/{dashboard['id']}"
        self.post(f"{at}/collaborators", user_uuid=str(member.uuid), level=37)
        return {
            "dashboard": dashboard["id"],
            "plain_dashboard": plain,
            "insight": insight,
            "insight_tile": tiles["insight"],
            "text_tile": tiles["text"],
            "theme": theme,
            "template": self.post(
                "dashboard_templates",
                template_name="Starter",
                tiles=[{"type": "TEXT", "body": "Welcome", "layouts": {}}],
            )["id"],
            "variable": variable["id"],
            "dashboard_password": self.share(at),
            "insight_password": self.share(f"insights/{insight}"),
            **self.make_events(),
        }

    def make_events(self) -> dict[str, Any]:
        """Somebody who did something, captured as an SDK would."""
        project = Project.objects.get(pk=int(self.url.rpartition("/")[2]))
        event = {
            "api_key": project.api_token,
            "event": "signed up",
            "distinct_id": "u1",
            "uuid": "0198c0de-0000-7000-8000-000000000001",
            "properties": {"plan": "pro", "$set": {"email": "u1@example.org"}},
        }
        assert Client().post("/i/v0/e/", event, "application/json").status_code == 200
        # Reading moves it to the engine, which no test should find to be a change.
        assert self.client.get(f"{self.url}/events/{event['uuid']}/").status_code == 200
        return {
            "person": self.first("persons")["id"],
            "event": event["uuid"],
            "event_definition": self.first("event_definitions")["id"],
            "property_definition": self.first("property_definitions")["id"],
            "action": self.post("actions", name="Signed up", steps=[{"event": "signed up"}])["id"],
        }

    def first(self, path: str) -> Any:
        return self.client.get(f"{self.url}/{path}/").json()["results"][0]

    def share(self, at: str) -> int:
        """Switch the link on, with a password; the password's id."""
        self.client.patch(f"{self.url}/{at}/sharing/", {"enabled": True, "password_required": True})
        made: int = self.post(f"{at}/sharing/passwords", note="press")["id"]
        return made

    def post(self, path: str, **body: Any) -> Any:
        response = self.client.post(f"{self.url}/{path}/", body, format="json")
        assert response.status_code == 201, response.content
        return response.json()
