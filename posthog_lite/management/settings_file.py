"""Tells an operator what of the .env file has no effect."""

from __future__ import annotations

from django.core.checks import run_checks


def warnings_of_settings_file() -> list[str]:
    """Return a line for each name in the .env file that looks misspelt."""
    found = run_checks(tags=["settings_file"])
    return [f"Warning: {problem.msg} {problem.hint}\n" for problem in found]
