"""A database with rows in every table, written the way clients and people write them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.accounts.services.keys import create_key
from tests.factories import ProjectFactory, make_member
from tests.support.clients import client_with
from themes.models import DataColorTheme

ADMIN_PASSWORD = "an admin's own passphrase"
SHARE_PASSWORD = "what visitors are told"


@dataclass(frozen=True)
class Populated:
    """What was made, with the secrets that only their holders know."""

    project: Project
    key: str
    share_token: str

    @property
    def root(self) -> str:
        return f"/api/projects/{self.project.pk}/"

    def client(self) -> APIClient:
        return client_with(self.key)


def populate() -> Populated:
    """Use the server as a small team would: its API, a shared link, the admin."""
    project = ProjectFactory.create(name="Web", organization__slug="team")
    admin = make_member(
        project, "owner@example.com", MembershipLevel.OWNER, is_staff=True, is_superuser=True
    )
    admin.set_password(ADMIN_PASSWORD)
    admin.save()
    colleague = make_member(project, "teammate@example.com")
    issued = create_key(user=admin, label="populate", scopes=["*"])
    made = Populated(project, issued.value, _fill(project, issued.value, colleague))
    _unlock(made.share_token)
    _use_admin(admin)
    return made


def _fill(project: Project, key: str, colleague: User) -> str:
    client = client_with(key)

    def post(path: str, body: Any) -> Any:
        response = client.post(f"/api/projects/{project.pk}/{path}", body, format="json")
        assert response.status_code in (200, 201, 204), (path, response.content)
        return response.json() if response.content else None

    dashboard = post(
        "dashboards/", {"name": "Sign-ups", "tags": ["growth"], "restriction_level": 37}
    )
    here = f"dashboards/{dashboard['id']}/"
    query = {"kind": "InsightVizNode", "source": {"kind": "TrendsQuery", "series": []}}
    insight = post(
        "insights/",
        {"name": "By day", "tags": ["daily"], "query": query, "dashboards": [dashboard["id"]]},
    )
    post(f"{here}create_text_tile/", {"body": "# Hello"})
    post(f"{here}viewed/", None)
    post("insights/viewed/", {"insight_ids": [insight["id"]]})
    post(f"{here}collaborators/", {"user_uuid": str(colleague.uuid), "level": 37})
    post("insight_variables/", {"name": "Country", "type": "String", "default_value": "DE"})
    post("data_color_themes/", {"name": "Brand", "colors": ["#123456"]})
    tile = {"type": "INSIGHT", "name": "Trend", "query": query}
    post("dashboard_templates/", {"template_name": "Weekly", "tiles": [tile]})
    return _share(client, f"/api/projects/{project.pk}/{here}sharing/")


def _share(client: APIClient, url: str) -> str:
    answer = client.patch(url, {"enabled": True, "password_required": True}, format="json")
    body = {"raw_password": SHARE_PASSWORD, "note": "press"}
    assert client.post(f"{url}passwords/", body, format="json").status_code == 201
    token: str = answer.json()["access_token"]
    return token


def _unlock(token: str) -> None:
    response = Client().post(
        f"/shared/{token}", {"password": SHARE_PASSWORD}, content_type="application/json"
    )
    assert response.status_code == 200, response.content


def _use_admin(admin: User) -> None:
    browser = Client()
    credentials = {"username": admin.email, "password": ADMIN_PASSWORD, "next": "/admin/"}
    assert browser.post("/admin/login/", credentials).status_code == 302
    group = Group.objects.create(name="Readers")
    permission = Permission.objects.get(codename="view_dashboard")
    group.permissions.add(permission)
    admin.groups.add(group)
    admin.user_permissions.add(permission)
    LogEntry.objects.create(
        user=admin,
        content_type=ContentType.objects.get_for_model(DataColorTheme),
        object_id="1",
        object_repr="Brand",
        action_flag=CHANGE,
    )
    with connection.cursor() as cursor:  # the cache of the test run is not in the database
        cursor.execute(
            "INSERT INTO posthog_lite_cache VALUES ('key', 'value', %s)", [timezone.now()]
        )


def count_rows() -> dict[str, int]:
    """How many rows each table has."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        counts = {}
        for table in tables:
            cursor.execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608  # no input
            counts[table] = cursor.fetchone()[0]
    return counts
