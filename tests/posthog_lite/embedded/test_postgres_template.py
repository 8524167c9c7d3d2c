"""Copies of a finished database, for servers that last as long as a test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from posthog_lite.embedded.postgres_template import copy_template, keep_template


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "posthog-lite"


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """Return what a stopped server leaves."""
    folder = tmp_path / "finished"
    (folder / "base").mkdir(parents=True)
    (folder / "PG_VERSION").write_text("18")
    (folder / "base" / "1").write_bytes(b"rows")
    (folder / "log").write_text("what was said")
    folder.chmod(0o700)
    return folder


def test_a_database_is_copied_without_what_belongs_to_a_run(finished: Path, tmp_path: Path) -> None:
    folder = tmp_path / "data" / "postgres"
    assert not copy_template(key="a", folder=folder)
    keep_template(key="a", folder=finished)
    assert copy_template(key="a", folder=folder)
    assert (folder / "base" / "1").read_bytes() == b"rows"
    assert not (folder / "log").exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_other_migrations_and_existing_data_are_left_alone(finished: Path, tmp_path: Path) -> None:
    keep_template(key="a", folder=finished)
    assert not copy_template(key="b", folder=tmp_path / "other")
    (tmp_path / "mine").mkdir()
    assert not copy_template(key="a", folder=tmp_path / "mine")
    assert not list((tmp_path / "mine").iterdir())


def test_what_others_could_have_written_is_not_used(
    finished: Path, cache: Path, tmp_path: Path
) -> None:
    keep_template(key="a", folder=finished)
    cache.chmod(0o777)
    assert not copy_template(key="a", folder=tmp_path / "copy")


def test_two_at_once_keep_one_and_old_ones_go(finished: Path, cache: Path) -> None:
    for key in ("old", "a", "a"):
        keep_template(key=key, folder=finished)
    assert sorted(path.name for path in cache.iterdir()) == ["a", "old"]
    os.utime(cache / "old", (0, 0))
    keep_template(key="b", folder=finished)
    assert sorted(path.name for path in cache.iterdir()) == ["a", "b"]


def test_a_cache_that_cannot_be_is_done_without(
    finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    keep_template(key="a", folder=finished)
    assert not copy_template(key="a", folder=tmp_path / "copy")
