from __future__ import annotations

import pytest

from posthog_lite.accounts.models import User
from posthog_lite.accounts.services.keys import IssuedKey, create_key


@pytest.fixture
def issued(member: User) -> IssuedKey:
    return create_key(user=member, label="robot", scopes=["dashboard:read"])
