"""The SDKs that people use, from their registries: what they send is what is stored."""

from __future__ import annotations

import http.server
import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver.common.by import By

from posthog_lite.accounts.models import Project
from posthog_lite.events.models import Group, OutboxEntry, Person, PersonDistinctId
from tests.sdk.test_sdks import needs, run
from tests.support.browser import needs_browser, open_browser, wait_for

HERE = Path(__file__).parent / "capture"
Rows = list[dict[str, Any]]
Stored = Callable[[], Rows]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def stored(project: Project) -> Stored:
    """The events of the project in the order they came, their properties read."""

    def read() -> Rows:
        entries = OutboxEntry.objects.for_project(project).filter(kind="events").order_by("id")
        rows = [orjson.loads(line) for entry in entries for line in entry.lines.split("\n")]
        return [row | {"properties": orjson.loads(row["properties"])} for row in rows]

    return read


@pytest.fixture
def place(live_server: LiveServer, project: Project) -> dict[str, str]:
    """All that an SDK is told of this server."""
    return {"HOST": live_server.url, "TOKEN": project.api_token}


@pytest.fixture
def node_modules() -> Path:
    options = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"]
    run("npm", "install", *options, cwd=HERE)
    return HERE / "node_modules"


@pytest.fixture(scope="module")
def python_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("python-sdk")
    options = ["--quiet", "--disable-pip-version-check", "--target", str(folder)]
    run(sys.executable, "-m", "pip", "install", *options, "-r", "requirements.txt", cwd=HERE)
    return str(folder)


def find(rows: Rows, event: str) -> dict[str, Any]:
    [row] = [row for row in rows if row["event"] == event]
    return row


def person_of(project: Project, distinct_id: str) -> Person:
    found = PersonDistinctId.objects.for_project(project).get(distinct_id=distinct_id).person
    assert found is not None
    return found


def assert_all_is_stored(rows: Rows, project: Project, *, library: str) -> None:
    """What both server SDKs send, in the same order."""
    signed_up = find(rows, "signed up")
    assert signed_up["uuid"] == "0198c0de-0000-7000-8000-000000000001"
    assert signed_up["distinct_id"] == "u1"
    assert signed_up["timestamp"].startswith("2026-11-20 10:00:0")  # clocks are set right
    properties = signed_up["properties"]
    assert properties["$lib"] == library
    assert properties["$lib_version"]
    assert properties["$groups"] == {"company": "acme"}
    assert signed_up["$group_0"] == "acme"
    sent = {"plan": "pro", "price": 9.5, "tags": ["a", "b"], "nested": {"deep": None}}
    assert {name: properties[name] for name in sent} == sent
    assert find(rows, "visited")["distinct_id"] == "anonymous-1"
    alias = find(rows, "$create_alias")
    assert {alias["distinct_id"], alias["properties"]["alias"]} == {"u1", "anonymous-1"}
    assert find(rows, "$groupidentify")["properties"]["$group_set"] == {"size": 3}

    person = person_of(project, "u1")
    assert person_of(project, "anonymous-1") == person
    assert person.properties["email"] == "u1@example.org"
    assert person.properties["first"] == "Müller 👋"
    [group] = Group.objects.for_project(project)
    assert (group.group_key, group.properties["size"]) == ("acme", 3)


@pytest.mark.parametrize(
    "environment",
    [{}, {"GZIP": "1"}, {"POSTHOG_CAPTURE_MODE": "v1"}],
    ids=["plain", "gzip", "v1"],
)
def test_python(
    environment: dict[str, str],
    place: dict[str, str],
    python_path: str,
    project: Project,
    stored: Stored,
) -> None:
    told = {**place, **environment, "PYTHONPATH": python_path}
    assert run(sys.executable, "events.py", cwd=HERE, **told).endswith("done\n")
    rows = stored()
    assert sorted(row["event"] for row in rows if row["event"] != "$feature_flag_called") == [
        "$create_alias",
        "$groupidentify",
        "$set",
        "$set_once",
        "signed up",
        "visited",
    ]
    assert_all_is_stored(rows, project, library="posthog-python")


@needs("node", "npm")
@pytest.mark.parametrize("environment", [{}, {"POSTHOG_CAPTURE_MODE": "v1"}], ids=["v0", "v1"])
def test_node(
    environment: dict[str, str],
    place: dict[str, str],
    node_modules: Path,
    project: Project,
    stored: Stored,
) -> None:
    assert run("node", "events.mjs", cwd=HERE, **place, **environment).endswith("done\n")
    assert_all_is_stored(stored(), project, library="posthog-node")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop(tmp_path: Path, node_modules: Path) -> Iterator[str]:
    """The address of a page of another origin, which loads the SDK for browsers."""
    folder = tmp_path / "shop"
    folder.mkdir()
    shutil.copy(HERE / "page.html", folder / "index.html")
    shutil.copy(node_modules / "posthog-js/dist/module.mjs", folder / "posthog.mjs")
    (folder / "favicon.ico").touch()
    handler = partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def visit_shop(place: dict[str, str], shop: str, profile: Path, stored: Stored) -> str:
    """Buy, sign up and leave; the name before signing up."""
    with open_browser(profile) as browser:
        told = urlencode({"token": place["TOKEN"], "host": place["HOST"]})
        browser.get(f"{shop}?{told}&utm_source=news")
        wait_for(
            browser,
            lambda: browser.find_element(By.TAG_NAME, "body").get_attribute("data-state"),
        )
        anonymous: str = browser.execute_script("return posthog.get_distinct_id()")
        wait_for(browser, lambda: "$pageview" in {row["event"] for row in stored()})
        browser.find_element(By.ID, "buy").click()
        browser.execute_script(
            """
            posthog.identify("u1", {email: "u1@example.org"}, {first: "Müller 👋"});
            posthog.group("company", "acme", {size: 3});
            posthog.capture("signed up", {plan: "pro", price: 9.5, nested: {deep: null}});
            """
        )
        wait_for(browser, lambda: "signed up" in {row["event"] for row in stored()})
        browser.execute_script(
            """
            posthog.capture("left", {reason: "done"});
            posthog.capture("told by beacon", {}, {transport: "sendBeacon", send_instantly: true});
            location.href = "about:blank";
            """
        )
        last = {"left", "told by beacon", "$pageleave"}
        wait_for(browser, lambda: last <= {row["event"] for row in stored()})
        log = browser.get_log("browser")
        assert [entry["message"] for entry in log if entry["level"] == "SEVERE"] == []
    return anonymous


@needs("npm")
@needs_browser
def test_browser(
    place: dict[str, str], shop: str, tmp_path: Path, project: Project, stored: Stored
) -> None:
    anonymous = visit_shop(place, shop, tmp_path / "profile", stored)

    rows = stored()
    page = find(rows, "$pageview")
    assert page["distinct_id"] == anonymous
    assert page["properties"]["$lib"] == "web"
    assert page["properties"]["$ip"] == "127.0.0.1"
    assert page["$session_id"] == page["properties"]["$session_id"] != ""
    assert "button" in find(rows, "$autocapture")["elements_chain"]
    signed_up = find(rows, "signed up")
    assert signed_up["distinct_id"] == "u1"
    sent = {"plan": "pro", "price": 9.5, "nested": {"deep": None}}
    assert {name: signed_up["properties"][name] for name in sent} == sent
    assert signed_up["$group_0"] == "acme"
    assert find(rows, "left")["properties"]["reason"] == "done"

    person = person_of(project, "u1")
    assert person_of(project, anonymous) == person
    assert person.is_identified
    assert person.properties["email"] == "u1@example.org"
    assert person.properties["first"] == "Müller 👋"
    assert person.properties["$initial_utm_source"] == "news"
    [group] = Group.objects.for_project(project)
    assert (group.group_key, group.properties["size"]) == ("acme", 3)
