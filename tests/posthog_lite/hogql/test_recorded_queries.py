"""The recorded SQL queries give the recorded values."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.support.golden import Case, cases, check


@pytest.mark.parametrize("case", cases("hogql"), ids=lambda case: case["id"])
def test_recorded_query(case: Case, engine: ModuleType) -> None:
    check(case, engine)
