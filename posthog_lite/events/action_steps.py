"""The steps of an action: which events match it. Pure: no database."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, cast

import orjson

from posthog_lite.domain import DomainError

Matching = Literal["exact", "contains", "regex"]

MOST_STEPS = 100
MOST_STEP_BYTES = 64 * 1024
LONGEST_TEXT = 2000
_TEXTS = ("event", "selector", "tag_name", "text", "href", "url")
_MATCHINGS = {"text_matching": "exact", "href_matching": "exact", "url_matching": "contains"}


class WrongSteps(DomainError):
    """A step has a field of the wrong type or size."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, attr="steps")


@dataclass(frozen=True, slots=True)
class ActionStep:
    """The conditions of one step, all of which an event has to meet; None means any."""

    event: str | None = None
    properties: list[dict[str, Any]] = field(default_factory=list)
    selector: str | None = None
    tag_name: str | None = None
    text: str | None = None
    text_matching: Matching = "exact"
    href: str | None = None
    href_matching: Matching = "exact"
    url: str | None = None
    url_matching: Matching = "contains"


def parse_steps(steps: Any) -> list[ActionStep]:
    """Steps as they are stored. Raises WrongSteps."""
    if not isinstance(steps, list) or len(steps) > MOST_STEPS:
        raise WrongSteps(f"Steps are a list of at most {MOST_STEPS}.")
    if len(orjson.dumps(steps)) > MOST_STEP_BYTES:
        raise WrongSteps(f"Steps have at most {MOST_STEP_BYTES:,} bytes.")
    return [_step(number, step) for number, step in enumerate(steps)]


def _step(number: int, step: Any) -> ActionStep:
    if not isinstance(step, dict):
        raise WrongSteps(f"Step {number} is not an object.")
    values: dict[str, Any] = {name: _text(number, step, name) for name in _TEXTS}
    for name, default in _MATCHINGS.items():
        values[name] = _matching(number, step, name, default)
    properties = step.get("properties") or []
    if not isinstance(properties, list) or not all(isinstance(each, dict) for each in properties):
        raise WrongSteps(f"Step {number}: properties are a list of objects.")
    return ActionStep(properties=properties, **values)


def _text(number: int, step: dict[str, Any], name: str) -> str | None:
    value = step.get(name)
    if value is not None and not (isinstance(value, str) and len(value) <= LONGEST_TEXT):
        raise WrongSteps(f"Step {number}: {name} is a text of at most {LONGEST_TEXT:,} characters.")
    return value or None


def _matching(number: int, step: dict[str, Any], name: str, default: str) -> Matching:
    value = step.get(name)
    if value is None:
        value = default
    if value not in ("exact", "contains", "regex"):
        raise WrongSteps(f"Step {number}: {name} is exact, contains or regex.")
    return cast("Matching", value)
