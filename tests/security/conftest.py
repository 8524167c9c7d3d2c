from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator

import pytest
from django.test import Client

from posthog_lite.accounts.models import MembershipLevel, Project, User
from posthog_lite.logging import JSONFormatter
from tests.factories import make_member

PASSWORD = "a passphrase of an admin"
Logged = Callable[[], str]


@pytest.fixture
def staff(project: Project) -> User:
    """Somebody who signs in to the admin with PASSWORD."""
    user = make_member(
        project, "staff@example.com", MembershipLevel.OWNER, is_staff=True, is_superuser=True
    )
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def browser(db: None) -> Client:
    """A browser that does check for forged requests."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def logged() -> Iterator[Logged]:
    """What the server writes to its log, everything from DEBUG up."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JSONFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream.getvalue
    root.setLevel(level)
    root.removeHandler(handler)
