"""Every rule of what a query means has a test that carries its number, or a reason without one."""

from __future__ import annotations

import re
from pathlib import Path

RULES = range(1, 181)
TEST = re.compile(r"^def test_rules?_(\d{3})(?:_(?:to|and)_(\d{3}))?_", re.MULTILINE)
NOT_FOLLOWED = {
    86: "Without a defined type 10 would be less than 3. Numbers are compared as numbers.",
}


def numbers() -> set[int]:
    found: set[int] = set()
    for path in Path(__file__).parent.rglob("test_*.py"):
        for first, last in TEST.findall(path.read_text()):
            found.update(range(int(first), int(last or first) + 1))
    return found


def test_every_rule_has_a_test_or_a_reason() -> None:
    assert sorted(numbers() | set(NOT_FOLLOWED)) == list(RULES)
    assert not numbers() & set(NOT_FOLLOWED)
