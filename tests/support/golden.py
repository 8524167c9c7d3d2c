"""Recorded answers: events in, a query, numbers out. The cases are in `tests/golden`.

A case has `now`, `timezone`, `week_start`, `persons`, `events`, `query` and `expect`, which maps
paths of the answer to values. `order_matters: false` compares lists as multisets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID, uuid5

import pytest

from posthog_lite.domain import DomainError
from posthog_lite.events.person_names import name_properties
from posthog_lite.query.context import Action, QueryContext
from posthog_lite.query.executor import Executor
from posthog_lite.query.nodes.parsing import parse_node
from posthog_lite.query.nodes.paths import CleaningRule
from posthog_lite.query.runners.registry import compute
from tests.support.engine import insert

Case = Mapping[str, Any]

FOLDER = Path(__file__).parent.parent / "golden"
NAMESPACE = UUID("6f1a3c52-07a4-4f0e-9a53-0d5c0e3b7a11")
EVENT_COLUMNS = (
    "project_id", "uuid", "event", "timestamp", "distinct_id", "person_id", "properties",
    "created_at", "$session_id", "$group_0", "$group_1", "elements_chain", "person_mode",
)  # fmt: skip
ID_COLUMNS = ("project_id", "distinct_id", "person_id", "version", "is_deleted")
GROUP_COLUMNS = (
    "project_id", "group_type_index", "group_key", "created_at", "properties", "version",
)  # fmt: skip
PERSON_COLUMNS = (
    "project_id",
    "id",
    "properties",
    "created_at",
    "is_identified",
    "is_implicit",
    "version",
)
TOKEN = re.compile(
    r"\.?(?P<name>[A-Za-z_]+)|\[(?P<all>\*)\]|\[(?P<index>\d+)\]"
    r'|\[(?P<key>[a-z_]+)=(?P<wanted>\[(?:"(?:[^"\\]|\\.)*")(?:,"(?:[^"\\]|\\.)*")*\]'
    r'|"(?:[^"\\]|\\.)*")\](?P<every>\*?)'
)
# Properties that go to columns of their own.
LIFTED = ("$session_id", "$group_0", "$group_1", "$elements_chain")
_project_ids = count(1_000_000)


def cases(kind: str) -> list[Case]:
    """The recorded cases of one file."""
    found: list[Case] = json.loads((FOLDER / f"{kind}.json").read_text())
    return found


def read(value: Any, path: str) -> Any:
    """The part of an answer at a path such as `results[label="x"].data[0]`."""
    return _read(value, list(TOKEN.finditer(path)))


def _read(value: Any, tokens: Sequence[re.Match[str]]) -> Any:
    if not tokens:
        return value
    token, rest = tokens[0], tokens[1:]
    if token["name"]:
        return _read(_member(value, token["name"]), rest)
    if token["all"]:
        return [_read(item, rest) for item in value]
    if token["index"]:
        return _read(value[int(token["index"])], rest)
    wanted = json.loads(token["wanted"])
    found = [item for item in value if _first(item).get(token["key"]) == wanted]
    if not token["every"]:
        return _read(found[0], rest)
    if rest and rest[0]["index"]:
        return _read(found[int(rest[0]["index"])], rest[1:])
    return [_read(item, rest) for item in found]


def _member(value: Any, name: str) -> Any:
    if isinstance(value, list) and name in ("length", "sum"):
        return len(value) if name == "length" else sum(value)
    return value[name]


def _first(item: Any) -> Any:
    return item[0] if isinstance(item, list) else item


def assert_as_recorded(case: Case, answer: Any) -> None:
    """The answer has the recorded values."""
    for path, wanted in case["expect"].items():
        found = read(answer, path)
        if not case["order_matters"] and _is_many(path) and isinstance(wanted, list):
            found, wanted = _sorted(found), _sorted(wanted)
        assert agrees(found, wanted, case), f"{path}: {found!r} instead of {wanted!r}"


def _is_many(path: str) -> bool:
    return path == "results" or "[*]" in path or "]*" in path


def _sorted(value: Any) -> Any:
    return sorted(value, key=lambda item: json.dumps(item, sort_keys=True, default=str))


def agrees(found: Any, wanted: Any, case: Case) -> bool:
    """Equality, with the case's tolerance for numbers."""
    if isinstance(wanted, list):
        return (
            isinstance(found, list | tuple)
            and len(found) == len(wanted)
            and all(agrees(one, other, case) for one, other in zip(found, wanted, strict=True))
        )
    if isinstance(wanted, dict):
        return isinstance(found, dict) and all(
            key in found and agrees(found[key], value, case) for key, value in wanted.items()
        )
    return _same(found, wanted, case)


def _same(found: Any, wanted: Any, case: Case) -> bool:
    if case.get("boolean_as_number") and isinstance(found, bool | int):
        return bool(found == wanted)
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return bool(abs(found - wanted) <= case.get("tolerance", 1e-9))
    return bool(found == wanted)


def store(case: Case) -> int:
    """Put a case's persons and events into the engine, as a project of its own."""
    project = next(_project_ids)
    owners = dict(_owners(case, project))
    insert("persons", PERSON_COLUMNS, list(_persons(case, project, owners)))
    ids = [[project, known, owner, 1, 0] for known, owner in owners.items()]
    insert("person_distinct_ids", ID_COLUMNS, ids)
    groups = [[project, *(*group, "{}")[:4], 1] for group in case.get("groups") or ()]
    if groups:
        insert("groups", GROUP_COLUMNS, groups)
    insert("events", EVENT_COLUMNS, list(_events(case, project, owners)))
    return project


def _owners(case: Case, project: int) -> Iterator[tuple[str, UUID]]:
    """The person of each distinct id; one that no person claims is a person of its own."""
    for event in case.get("events", ()):
        yield event["distinct_id"], uuid5(NAMESPACE, f"{project}:{event['distinct_id']}")
    for person in case.get("persons") or ():
        first = person["distinct_ids"][0]
        for distinct_id in person["distinct_ids"]:
            yield distinct_id, uuid5(NAMESPACE, f"{project}:{first}")


def _persons(case: Case, project: int, owners: Mapping[str, UUID]) -> Iterator[list[Any]]:
    first_seen: dict[str, str] = {}
    for event in case.get("events", ()):
        first_seen.setdefault(event["distinct_id"], event["timestamp"])
    profiles = {person["distinct_ids"][0]: person for person in case.get("persons") or ()}
    claimed = {known for person in profiles.values() for known in person["distinct_ids"]}
    loners: dict[str, Any] = {loner: {} for loner in owners if loner not in claimed}
    for distinct_id, person in (profiles | loners).items():
        created = person.get("created_at") or first_seen.get(distinct_id, case["now"])
        properties = json.dumps(person.get("properties") or {})
        yield [project, owners[distinct_id], properties, created, 0, distinct_id in loners, 1]


def _events(case: Case, project: int, owners: Mapping[str, UUID]) -> Iterator[list[Any]]:
    for at, event in enumerate(case.get("events", ())):
        properties = event.get("properties") or {}
        yield [
            project,
            uuid5(NAMESPACE, f"{project}/{at}"),
            event["event"],
            event["timestamp"],
            event["distinct_id"],
            owners[event["distinct_id"]],
            json.dumps(properties),
            event["timestamp"],
            *(str(properties.get(key) or "") for key in LIFTED),
            "propertyless" if properties.get("$process_person_profile") is False else "full",
        ]


def context_of(
    case: Case, project: int, actions: Mapping[int, Action] | None = None
) -> QueryContext:
    """The settings and the moment of a case."""
    types = case.get("property_definitions") or {}
    return QueryContext(
        project_id=project,
        now=datetime.fromisoformat(case["now"]),
        timezone=case["timezone"],
        week_start_day=case["week_start"],
        test_account_filters=tuple(case.get("test_account_filters") or ()),
        path_cleaning=tuple(CleaningRule(**rule) for rule in case.get("path_cleaning") or ()),
        property_types={
            (owner, name): kind for name, kind in types.items() for owner in ("event", "person")
        },
        actions=actions or {},
        group_types=case.get("group_types") or {},
        has_overrides=False,
        person_names=name_properties(case.get("person_names")),
    )


def executor(context: QueryContext, engine: ModuleType) -> Executor:
    """The function that runs a tree for a project."""
    return Executor(context, engine.execute)


def answer(case: Case, engine: ModuleType, **settings: Any) -> dict[str, Any]:
    """Store a case and ask its query."""
    context = context_of(case, store(case), **settings)
    return compute(parse_node(case["query"]), context, executor(context, engine))


def check(case: Case, engine: ModuleType) -> None:
    """Store a case, ask its query and compare; a case may record that it is refused."""
    if "error" not in case["expect"]:
        assert_as_recorded(case, answer(case, engine))
        return
    with pytest.raises(DomainError) as refused:
        answer(case, engine)
    assert 400 <= refused.value.status_code < 500
    assert refused.value.detail == case["expect"].get("error_message", refused.value.detail)
