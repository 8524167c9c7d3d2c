from __future__ import annotations

import threading

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher, check_password
from django.test import override_settings

from posthog_lite.accounts import slow_hashes
from posthog_lite.accounts.slow_hashes import (
    TooManyHashes,
    hash_password,
    matching_hash,
    slow_hash,
)

pytestmark = pytest.mark.django_db


def test_a_hash_is_one_that_django_knows() -> None:
    assert check_password("secret", hash_password("secret"))


def test_the_right_one_of_several_is_found() -> None:
    hashes = [hash_password("one"), hash_password("two"), "unusable", "md5$broken"]
    assert matching_hash("two", hashes) == hashes[1]
    assert matching_hash("three", hashes) is None


def test_hashes_with_one_salt_cost_one(monkeypatch: pytest.MonkeyPatch) -> None:
    first = hash_password("one")
    hashes = [first, *(hash_password(f"{n}", like=first) for n in range(19))]
    counted: list[str] = []
    original = slow_hashes._hash_again

    def count(value: str, stored: str) -> str:
        counted.append(value)
        return original(value, stored)

    monkeypatch.setattr(slow_hashes, "_hash_again", count)
    assert matching_hash("18", hashes) == hashes[-1]
    assert len(counted) == 1


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.PBKDF2PasswordHasher"])
def test_the_hash_of_an_older_recipe_still_fits() -> None:
    old = PBKDF2PasswordHasher().encode("secret", "salt", 1000)
    assert matching_hash("secret", [old]) == old


def test_only_a_few_are_computed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_hashes, "WAIT_SECONDS", 0.05)
    with slow_hash(), slow_hash():
        refusals: list[TooManyHashes] = []

        def third() -> None:
            try:
                hash_password("x")
            except TooManyHashes as error:
                refusals.append(error)

        thread = threading.Thread(target=third)
        thread.start()
        thread.join()
        assert [error.status_code for error in refusals] == [503]
