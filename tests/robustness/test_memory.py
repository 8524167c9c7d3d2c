"""What the server takes while it waits."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from tests.robustness.conftest import serving

MOST_BYTES = 160 * 2**20


@pytest.mark.django_db
@pytest.mark.skipif(
    not Path("/proc/self/smaps_rollup").exists(),
    reason="only Linux tells how processes share their memory",
)
def test_two_workers_and_their_parent_share_what_they_load(own_database_url: str) -> None:
    with serving(own_database_url, workers=2) as (server, _):
        family = [psutil.Process(server.pid), *server.workers()]
        assert len(family) == 3
        assert sum(map(proportional_memory, family)) < MOST_BYTES


def proportional_memory(process: psutil.Process) -> int:
    """In bytes; a page counts as a half where two processes have it."""
    assert sys.platform == "linux"
    return int(process.memory_full_info().pss)
