from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """A folder for a database of its own, on a path short enough for a socket.

    Not below `tmp_path`: each run of pytest closes that to the account which root's server runs as.
    """
    folder = Path(tempfile.mkdtemp(prefix="posthog-lite-test-")).resolve()
    yield folder
    shutil.rmtree(folder)
