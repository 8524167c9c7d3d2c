"""Recorded answers of trends, stickiness and lifecycle."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.support.golden import Case, cases, check

KINDS = ("trends", "stickiness", "lifecycle")


@pytest.mark.parametrize(
    "case", [case for kind in KINDS for case in cases(kind)], ids=lambda case: case["id"]
)
def test_answer_is_the_recorded_one(case: Case, engine: ModuleType) -> None:
    check(case, engine)
