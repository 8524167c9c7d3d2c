from __future__ import annotations

from collections.abc import Callable

import pytest

from posthog_lite import ids


@pytest.mark.parametrize(
    ("make", "prefix", "shortest", "longest"),
    [
        (ids.new_personal_api_key, "phx_", 47, 52),
        (ids.new_project_token, "phc_", 43, 47),
        (ids.new_key_id, "", 18, 22),
        (ids.new_distinct_id, "", 40, 43),
        (ids.new_short_id, "", 8, 8),
    ],
)
def test_ids_are_base_62_of_their_size(
    make: Callable[[], str], prefix: str, shortest: int, longest: int
) -> None:
    for value in (make() for _ in range(200)):
        assert value.startswith(prefix)
        assert shortest <= len(value) <= longest
        assert set(value.removeprefix(prefix)) <= set(ids.BASE_62)


@pytest.mark.parametrize(
    "make",
    [
        ids.new_personal_api_key,
        ids.new_project_token,
        ids.new_key_id,
        ids.new_distinct_id,
        ids.new_short_id,
        ids.new_password,
        ids.new_secret_key,
    ],
)
def test_no_value_comes_twice(make: Callable[[], str]) -> None:
    assert len({make() for _ in range(1000)}) == 1000


def test_passwords_and_signing_keys_are_long_enough() -> None:
    assert len(ids.new_password()) >= 20
    assert len(ids.new_secret_key()) >= 50


def test_base_62_of_known_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: bytes(size - 1) + b"\x3e")
    assert ids.new_key_id() == "10"
    monkeypatch.setattr("secrets.token_bytes", bytes)
    assert ids.new_key_id() == "0"
