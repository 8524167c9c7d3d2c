from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from posthog_lite.server.environment import Environment


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    given: dict[str, str] = {}
    monkeypatch.setattr(Environment, "ENVIRON", given)
    return given


def message(read: str, env: dict[str, str], text: str) -> str:
    env["SETTING"] = text
    reader: Any = Environment()
    options = {"database": {"engine": "x"}, "shared_cache": {"default": "locmemcache://"}}
    with pytest.raises(ImproperlyConfigured) as caught:
        getattr(reader, read)("SETTING", **options.get(read, {"default": 1}))
    return str(caught.value)


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        ("bool", "maybe", "SETTING is 'maybe'; it must be true or false."),
        ("int", "abc", "SETTING is 'abc'; it must be a whole number."),
        ("int", "-1", "SETTING is '-1'; it must be a whole number of 0 or more."),
        ("database", "sqlite:///x", "SETTING is 'sqlite:///x'; it must be like postgresql://"),
        ("database", "nonsense", "SETTING is 'nonsense'; it must be like postgresql://"),
        ("database", "mysql://ada:secret@host/x", "SETTING is 'mysql://ada:***@host/x'; it must"),
        ("database", "postgresql://host:port/x", "SETTING is 'postgresql://host:port/x'; it must"),
        ("shared_cache", "foo", "SETTING is 'foo'; it must be like redis://host:6379/0."),
    ],
)
def test_what_cannot_be_read_is_told(env: dict[str, str], read: str, text: str, told: str) -> None:
    assert message(read, env, text).startswith(told)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("Yes", True), ("0", False), ("", False), ("off", False)]
)
def test_truth_is_read_in_its_usual_spellings(env: dict[str, str], text: str, value: bool) -> None:
    env["SETTING"] = text
    assert Environment().bool("SETTING", default=False) is value


def test_what_is_not_set_has_its_default(env: dict[str, str]) -> None:
    reader = Environment()
    assert reader.bool("SETTING", default=True) is True
    assert reader.int("SETTING", default=-1) == -1
    assert reader.shared_cache("SETTING", default="locmemcache://")["BACKEND"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ALOWED_HOSTS=a", {"ALOWED_HOSTS": "ALLOWED_HOSTS"}),
        ("export allowed_host = a", {"allowed_host": "ALLOWED_HOSTS"}),
        ("ALLOWED_HOSTS=a", {}),
        ("ALLOWED_HOSTS_FILE=/a", {}),
        ("ALLOWED_HOST_FILE=/a", {"ALLOWED_HOST_FILE": "ALLOWED_HOSTS_FILE"}),
        ("#ALOWED_HOSTS=a", {}),
        ("POSTGRES_PASSWORD=of another program", {}),
        ("\xff\x00 = b", {}),
    ],
)
def test_names_of_a_file_that_look_misspelt_are_told(
    env: dict[str, str], tmp_path: Path, line: str, expected: dict[str, str]
) -> None:
    path = tmp_path / ".env"
    path.write_text(f"DEBUG=false\n{line}\n")
    reader = Environment()
    for name in ("ALLOWED_HOSTS", "DEBUG"):
        reader.str(name, default="")
    assert reader.misspelt(path) == expected
    assert reader.misspelt(tmp_path / "none") == {}
