"""What schemathesis calls a failure and is none, each with its reason.

The checks compare requests with the document alone. Where the server is meant to be more patient
than the document, or the document has no words for a rule, the rule is written down here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from schemathesis import Case, HookContext, Response
from schemathesis.core import NotSet
from schemathesis.core.failures import AcceptedNegativeData, Failure, ServerError
from schemathesis.openapi.checks import (
    AllowHeaderMismatch,
    RejectedPositiveData,
    UndefinedContentType,
)

from tests.fuzz.reading import is_documented
from tests.support.openapi import document

AnyCase = Case[Any]
JSON = "application/json"
PATIENT_PARAMETERS = {
    "limit": "what is not a positive integer counts as not given",
    "offset": "what is not a positive integer counts as not given",
    "page": "what is not a positive integer counts as not given",
    "refresh": "what is not a mode counts as not given",
}
ANY_BODY = re.compile(r"/sharing/refresh/$")  # it ignores its body, whatever it is


@dataclass(frozen=True)
class Rule:
    """A 400 for what the document allows, because the document has no words for why not."""

    detail: str  # a pattern for the whole sentence
    attrs: str | None = None  # a pattern for the field; None where no single field is wrong


STORABLE = "JSON that could not be stored and given back; manual, Compatibility"
EXISTING = "ids of rows that there are, for this caller"
FORMATS = "text with a grammar of its own, of which the document has the description"
STATE = "depends on what is stored"
TOGETHER = "depends on another field"
POSTHOG = "the document has PostHog's types, so that generated clients are interchangeable"
MOMENTS = "in UTC it is before the year 1 or after the year 9999"
BLANK = "texts are trimmed before they are measured"

RULES: dict[str, list[Rule]] = {
    STORABLE: [Rule(r"JSON parse error - .*")],
    EXISTING: [
        Rule(r"Data color theme .* does not exist in this project\.", "data_color_theme_id"),
        Rule(r"Object with id .* does not exist\.", "set_current_team|set_current_organization"),
        Rule(r"Dashboard not found", "dashboards"),
        Rule(r"Invalid organization UUID|You must be a member of all .*", "scoped_.*"),
        Rule(r"Invalid template provided: .*", "use_template"),
        Rule(r"Invalid value provided", "use_dashboard"),
        Rule(r"User does not exist\."),
        Rule(r"Tile IDs not found on this dashboard: .*"),
        Rule(r"Tile is not a text tile\.", "tile_id"),
        Rule(r"Tile .* is not on this dashboard\.", "duplicate_tiles"),
        Rule(r"Invalid request data for moving tile\.", "toDashboard"),
        Rule(r"The ID provided does not look like a personID\. .*|Invalid UUID"),
        Rule(r"Action ID \d+ does not exist!"),
        Rule(r"This is not an ID of the person\.", "main_distinct_id"),
        Rule(r"No type of groups has this index\.", "group_type_index"),
    ],
    FORMATS: [
        Rule(r"Invalid scope: .*", "scopes"),
        Rule(r"\".*\" is not a valid choice\.", "timezone"),
        Rule(r"Invalid JSON passed in \w+ parameter", r"\w+_override"),
        Rule(r"\w+ must be a JSON object", r"\w+_override"),
        Rule(r"Enter a date like .*", r"\w*date_(from|to)"),
        Rule(r"`.*` is (not a date|too long ago|not in the years .*)\.", "after|before"),
        Rule(r"Give numbers of users\.", "created_by"),
        Rule(r"Must be a JSON list of at most 100 \w+\.", "created_by|dashboards|tags"),
        Rule(r".*", r"query(\..*)?"),
        Rule(r"Query kind mismatch: .*"),
        Rule(r"\w+ insights require at least one series\."),  # which may be kept without
        Rule(r"This list may not be empty\."),  # of a body that is a list
        Rule(r"Must be a word, or true or false\.", "refresh"),
        Rule(r"One or more UUIDs are invalid\.", "uuids"),
        Rule(r"A valid number is required\.", "session_recording_sample_rate"),
        Rule(r"tile_ids must be a comma-separated list of integers\.", "tile_ids"),
        Rule(r"Insights cannot be ordered by .*", "order"),
        Rule(r"Name must hold at least one letter or digit\.", "name"),
        Rule(r"Unknown template tag: .*|tag is required"),
        Rule(r".*Failed validating .* in schema.*"),  # of templates, told at json_schema/
        Rule(r".*", r"properties|events\.properties.*"),  # filters of people and events
        Rule(r"Give at most 100 \w+\.|This is not a JSON list\.", "event_names|tags"),
        Rule(r"Names are texts without NUL characters\.", r"\w+"),
        Rule(r".*", "tiles|text|text__body"),  # what an entry of `tiles` may be
    ],
    STATE: [
        Rule(r"User already is a collaborator\."),
        Rule(r"The last project of an organization cannot be deleted\."),
        Rule(r"This insight has no result yet\..*|Too many queries wait to be computed\..*"),
        Rule(r"Cannot (add|remove) collaborators .*"),
        Rule(r"Password protection must be enabled before creating passwords"),
        Rule(r"Variable with this code name already exists", "name"),
        Rule(r"This project already has an action with this name, ID \d+", "name"),
        Rule(r"This project already has an event of this name\.", "name"),
        Rule(r"A dashboard template with this name already exists .*", "template_name"),
        Rule(r"The original templates cannot be made private .*", "scope"),
        Rule(r"You can only have .*|A link takes at most .*"),
        Rule(r"A dashboard can hold at most .*", "dashboards"),
        Rule(r"This [\w ]+ is already on the destination dashboard\.", "tileId"),
        Rule(r"Destination must be a different dashboard than the source\.", "fromDashboardId"),
    ],
    TOGETHER: [
        Rule(r"`use_dashboard` and `use_template` cannot be used together"),
        Rule(r"tags must not be empty for action '(add|remove)'\.", "tags"),
        Rule(r"ids times distinct tags must not exceed .*", "tags"),
        Rule(r"tile_order must contain unique tile IDs"),
        Rule(r"Give distinct_ids or ids(, not both)?\."),
        Rule(
            r"Give this or main_distinct_id, not both\.|This list may not be empty\.",
            "distinct_ids_to_split",
        ),
        Rule(r"Give it for properties of groups, and only for these\.", "group_type_index"),
        Rule(r"Only for properties of events\.", "event_names"),
        Rule(r"Columns are event, distinct_id, person_id\.", "key"),
        Rule(r"This field is required\.", r"args__query__\w+"),  # by the kind of question
        Rule(r".*", "default_value|values"),  # follow the type of a variable
    ],
    POSTHOG: [Rule(r"Only edit access can be explicitly specified currently\.")],
    MOMENTS: [Rule(r"Datetime value out of range\.", ".*")],
    BLANK: [
        Rule(r"This field may not be blank\.", ".*"),
        Rule(r"Password must be at least 8 characters long\.", "raw_password"),
    ],
}


def is_a_finding(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
    """Whether a failed check says something about the server; what schemathesis asks of a hook."""
    match failure:
        case AcceptedNegativeData():
            return not _is_patience(case)
        case RejectedPositiveData():
            return not _is_beyond_words(case, response)
        case UndefinedContentType():
            return not _asks_for_an_event(case)
        case AllowHeaderMismatch():
            return not _leaves_out_what_is_refused(failure, case)
        case ServerError():
            return not _asks_to_ask_again(response)
    # The document's schema is of the whole stream, as OpenAPI 3.1 has it, not of each event.
    return failure.title != "SSE event violates schema"


def _leaves_out_what_is_refused(failure: AllowHeaderMismatch, case: AnyCase) -> bool:
    """Whether only DELETE is missing, which is documented with no other answer than 405."""
    answers = document()["paths"][case.operation.path]["delete"]["responses"]
    has_others = failure.missing_methods != ["DELETE"] or failure.undocumented_methods
    return not has_others and all(status >= "400" for status in answers)


def _asks_to_ask_again(response: Response) -> bool:
    """Whether a result was asked for that nobody is to wait for, before it is there."""
    codes = ("still_computed", "too_many_queries")
    return response.status_code == 503 and json.loads(response.content)["code"] in codes


def _asks_for_an_event(case: AnyCase) -> bool:
    """Whether `format=txt` was sent: documented as one media type, generated clients read JSON."""
    return (case.query or {}).get("format") == "txt"


def _is_patience(case: AnyCase) -> bool:
    """Whether the server may accept the request, although the document does not describe it."""
    if ANY_BODY.search(case.operation.path):
        return True
    return _is_patience_with_query(case) and _is_documented_body(case)


def _is_patience_with_query(case: AnyCase) -> bool:
    for parameter in _operation(case).get("parameters", []):
        name = parameter["name"]
        if parameter["in"] != "query" or name not in (case.query or {}):
            continue
        schema, value = parameter["schema"], case.query[name]
        if isinstance(value, dict):
            value = list(value)  # of an object, the keys are sent
        if isinstance(value, list) and value and schema.get("type") != "array":
            value = value[-1]  # of a repeated parameter the last one counts
        if not isinstance(value, list) and schema.get("type") == "array" and value != "":
            value = [value]  # as a query spells a list of one
        if name in PATIENT_PARAMETERS or value == "":  # an empty one counts as not given
            continue
        if not is_documented(schema, value):
            return False
    return True


def _is_documented_body(case: AnyCase) -> bool:
    content = _operation(case).get("requestBody", {}).get("content", {})
    if isinstance(case.body, NotSet) or case.media_type != JSON or JSON not in content:
        return True  # a form knows texts only; types are checked where there are types
    return is_documented(content[JSON]["schema"], case.body)


def _is_beyond_words(case: AnyCase, response: Response) -> bool:
    """Whether the server may refuse the request, although the document describes it."""
    if "{query_kind}" in case.operation.path and response.status_code == 405:
        return True  # other words are ids of queries, which are read and deleted
    if response.status_code == 405:  # never hard-deleted: 405 is all that is documented
        return not any(status < "300" for status in _operation(case)["responses"])
    if response.status_code != 400:
        return False
    if case.media_type not in (JSON, None) and not _fits_a_form(case.body):
        return True
    if not _is_documented_body(case):  # schemathesis does not hold every text to its format
        return True
    answer = json.loads(response.content)
    if answer.get("code", "").startswith("hogql_"):  # SQL is a text with a grammar of its own
        return True
    return any(_explains(rule, answer) for rules in RULES.values() for rule in rules)


def _fits_a_form(body: Any) -> bool:
    """Objects, lists and null have no spelling in a form, and an empty text is an absent one."""
    return isinstance(body, dict) and all(
        isinstance(value, (str, int, float, bool)) and value != "" for value in body.values()
    )


def _explains(rule: Rule, answer: dict[str, Any]) -> bool:
    attr = answer.get("attr")
    if (attr is None) != (rule.attrs is None) or not re.fullmatch(rule.attrs or "", attr or ""):
        return False
    detail = answer.get("detail") or answer.get("error") or ""
    return re.fullmatch(rule.detail, detail, re.DOTALL) is not None


def _operation(case: AnyCase) -> dict[str, Any]:
    found: dict[str, Any] = document()["paths"][case.operation.path][case.operation.method.lower()]
    return found
