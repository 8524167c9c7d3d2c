"""Any JSON in any stored place: reading it is never a 5xx, whichever release or hand wrote it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, models, transaction
from django.test import Client
from rest_framework.test import APIClient

from posthog_lite.query import results
from sharing.models import SharingConfiguration
from tests.support.clients import client_with
from tests.support.openapi import mismatches
from tests.support.operations import operations
from tests.support.world import World, make_world

pytestmark = pytest.mark.django_db

OURS = ("accounts", "dashboards", "events", "query", "sharing", "themes")
ODD: list[Any] = [
    None,
    1e300,
    "text",
    [None, [], {}, "x", 5, {"id": []}],
    {"": None, "kind": [], "id": {}, "source": {"kind": {}}},
    {
        "kind": "InsightVizNode",
        "source": {"kind": "TrendsQuery", "series": [5, None, {"kind": {}}], "properties": "x"},
    },
    {
        "properties": [{"key": {}, "type": [], "value": {"a": []}, "operator": 5}, None, [[]]],
        "date_from": {},
        "breakdown_filter": [],
        "sm": {"x": {}, "y": [], "w": "x", "h": None},
        "theme": [],
        "hideExtraDetails": {},
        "settings": [],
    },
    {"type": {}, "values": [{"type": [], "values": 5}, 7], "sm": [], "xs": 5},
]


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(results, "compute", lambda *_: {"results": [{"a": []}, 5]})
    logging.disable(logging.ERROR)
    yield
    logging.disable(logging.NOTSET)
    mismatches.clear()  # what no release of ours wrote need not be as documented


@pytest.fixture
def world() -> World:
    return make_world()


def places() -> list[tuple[type[models.Model], models.Field[Any, Any]]]:
    return [
        (model, field)
        for app in OURS
        for model in apps.get_app_config(app).get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.JSONField)
    ]


def store(odd: Any) -> None:
    """Put it into every column of JSON, of every row, where the database takes it."""
    for model, field in places():
        if odd is not None or field.null:
            with suppress(IntegrityError), transaction.atomic():
                model._base_manager.update(**{field.name: odd})


def requests_of(world: World) -> Iterator[tuple[Any, str]]:
    """Every way to read: of members, of visitors, and of members with a browser."""
    with_key, browser, visitor = client_with(world.key), APIClient(), Client()
    browser.force_login(world.member)
    for client in (with_key, browser, visitor):
        client.raise_request_exception = False
    for operation in operations():
        if operation.method == "GET":
            yield browser if operation.needs_session else with_key, operation.url(world)
    for link in SharingConfiguration.all_projects.all():
        for path in (f"/shared/{link.access_token}", f"/embedded/{link.access_token}.json"):
            yield visitor, path
    yield browser, f"/dashboards/{world.dashboard}"
    yield browser, "/dashboards/"


def test_there_are_places() -> None:
    assert len(places()) > 15


@pytest.mark.parametrize("number", range(len(ODD)))
def test_odd_json_in_rows_is_read_without_a_failure(world: World, number: int) -> None:
    SharingConfiguration.all_projects.update(enabled=True, password_required=False)
    store(ODD[number])
    failed = []
    for client, path in requests_of(world):
        response = client.get(path)
        if response.streaming:
            b"".join(response.streaming_content)
        if response.status_code >= 500:
            failed.append(f"{path}: {response.status_code}")
    assert failed == [], "\n".join(failed)
