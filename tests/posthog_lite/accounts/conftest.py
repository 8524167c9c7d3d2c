from __future__ import annotations

import pytest
from django.test import Client

from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import IssuedKey, create_key
from tests.factories import UserFactory


@pytest.fixture
def browser(db: None) -> Client:
    client = Client()
    client.force_login(
        UserFactory.create(email="root@example.com", is_staff=True, is_superuser=True)
    )
    return client


@pytest.fixture
def issued(member: User) -> IssuedKey:
    return create_key(user=member, label="robot", scopes=["dashboard:read"])
