"""Hostile input at every operation, field, parameter and id: never a 5xx, never half a write."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from posthog_lite.query import results
from tests.contract.abuse import (
    PATHS,
    QUERIES,
    Abuse,
    abused_bodies,
    abused_fields,
    odd_bodies,
    unstorable_fields,
)
from tests.fuzz.reading import is_documented
from tests.support.clients import client_with
from tests.support.operations import Operation, operations
from tests.support.stored import stored
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db

WITH_BODIES = [operation for operation in operations() if operation.media_types]
GROUPS = {
    "dashboards": ("dashboards",),
    "query": ("query",),
    "insights": ("insights", "insight_variables", "data_color_themes"),
}
SHAPES = ({"type", "code", "detail", "attr"}, {"error"}, {"detail"})
# These refuse by what is stored, whichever field says it.
ABOUT_NO_FIELD = (
    "does not exist",
    "Not found",
    "already",
    "Cannot",
    "tag",
    "Failed validating",
    "Give distinct_ids",
    "Query kind mismatch",
)
Send = Callable[..., Any]


@pytest.fixture(autouse=True)
def _no_logs() -> Iterator[None]:
    """pytest would keep a line of each of thousands of requests."""
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked is read as ever; nothing is counted."""
    monkeypatch.setattr(
        results, "compute", lambda *_: {"results": [], "columns": [], "hasMore": False}
    )


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def send(world: World) -> Send:
    """Send one request. What a refused one wrote stays, what others wrote does not."""
    with_key, browser = client_with(world.key), APIClient()
    browser.force_login(world.member)
    for client in (with_key, browser):
        client.raise_request_exception = False

    def send(operation: Operation, url: str, abuse: Abuse | None = None) -> Any:
        client: Any = browser if operation.needs_session else with_key
        body, content_type = (abuse.body, abuse.content_type) if abuse else (b"", "")
        with transaction.atomic():
            response = client.generic(operation.method, url, body, content_type)
            if response.streaming:
                b"".join(response.streaming_content)
            transaction.set_rollback(response.status_code < 400)
        return response

    return send


in_groups = pytest.mark.parametrize("group", [*GROUPS, "others"])


def of(group: str) -> list[Operation]:
    """The operations of a group; those of none are the group `others`."""
    grouped = [tag for tags in GROUPS.values() for tag in tags]
    return [
        operation
        for operation in WITH_BODIES
        if operation.tag in GROUPS.get(group, ())
        or (group == "others" and operation.tag not in grouped)
    ]


def ignores_its_body(operation: Operation, response: Any) -> bool:
    """To replace a link there is nothing to say: whatever is sent counts for nothing."""
    return operation.path.endswith("/sharing/refresh/") and response.status_code == 200


def problem(response: Any) -> str | None:
    """What is wrong with the answer as such."""
    if response.status_code >= 500:
        return f"{response.status_code}"
    if response.status_code < 400 or not response.content:
        return None
    body = response.json()
    if set(body) not in SHAPES:
        return f"{response.status_code} with {body}"
    return None


def misjudged(operation: Operation, abuse: Abuse, response: Any) -> str | None:
    """What is wrong with the answer to a field that is."""
    if response.status_code < 400:
        fine = is_documented(operation.body, json.loads(abuse.body))
        return None if fine else f"accepted with {response.status_code}"
    if response.status_code != 400:
        return None
    body = response.json()
    attr, detail = body.get("attr"), body.get("detail") or body.get("error")
    if attr is None and any(words in detail for words in ABOUT_NO_FIELD):
        return None
    # Parts of a query are named by their path, with dots.
    named = attr and re.split(r"__|[.]", attr)[0] == abuse.field
    return None if named else f"400 of {attr}: {detail}"


def test_the_walk_finds_the_operations() -> None:
    assert len(WITH_BODIES) > 30
    assert {"POST", "PUT", "PATCH"} == {operation.method for operation in WITH_BODIES}


@pytest.mark.longest
@in_groups
def test_bad_fields_are_refused_by_name(world: World, send: Send, group: str) -> None:
    before, found = stored(), []
    for operation in of(group):
        for abuse in abused_fields(operation, world):
            response = send(operation, operation.url(world), abuse)
            wrong = problem(response)
            if not ignores_its_body(operation, response):
                wrong = wrong or misjudged(operation, abuse, response)
            if wrong:
                found.append(f"{operation}: {abuse}: {wrong}")
    assert found == [], "\n".join(found)
    assert stored() == before


@in_groups
def test_what_cannot_be_stored_is_no_json(world: World, send: Send, group: str) -> None:
    before, found = stored(), []
    for operation in of(group):
        for abuse in unstorable_fields(operation, world):
            response = send(operation, operation.url(world), abuse)
            code = response.json().get("code") if response.status_code == 400 else None
            if code != "parse_error" and not ignores_its_body(operation, response):
                found.append(f"{operation}: {abuse}: {response.status_code}")
    assert found == [], "\n".join(found)
    assert stored() == before


@in_groups
def test_what_is_no_body_is_refused(world: World, send: Send, group: str) -> None:
    before, found = stored(), []
    for operation in of(group):
        for abuse in abused_bodies(operation, world):
            response = send(operation, operation.url(world), abuse)
            wrong = problem(response)
            if response.status_code < 400 and not ignores_its_body(operation, response):
                wrong = f"accepted with {response.status_code}"
            if wrong:
                found.append(f"{operation}: {abuse}: {wrong}")
    assert found == [], "\n".join(found)
    assert stored() == before


@in_groups
def test_odd_bodies_are_taken_whole_or_not_at_all(world: World, send: Send, group: str) -> None:
    before, found = stored(), []
    for operation in of(group):
        for abuse in odd_bodies(operation, world):
            wrong = problem(send(operation, operation.url(world), abuse))
            if wrong:
                found.append(f"{operation}: {abuse}: {wrong}")
    assert found == [], "\n".join(found)
    assert stored() == before


@pytest.mark.longest
def test_ids_that_are_none_are_not_found(world: World, send: Send) -> None:
    before, found = stored(), []
    for operation in operations():
        for place in operation.places:
            for raw in PATHS:
                response = send(operation, operation.url(world, **{place: raw}))
                wrong = problem(response)
                if response.status_code not in (400, 403, 404, 405):
                    wrong = f"{response.status_code}"
                if wrong:
                    found.append(f"{operation}: {place} {raw[:40]}: {wrong}")
    assert found == [], "\n".join(found)
    assert stored() == before


def test_odd_parameters_are_read_or_refused(world: World, send: Send) -> None:
    before, found = stored(), []
    for operation in operations():
        if operation.method != "GET":
            continue
        for raw in QUERIES:
            query = "&".join(f"{name}={raw}" for name in [*operation.query, "unknown"])
            wrong = problem(send(operation, f"{operation.url(world)}?{query}"))
            if wrong:
                found.append(f"{operation}: {raw[:40]}: {wrong}")
    assert found == [], "\n".join(found)
    assert stored() == before
