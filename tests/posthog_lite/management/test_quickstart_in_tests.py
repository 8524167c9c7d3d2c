"""quickstart for programs: one line to read, and nothing left behind."""

from __future__ import annotations

import json
import signal
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from posthog_lite.accounts.models import PersonalAPIKey, Project
from posthog_lite.accounts.selectors import get_key
from posthog_lite.accounts.services.bootstrap import get_or_create_demo
from tests.support.processes import RunningProcess, free_port, get


@pytest.mark.slow
def test_an_ephemeral_server_says_one_line_and_leaves_nothing(data_dir: Path) -> None:
    options = ("--ephemeral", "--json", "--key", "phx_fixed", "--token", "phc_fixed")
    with RunningProcess(
        "manage.py", "quickstart", *options, data_dir=data_dir, TMPDIR=str(data_dir)
    ) as server:
        server.wait_for_output("}\n")
        told = json.loads(server.output)
        assert told | {"url": ""} == {
            "url": "",
            "project": 1,
            "token": "phc_fixed",
            "key": "phx_fixed",
        }
        server.wait_until_ready(told["url"])
        listed = get(f"{told['url']}/api/projects/1/dashboards/", key="phx_fixed")
        assert b"Product analytics" in listed
        assert list(data_dir.glob("posthog-lite-ephemeral-*"))
        server.stop(signal.SIGTERM)
        assert not list(data_dir.glob("posthog-lite-ephemeral-*"))
        assert "Stopped" not in server.output
    assert not (data_dir / "postgres").exists(), "there is no database beside the temporary one"


@pytest.mark.django_db
def test_a_fixed_key_and_token_open_a_demo_project_that_was_there() -> None:
    first = get_or_create_demo()
    again = get_or_create_demo(key="phx_fixed", token="phc_fixed")
    assert again.project == first.project
    assert get_key(value="phx_fixed") is not None
    assert get_key(value=first.personal_api_key or "") is not None
    assert Project.objects.get(api_token="phc_fixed") == first.project
    get_or_create_demo(key="phx_fixed", token="phc_fixed")
    assert PersonalAPIKey.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"key": "secret"}, "--key: must be phx_ and then"),
        ({"key": "phx_a b c d"}, "--key: must be phx_ and then"),
        ({"token": "phx_fixed"}, "--token: must be phc_ and then"),
    ],
)
def test_a_key_or_token_of_another_form_is_refused(options: dict[str, str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("quickstart", json=True, port=free_port(), stdout=StringIO(), **options)
    assert not Project.objects.exists()
