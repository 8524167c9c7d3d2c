from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from posthog_lite.ids import new_personal_api_key
from posthog_lite.logging import (
    JSONFormatter,
    TextFormatter,
    current_request_id,
    logging_config,
    mask_secrets,
)
from tests.support.processes import RunningProcess, free_port, get


def record(message: str, *args: Any, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord("some.logger", logging.WARNING, "f.py", 1, message, args, None)
    made.__dict__ |= extra
    return made


@pytest.fixture
def _in_a_request() -> Iterator[None]:
    token = current_request_id.set("abc")
    yield
    current_request_id.reset(token)


@pytest.mark.usefixtures("_in_a_request")
def test_a_line_is_one_json_object() -> None:
    text = JSONFormatter().format(record("It \n %s", 'is "quoted"'))
    line = json.loads(text)
    assert "\n" not in text
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "WARNING",
        "logger": "some.logger",
        "message": 'It \n is "quoted"',
        "request_id": "abc",
    }


def test_outside_of_a_request_there_is_no_request_id() -> None:
    assert json.loads(JSONFormatter().format(record("Started")))["request_id"] is None


def test_fields_become_keys_of_the_line() -> None:
    line = json.loads(JSONFormatter().format(record("x", fields={"status": 200, "key": None})))
    assert (line["status"], line["key"]) == (200, None)


@pytest.mark.parametrize("formatter", [JSONFormatter(), TextFormatter()])
def test_a_traceback_is_told_without_the_key_in_it(formatter: logging.Formatter) -> None:
    value = new_personal_api_key()
    try:
        int(value)
    except ValueError:
        text = formatter.format(record("Oh", exc_info=sys.exc_info()))
    assert "Traceback" in text
    assert f"phx_...{value[-4:]}" in text
    assert value not in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer some-other-token", "Authorization: Bearer ***"),
        ("?personal_api_key=abc&page=2", "?personal_api_key=***&page=2"),
        ("password=hunter2", "password=***"),
        ("oauth pha_abcdefghij", "oauth pha_...ghij"),
        ("mask phx_...abcd", "mask phx_...abcd"),
        ("a bearer of news", "a bearer *** news"),
        ("nothing to hide", "nothing to hide"),
    ],
)
def test_secrets_are_masked(text: str, shown: str) -> None:
    assert mask_secrets(text) == shown


def test_masking_leaves_the_line_readable_by_machines() -> None:
    line = JSONFormatter().format(record('{"body": "password=x\\"y"} %s', 'Bearer "a"'))
    assert "body" in json.loads(line)["message"]


@pytest.mark.parametrize(
    ("form", "level", "name"), [("xml", "INFO", "LOG_FORMAT"), ("json", "LOUD", "LOG_LEVEL")]
)
def test_a_wrong_setting_is_named(form: str, level: str, name: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        logging_config(form=form, level=level)


@pytest.mark.parametrize(
    ("level", "expected"), [("DEBUG", "ERROR"), ("INFO", "ERROR"), ("CRITICAL", "CRITICAL")]
)
def test_django_tells_failures_only_as_the_access_log_has_the_rest(
    level: str, expected: str
) -> None:
    loggers = logging_config(form="json", level=level)["loggers"]
    assert loggers["django.request"]["level"] == expected


def test_a_running_server_logs_a_json_line_a_request_and_counts_it(migrated: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"LOG_LEVEL": "INFO", "PROMETHEUS_ENABLED": "true"}
    with RunningProcess(
        "manage.py", "serve", f"--port={port}", "--workers=2", data_dir=migrated, **settings
    ) as running:
        running.wait_until_ready(url)
        for _ in range(10):
            get(f"{url}/_livez?personal_api_key=secret")
        # Whichever worker answers this tells about both.
        counted = get(f"{url}/_metrics").decode()
        lines = [json.loads(text) for text in running.output.splitlines() if text[0] == "{"]
    livez = [line for line in lines if line["route"] == "/_livez/"]
    assert len(livez) == 10, lines
    assert {line["logger"] for line in lines} == {"posthog_lite.access"}
    assert "secret" not in json.dumps(lines)
    assert (
        'posthog_lite_http_requests_total{method="GET",route="/_livez/",status="200"} 10.0'
        in counted
    )
