from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from rest_framework.test import APIClient

from posthog_lite.accounts.models import PersonalAPIKey, User
from posthog_lite.accounts.models.personal_api_key import hash_key, hash_key_legacy, mask_key
from posthog_lite.accounts.services.keys import create_key, record_key_use
from tests.support.clients import client_with
from tests.support.errors import assert_error

ME = "/api/users/@me/"
SHA256 = "sha256$45af89b510a3279a817f851de5d3f95b73485d58ec2672a39e52d8aeeb014059"
PBKDF2 = (
    "pbkdf2_sha256$260000$posthog_personal_api_key$eeRy21dbVoEzYND0NVLfjXxgNeO67SeBRrwQr6bbhK4="
)


@pytest.fixture
def value(member: User) -> str:
    return create_key(user=member, label="test", scopes=["*"]).value


@pytest.fixture
def get() -> Callable[[str], int]:
    """The status of a call with this Authorization header."""

    def call(header: str) -> int:
        return APIClient().get(ME, HTTP_AUTHORIZATION=header).status_code

    return call


def store_key(user: User, secure_value: str) -> PersonalAPIKey:
    return PersonalAPIKey.objects.create(
        user=user, label="old", secure_value=secure_value, scopes=["*"]
    )


@pytest.mark.parametrize("form", ["Bearer {}", "Bearer   {}", "Bearer {}  ", "Bearer\t{}"])
def test_a_key_in_the_header_is_accepted(value: str, get: Callable[[str], int], form: str) -> None:
    assert get(form.format(value)) == 200


@pytest.mark.parametrize(
    "form", ["bearer {}", "Token {}", "Basic {}", "{}", "Bearer", "Bearer x", ""]
)
def test_other_headers_count_as_none(value: str, form: str) -> None:
    response = APIClient().get(ME, HTTP_AUTHORIZATION=form.format(value))
    assert_error(
        response,
        401,
        code="not_authenticated",
        detail="Authentication credentials were not provided.",
    )
    assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("content_type", ["json", "multipart"])
def test_a_key_in_the_body_is_accepted(value: str, content_type: str) -> None:
    response = APIClient().patch(ME, {"personal_api_key": value}, format=content_type)
    assert response.status_code == 200


def test_a_key_in_a_urlencoded_body_is_accepted(value: str) -> None:
    response = APIClient().patch(
        ME, f"personal_api_key={value}", content_type="application/x-www-form-urlencoded"
    )
    assert response.status_code == 200


def test_a_key_in_the_query_string_is_accepted(value: str) -> None:
    assert APIClient().get(ME, {"personal_api_key": value}).status_code == 200


def test_a_key_in_the_query_string_is_echoed_in_the_links(value: str, stranger: User) -> None:
    User.objects.update(is_staff=True)
    body = APIClient().get("/api/users/", {"personal_api_key": value, "limit": "1"}).json()
    assert body["next"].endswith(f"?limit=1&offset=1&personal_api_key={value}")


@pytest.mark.parametrize(
    "bad", ["phx_unknown", "garbage", "phc_token", "phs_x", "ph\x00x", "ü" * 9]
)
def test_a_bad_key_in_the_query_string_is_named(member: User, bad: str) -> None:
    response = APIClient().get(ME, {"personal_api_key": bad})
    assert_error(
        response,
        401,
        code="authentication_failed",
        detail="Personal API key found in request query string is invalid.",
    )
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_bad_key_in_the_body_is_named(member: User) -> None:
    response = APIClient().patch(ME, {"personal_api_key": "phx_unknown"})
    assert_error(
        response,
        401,
        code="authentication_failed",
        detail="Personal API key found in request body is invalid.",
    )


@pytest.mark.parametrize("bad", ["phx_unknown", "garbage", "phc_token", "phs_secret", "a.b.c"])
def test_a_bad_key_in_the_header_is_named_whatever_else_is_good(value: str, bad: str) -> None:
    response = APIClient().patch(
        f"{ME}?personal_api_key={value}",
        {"personal_api_key": value},
        HTTP_AUTHORIZATION=f"Bearer {bad}",
    )
    assert_error(
        response,
        401,
        code="authentication_failed",
        detail="Personal API key found in request Authorization header is invalid.",
    )


def test_the_body_comes_before_the_query_string(value: str) -> None:
    response = APIClient().patch(
        f"{ME}?personal_api_key={value}", {"personal_api_key": "phx_unknown"}
    )
    detail = "Personal API key found in request body is invalid."
    assert_error(response, 401, detail=detail)


@pytest.mark.parametrize("nothing", [None, "", 7, [], {}])
def test_a_body_without_a_text_for_the_key_leaves_the_query_string(
    value: str, nothing: object
) -> None:
    response = APIClient().patch(f"{ME}?personal_api_key={value}", {"personal_api_key": nothing})
    assert response.status_code == 200


def test_an_oauth_token_is_not_taken_for_a_key(value: str) -> None:
    response = APIClient().get(
        f"{ME}?personal_api_key={value}", HTTP_AUTHORIZATION="Bearer pha_unknown"
    )
    assert_error(response, 401, code="not_authenticated")


def test_the_key_decides_where_a_session_comes_along(member: User, value: str) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(member)
    PersonalAPIKey.objects.update(scopes=["user:read"])
    response = client.patch(ME, {}, HTTP_AUTHORIZATION=f"Bearer {value}")
    detail = "API key missing required scope 'user:write'"
    assert_error(response, 403, detail=detail)


def test_the_key_of_a_deactivated_user_is_invalid(member: User, value: str) -> None:
    User.objects.update(is_active=False)
    response = APIClient().get(ME, HTTP_AUTHORIZATION=f"Bearer {value}")
    assert_error(
        response,
        401,
        code="authentication_failed",
        detail="Personal API key found in request Authorization header is invalid.",
    )
    assert PersonalAPIKey.objects.get().last_used_at is None


def test_the_session_of_a_deactivated_user_ends(session_client: APIClient) -> None:
    User.objects.update(is_active=False)
    assert_error(session_client.get(ME), 401, code="not_authenticated")


@pytest.mark.django_db
@pytest.mark.parametrize("body", ["{", "[1", '{"a": NaN}'])
def test_malformed_json_without_a_header_is_a_parse_error(body: str) -> None:
    response = APIClient().patch(ME, body, content_type="application/json")
    assert_error(response, 400, code="parse_error", type="invalid_request")


@pytest.mark.django_db
def test_an_unknown_content_type_without_a_header_is_415() -> None:
    response = APIClient().patch(ME, "<a/>", content_type="application/xml")
    assert_error(response, 415, code="unsupported_media_type", type="invalid_request")


def test_a_bad_header_wins_over_malformed_json(member: User) -> None:
    response = APIClient().patch(
        ME, "{", content_type="application/json", HTTP_AUTHORIZATION="Bearer phx_unknown"
    )
    assert_error(response, 401, code="authentication_failed")


@pytest.mark.parametrize("scopes", [None, []])
def test_a_key_without_scopes_may_do_nothing(
    value: str, get: Callable[[str], int], scopes: list[str] | None
) -> None:
    PersonalAPIKey.objects.update(scopes=scopes)
    assert get(f"Bearer {value}") == 403


def test_a_stored_key_is_its_hash(value: str) -> None:
    key = PersonalAPIKey.objects.get()
    assert (key.secure_value, key.mask_value) == (hash_key(value), f"phx_...{value[-4:]}")


@pytest.mark.parametrize(
    ("text", "mask"),
    [
        ("phx_" + "a" * 43 + "WXYZ", "phx_...WXYZ"),
        ("x" * 16, "xxxx...xxxx"),
        ("x" * 15, "********"),
        ("", "********"),
    ],
)
def test_short_texts_are_masked_whole(text: str, mask: str) -> None:
    assert mask_key(text) == mask


def test_the_hashes_are_those_of_the_peer() -> None:
    assert hash_key("test_key_12345") == SHA256
    assert hash_key_legacy("test_key_12345", 260000) == PBKDF2


@pytest.mark.parametrize(
    "stored", [PBKDF2, hash_key_legacy("test_key_12345", 390000)], ids=["260000", "390000"]
)
def test_a_legacy_hash_is_replaced_on_use(
    member: User, get: Callable[[str], int], stored: str
) -> None:
    key = store_key(member, stored)
    assert key.is_legacy_hashing
    assert get("Bearer test_key_12345") == 200
    key.refresh_from_db()
    assert (key.secure_value, key.is_legacy_hashing) == (SHA256, False)
    assert get("Bearer test_key_12345") == 200


def test_a_legacy_hash_does_not_open_for_another_key(
    member: User, get: Callable[[str], int]
) -> None:
    key = store_key(member, PBKDF2)
    assert get("Bearer test_key_12346") == 401
    key.refresh_from_db()
    assert key.secure_value == PBKDF2


def test_use_is_noted_on_the_first_call(value: str, get: Callable[[str], int]) -> None:
    before = timezone.now()
    get(f"Bearer {value}")
    used = PersonalAPIKey.objects.get().last_used_at
    assert used is not None
    assert before <= used <= timezone.now()


@pytest.mark.parametrize(
    ("passed", "is_written"),
    [
        (timedelta(minutes=59), False),
        (timedelta(hours=1), False),
        (timedelta(hours=1, seconds=1), True),
        (timedelta(hours=-2), False),
    ],
    ids=["within the hour", "on the hour", "after it", "clock set back"],
)
def test_use_is_noted_once_an_hour(member: User, passed: timedelta, *, is_written: bool) -> None:
    noted = datetime(2026, 1, 1, 12, tzinfo=UTC)
    issued = create_key(user=member, label="x", scopes=["*"])
    record_key_use(key=issued.key, value=issued.value, now=noted)
    issued.key.refresh_from_db()
    record_key_use(key=issued.key, value=issued.value, now=noted + passed)
    issued.key.refresh_from_db()
    assert issued.key.last_used_at == (noted + passed if is_written else noted)


def test_authentication_is_one_query(value: str) -> None:
    client = client_with(value)
    path = "/api/personal_api_keys/@current"
    client.get(path)
    with assertNumQueries(1):  # the key with its user, which is the answer too
        client.get(path)


def test_an_unknown_key_costs_no_slow_hash_while_none_is_stored(
    value: str, monkeypatch: pytest.MonkeyPatch, get: Callable[[str], int]
) -> None:
    def refuse(text: str, iterations: int) -> str:
        raise AssertionError("a slow hash was computed")

    monkeypatch.setattr("posthog_lite.accounts.selectors.hash_key_legacy", refuse)
    assert get("Bearer phx_unknown") == 401
