from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from posthog_lite.accounts.models import (
    Membership,
    MembershipLevel,
    Organization,
    PersonalAPIKey,
    Project,
    User,
)
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.bootstrap import bootstrap
from tests.factories import OrganizationFactory, ProjectFactory, UserFactory
from tests.support.processes import postgres_processes, run_manage

NAMES = {"organization": "Acme", "project": "Web", "email": "ada@example.com"}
pytestmark = [
    pytest.mark.slow,
    pytest.mark.django_db,
    pytest.mark.usefixtures("_signals_as_they_are"),
]


def run(*arguments: str, **names: str) -> str:
    """What the command prints, called with NAMES unless others are given."""
    required = [f"--{name}={value}" for name, value in (NAMES | names).items()]
    output = StringIO()
    call_command("bootstrap", *required, *arguments, stdout=output)
    return output.getvalue()


def run_json(*arguments: str, **names: str) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(run("--json", *arguments, **names))
    return answer


def refused(*arguments: str, **names: str) -> str:
    """The message of the refusal, which has exit code 2 and leaves nothing behind."""
    tables = (Organization, Project, User, Membership, PersonalAPIKey)
    before = [table.objects.count() for table in tables]
    with pytest.raises(CommandError) as caught:
        run(*arguments, **names)
    assert [table.objects.count() for table in tables] == before
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_everything_missing_is_created() -> None:
    answer = run_json()
    organization, project, user = (
        Organization.objects.get(),
        Project.objects.get(),
        User.objects.get(),
    )
    assert (organization.name, project.name, user.email) == ("Acme", "Web", "ada@example.com")
    assert project.organization == organization
    assert Membership.objects.get().level == MembershipLevel.OWNER
    assert (user.current_organization, user.current_project) == (organization, project)
    assert not user.is_staff
    assert not user.has_usable_password()
    key = get_key(value=answer["personal_api_key"])
    assert key is not None
    assert (key.user, key.scopes) == (user, ["*"])
    assert (key.scoped_teams, key.scoped_organizations) == ([], [])


def test_json_is_exactly_one_object_with_the_documented_keys() -> None:
    answer = run_json()
    project, user = Project.objects.get(), User.objects.get()
    key = answer.pop("personal_api_key")
    assert re.fullmatch(r"phx_[0-9A-Za-z]{40,50}", key)
    assert answer == {
        "organization_id": str(project.organization_id),
        "project_id": project.pk,
        "user_id": user.pk,
        "user_uuid": str(user.uuid),
        "email": "ada@example.com",
        "project_api_token": project.api_token,
    }


def test_text_shows_the_key_and_says_that_it_is_shown_once() -> None:
    text = run()
    assert re.search(r"Personal API key +phx_\w+\n", text)
    assert "shown this once" in text
    assert "changepassword" not in text


def test_what_exists_is_used_again_and_a_new_key_is_issued() -> None:
    first = run_json()
    second = run_json(email="ADA@Example.COM")
    assert first.pop("personal_api_key") != second.pop("personal_api_key")
    assert first == second
    assert PersonalAPIKey.objects.count() == 2


def test_a_project_of_that_name_elsewhere_is_left_alone() -> None:
    elsewhere = ProjectFactory.create(name="Web")
    assert run_json()["project_id"] != elsewhere.pk


def test_names_are_trimmed() -> None:
    run(organization="  Acme ", project=" Web  ", email=" ada@example.com ")
    assert Organization.objects.get().name == "Acme"
    assert Project.objects.get().name == "Web"


@pytest.mark.parametrize(("option", "level"), [("member", 1), ("admin", 8), ("owner", 15)])
def test_level_of_a_new_member(option: str, level: int) -> None:
    run("--level", option)
    assert Membership.objects.get().level == level


def test_an_existing_member_keeps_the_level_unless_one_is_given() -> None:
    run("--level", "member")
    run()
    assert Membership.objects.get().level == MembershipLevel.MEMBER
    run("--level", "admin")
    assert Membership.objects.get().level == MembershipLevel.ADMIN


def test_a_user_with_a_current_project_stays_in_it() -> None:
    run()
    run(organization="Other", project="App")
    current = User.objects.get().current_project
    assert current is not None
    assert current.name == "Web"


def test_staff_may_use_the_admin_and_is_told_to_set_a_password() -> None:
    assert "manage.py changepassword ada@example.com" in run("--staff")
    browser = Client()
    browser.force_login(User.objects.get())
    dashboards = reverse("admin:dashboards_dashboard_add")
    assert dashboards in browser.get("/admin/").text
    assert browser.get(dashboards).status_code == 200


def test_an_existing_user_becomes_staff_and_stays_it() -> None:
    run()
    run("--staff")
    run()
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser) == (True, True)


def test_scopes_are_given_to_the_key() -> None:
    run("--scopes", "dashboard:read, insight:write,dashboard:read")
    assert PersonalAPIKey.objects.get().scopes == ["dashboard:read", "insight:write"]


def test_the_key_may_be_scoped_to_what_the_user_is_in() -> None:
    first = run_json()
    run(f"--scoped-projects={first['project_id']}")
    run(f"--scoped-organizations={first['organization_id']}")
    keys = PersonalAPIKey.objects.order_by("created_at")
    assert [key.scoped_teams for key in keys] == [[], [first["project_id"]], []]
    assert [key.scoped_organizations for key in keys] == [[], [], [first["organization_id"]]]


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("email", "nobody", "Enter a valid email address."),
        ("email", "", "This field cannot be blank."),
        ("email", "a" * 250 + "@example.com", "at most 254 characters"),
        ("email", "\udcff@example.com", "not text in UTF-8"),
        ("organization", "", "This field cannot be blank."),
        ("organization", "   ", "This field cannot be blank."),
        ("organization", "o" * 65, "at most 64 characters"),
        ("organization", "\udcff", "not text in UTF-8"),
        ("organization", "a\x00b", "Null characters are not allowed."),
        ("project", "", "This field cannot be blank."),
        ("project", "p" * 201, "at most 200 characters"),
        ("project", "\udcff", "not text in UTF-8"),
        ("scopes", "dashboard:admin", "Invalid scope: dashboard:admin"),
        ("scopes", "dashboards:read", "dashboards:read (did you mean dashboard:read?)"),
        ("scopes", "insight-variable", "(did you mean insight_variable:read?)"),
        ("scopes", "nonsense:read", "Invalid scope: nonsense:read"),
        ("scopes", "", "Name at least one scope"),
        ("scopes", " , ", "Name at least one scope"),
        ("scoped-projects", "999999", "You must be a member of all teams"),
        ("scoped-projects", "99999999999999999999", "is not a list of project ids"),
        ("scoped-projects", "1,x", "is not a list of project ids"),
        ("scoped-projects", "-1", "is not a list of project ids"),
        ("scoped-projects", "²", "is not a list of project ids"),
        ("scoped-organizations", "x", "Invalid organization UUID"),
        (
            "scoped-organizations",
            "01234567-89ab-cdef-0123-456789abcdef",
            "You must be a member of all organizations",
        ),
        ("level", "boss", "invalid choice: 'boss'"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_option(
    option: str, value: str, message: str
) -> None:
    text = refused(**{option: value})
    assert f"--{option}" in text
    assert message in text


def test_a_project_of_others_is_refused() -> None:
    elsewhere = ProjectFactory.create()
    assert "--scoped-projects" in refused(f"--scoped-projects={elsewhere.pk}")


def test_an_organization_of_others_is_refused() -> None:
    elsewhere = OrganizationFactory.create()
    assert "--scoped-organizations" in refused(f"--scoped-organizations={elsewhere.pk}")


def test_the_eleventh_key_is_refused() -> None:
    for _ in range(10):
        run()
    assert "--email: You can only have 10 personal API keys." in refused()


def test_a_deactivated_user_is_refused() -> None:
    UserFactory.create(email="ada@example.com", is_active=False)
    assert "--email: The user ada@example.com is deactivated." in refused()


def test_every_name_is_required(data_dir: Path) -> None:
    done = run_manage("bootstrap", data_dir=data_dir)
    assert (done.returncode, done.stdout) == (2, "")
    assert "required: --organization, --project, --email" in done.stderr


def test_tables_that_are_missing_are_named_in_one_line(data_dir: Path) -> None:
    names = [f"--{name}={value}" for name, value in NAMES.items()]
    done = run_manage("bootstrap", "--json", *names, data_dir=data_dir)
    assert (done.returncode, done.stdout) == (2, "")
    assert "run manage.py migrate first" in done.stderr
    assert "Traceback" not in done.stderr
    assert postgres_processes(data_dir) == []


def test_a_database_that_does_not_answer_is_one_line(data_dir: Path) -> None:
    names = [f"--{name}={value}" for name, value in NAMES.items()]
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    done = run_manage("bootstrap", *names, data_dir=data_dir, DATABASE_URL=url)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CommandError: The database: connection" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.django_db(transaction=True)
def test_two_at_once_create_everything_once() -> None:
    def create(number: int) -> int:
        try:
            result = bootstrap(organization="Acme", project="Web", email="ada@example.com")
            return result.project.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        projects = set(threads.map(create, range(8)))
    assert len(projects) == 1
    assert Organization.objects.count() == Project.objects.count() == User.objects.count() == 1
    assert PersonalAPIKey.objects.count() == 8
