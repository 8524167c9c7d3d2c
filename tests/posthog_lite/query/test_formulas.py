"""What a formula may be, and what comes of one that grows."""

from __future__ import annotations

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.query.formulas import compile_formula


@pytest.mark.parametrize(
    "text",
    ["", "A +", "A ** B ** C ** D", "C", "__import__('os')", "A if B else A", "A.real", "'a'"],
)
def test_a_text_that_is_no_formula_of_two_series_is_refused(text: str) -> None:
    with pytest.raises(DomainError):
        compile_formula(text, 2)


def test_a_formula_that_grows_beyond_numbers_is_zero() -> None:
    number = compile_formula("9 ** (9 ** (9 * A))", 1)
    assert number([9.0]) == 0.0
    assert compile_formula("(0 - 1) ** 0.5", 1)([0.0]) == 0.0
