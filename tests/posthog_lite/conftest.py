from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from posthog_lite.database.migration_state import migrations_digest
from posthog_lite.embedded.postgres_template import copy_template, keep_template
from posthog_lite.server import serving
from tests.support.processes import remove_data_dir, run_manage


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for a database of its own, on a path short enough for a socket.

    Not below `tmp_path`: each run of pytest closes that to the account which root's server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    yield folder
    remove_data_dir(folder)


@pytest.fixture
def migrated(data_dir: Path) -> Path:
    """A data folder with all tables, which takes seconds only once."""
    key, folder = f"{migrations_digest()}-tests", data_dir / "postgres"
    if not copy_template(key=key, folder=folder):
        done = run_manage("migrate", data_dir=data_dir)
        assert done.returncode == 0, done.stderr
        keep_template(key=key, folder=folder)
    return data_dir


@pytest.fixture(autouse=True)
def _signals_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands called in the test run leave its own handling of Ctrl-C alone."""
    monkeypatch.setattr(serving, "STOP_SIGNALS", ())
