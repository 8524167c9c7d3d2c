from __future__ import annotations

import pytest
from rest_framework.test import APIClient


def test_livez_answers_without_a_database() -> None:
    response = APIClient().get("/_livez")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/_readyz", "/_readyz/"])
def test_readyz_asks_the_database(path: str) -> None:
    assert APIClient().get(path).status_code == 200
