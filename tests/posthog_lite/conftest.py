from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from posthog_lite.server import serving
from tests.support.processes import remove_data_dir


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for a database of its own, on a path short enough for a socket.

    Not below `tmp_path`: each run of pytest closes that to the account which root's server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    yield folder
    remove_data_dir(folder)


@pytest.fixture(autouse=True)
def _signals_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands called in the test run leave its own handling of Ctrl-C alone."""
    monkeypatch.setattr(serving, "STOP_SIGNALS", ())
