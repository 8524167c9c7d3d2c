"""The people and places that tests are about."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import psutil
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from pytest_django import DjangoDbBlocker
from rest_framework.test import APIClient

from dashboards.models import Dashboard
from posthog_lite.accounts.models import MembershipLevel, Organization, Project, User
from posthog_lite.accounts.services.keys import create_key
from posthog_lite.clickhouse import engine as clickhouse_engine
from tests.factories import (
    DashboardFactory,
    OrganizationFactory,
    ProjectFactory,
    UserFactory,
    make_member,
)
from tests.support.clients import client_with
from tests.support.databases import never_wait_for_the_disk, template_database
from tests.support.engine import make_engine_database
from tests.support.openapi import mismatches
from tests.support.processes import remove_data_dir

# Two test processes share the machine: how long an example takes says nothing about the code.
ANY_TIME = hypothesis.settings(
    deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
# The same examples each time, so that a failure comes from the change it is shown beside.
hypothesis.settings.register_profile("suite", ANY_TIME, derandomize=True)
hypothesis.settings.register_profile("search", ANY_TIME)
hypothesis.settings.load_profile("suite")

KeyClient = Callable[..., APIClient]


def pytest_configure(config: pytest.Config) -> None:
    """A SIGTERM ends the run like a Ctrl-C, with everything tidied up."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin the share of each worker with tests that take long, so that none of them ends alone.

    At first each worker gets as many tests in a row as the others.
    """
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    longest = [item for item in items if item.get_closest_marker("longest")]
    others, count = [item for item in items if item not in longest], len(items)
    items.clear()
    for worker in range(workers):
        own = longest[worker::workers]
        more = max(0, (count - len(items)) // (workers - worker) - len(own))
        items += own + others[:more]
        del others[:more]


def pytest_unconfigure(config: pytest.Config) -> None:
    """The first process outlives the workers: it stops the embedded server and removes its data.

    So it does with what runs left behind that were killed.
    """
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL"):
        return
    own = Path(os.environ["TEST_DATA_DIR"])
    remove_data_dir(own)
    for folder in own.parent.glob("posthog-lite-tests-*"):
        pid = folder.name.rpartition("-")[2]
        if pid.isdigit() and not psutil.pid_exists(int(pid)):
            remove_data_dir(folder)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """The throw-away server does not wait for the disk, and migrates once."""
    if not os.environ.get("DATABASE_URL"):
        with django_db_blocker.unblock():
            never_wait_for_the_disk()
            connection.settings_dict["TEST"]["TEMPLATE"] = template_database()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def _answers_are_as_documented() -> Iterator[None]:
    """A test fails that gets an answer which the OpenAPI document does not allow."""
    mismatches.clear()
    yield
    assert not mismatches, "The OpenAPI document does not allow:\n" + "\n".join(mismatches)


@pytest.fixture
def undocumented_answers(_answers_are_as_documented: None) -> Iterator[None]:
    """For tests of what no client is promised: a broken server, requests for another host."""
    yield
    mismatches.clear()


@pytest.fixture(scope="session")
def _engine_database() -> None:
    make_engine_database()


@pytest.fixture
def engine(_engine_database: None) -> ModuleType:
    """`posthog_lite.clickhouse.engine` on an engine that runs, with tables of this test process.

    Rows stay from test to test: a test looks only at those of projects that it made.
    """
    return clickhouse_engine


@pytest.fixture
def organization(db: None) -> Organization:
    return OrganizationFactory.create(name="Acme", slug="acme")


@pytest.fixture
def project(organization: Organization) -> Project:
    return ProjectFactory.create(organization=organization, name="Web")


@pytest.fixture
def other_project(db: None) -> Project:
    """A project of an organization that nobody but the stranger is in."""
    return ProjectFactory.create(name="Elsewhere")


@pytest.fixture
def member(project: Project) -> User:
    return make_member(project, "member@example.com", first_name="Mem")


@pytest.fixture
def admin(project: Project) -> User:
    return make_member(project, "admin@example.com", MembershipLevel.ADMIN)


@pytest.fixture
def stranger(other_project: Project) -> User:
    return make_member(other_project, "stranger@example.com", MembershipLevel.OWNER)


@pytest.fixture
def key_client() -> KeyClient:
    """A client with a new key of the given user: `key_client(member, scopes=[...])`."""

    def make(user: User, **fields: Any) -> APIClient:
        fields.setdefault("scopes", ["*"])
        issued = create_key(user=user, label="test", **fields)
        return client_with(issued.value)

    return make


@pytest.fixture
def client(member: User, key_client: KeyClient) -> APIClient:
    """The member with a key that may do everything."""
    return key_client(member)


@pytest.fixture
def read_key(member: User, key_client: KeyClient) -> APIClient:
    return key_client(member, scopes=["dashboard:read"])


@pytest.fixture
def write_key(member: User, key_client: KeyClient) -> APIClient:
    return key_client(member, scopes=["dashboard:write"])


@pytest.fixture
def session_client(member: User) -> APIClient:
    """The member signed in with a browser."""
    client = APIClient()
    client.force_login(member)
    return client


@pytest.fixture
def lonely_user(db: None) -> User:
    """A user of no organization."""
    return UserFactory.create(email="lonely@example.com")


@pytest.fixture
def operator(db: None) -> Client:
    """Somebody who may do everything in the admin, signed in."""
    client = Client()
    client.force_login(User.objects.create_superuser("root@example.com"))
    return client


@pytest.fixture
def dashboard(project: Project) -> Dashboard:
    return DashboardFactory.create(project=project, name="D")
