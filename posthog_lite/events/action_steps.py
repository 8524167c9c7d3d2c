"""The steps of an action: which events match it. Pure: no database."""

from __future__ import annotations

from typing import Any

import orjson

from posthog_lite.domain import DomainError

MOST_STEPS = 100
MOST_STEP_BYTES = 64 * 1024
LONGEST_TEXT = 2000
_TEXTS = ("event", "selector", "tag_name", "text", "href", "url")
_MATCHINGS = ("text_matching", "href_matching", "url_matching")


class WrongSteps(DomainError):
    """A step has a field of the wrong type or size."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, attr="steps")


def check_steps(steps: Any) -> None:
    """Raise WrongSteps for what cannot be stored as the steps of an action."""
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise WrongSteps(f"Steps are a list of at most {MOST_STEPS}.")
    if len(orjson.dumps(steps)) > MOST_STEP_BYTES:
        raise WrongSteps(f"Steps have at most {MOST_STEP_BYTES:,} bytes.")
    for number, step in enumerate(steps):
        _check_step(step, f"Step {number}")


def _check_step(step: Any, its_name: str) -> None:
    if not isinstance(step, dict):
        raise WrongSteps(f"{its_name} is not an object.")
    for name in _TEXTS:
        value = step.get(name)
        if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_TEXT):
            raise WrongSteps(
                f"{its_name}: {name} is a text of at most {LONGEST_TEXT:,} characters."
            )
    for name in _MATCHINGS:
        if step.get(name) not in (None, "exact", "contains", "regex"):
            raise WrongSteps(f"{its_name}: {name} is exact, contains or regex.")
    properties = step.get("properties") or []
    if not isinstance(properties, list) or not all(isinstance(each, dict) for each in properties):
        raise WrongSteps(f"{its_name}: properties are a list of objects.")
