"""`/` says what this is and where things are."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from posthog_lite.accounts.models import Project, User
from tests.support.queries import count_queries


@pytest.mark.django_db
def test_every_place_it_names_is_there() -> None:
    client = Client()
    html = client.get("/").content.decode()
    assert "<h1>PostHog Lite</h1>" in html
    places = set(re.findall(r'<a href="([^"]+)"', html))
    assert {"/login", "/docs/", "/api/schema/swagger-ui/", "/api/schema/", "/admin/"} <= places
    for place in places - {"/api/schema/"}:  # that one takes seconds to make
        assert client.get(place, follow=True).status_code == 200


@pytest.mark.django_db
def test_strangers_cost_no_query() -> None:
    with count_queries() as queries:
        answer = Client().get("/")
    assert len(queries) == 0
    assert "frame-ancestors 'self'" in answer["Content-Security-Policy"]


def test_a_member_sees_their_own_projects(
    member: User, project: Project, other_project: Project
) -> None:
    client = Client()
    client.force_login(member)
    with count_queries() as queries:
        html = client.get("/").content.decode()
    assert len(queries) == 3  # the session, the user, the projects
    assert project.name in html
    assert project.api_token in html
    assert f'href="/dashboards/?project={project.pk}"' in html
    assert other_project.name not in html
    assert other_project.api_token not in html


def test_names_are_shown_as_text(member: User, project: Project) -> None:
    Project.objects.filter(pk=project.pk).update(name="<b>x</b>")
    client = Client()
    client.force_login(member)
    assert "&lt;b&gt;x&lt;/b&gt;" in client.get("/").content.decode()
