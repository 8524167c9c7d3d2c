"""One query of a project, from its tree to rows: the settings it is read with, and the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, cast

import orjson
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.fields.json import KT
from django.db.models.functions import JSONObject

from posthog_lite.accounts.models import Project
from posthog_lite.clickhouse import engine
from posthog_lite.clickhouse.limits import QUERY_SECONDS
from posthog_lite.database.compiled import CompiledQuery
from posthog_lite.database.stored_json import as_objects
from posthog_lite.database.transactions import release_connection
from posthog_lite.events.models import Action as StoredAction
from posthog_lite.events.models import GroupType, PersonOverride, PropertyDefinition, PropertyKind
from posthog_lite.events.outbox import move_waiting
from posthog_lite.events.person_names import name_properties
from posthog_lite.query.context import Action, ActionStep, QueryContext
from posthog_lite.query.executor import Executor
from posthog_lite.query.nodes.paths import MAX_RULES, CleaningRule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from posthog_lite.query.context import PropertyType

K = TypeVar("K")
V = TypeVar("V")

LEAST_SECONDS = 0.5  # for the last statement of a query whose time is over, to say so itself
MOST_DEFINITIONS = 20_000
MOST_ACTIONS = 2_000
STEP_KEYS = frozenset(ActionStep.__dataclass_fields__)


# The rules for paths, what names people, whether any event is somebody else's by now, and the
# types of groups.
OF_PROJECT = CompiledQuery(
    lambda project: Project.objects.filter(pk=project).values_list(
        KT("kept_settings__path_cleaning_filters"),
        KT("kept_settings__person_display_name_properties"),
        Exists(PersonOverride.all_projects.filter(project=OuterRef("pk"))),
        ArraySubquery(
            GroupType.all_projects.filter(project=OuterRef("pk")).values_list(
                JSONObject(index="group_type_index", name="group_type")
            )
        ),
    ),
    project=int,
)
TYPED_PROPERTIES = CompiledQuery(
    lambda project: (
        PropertyDefinition.all_projects.filter(project=project)
        .exclude(property_type=None)
        .values_list("type", "group_type_index", "name", "property_type")[:MOST_DEFINITIONS]
    ),
    project=int,
)
LIVE_ACTIONS = CompiledQuery(
    lambda project: (
        StoredAction.all_projects.filter(project=project, deleted=False)
        .order_by("-id")
        .values_list("pk", "name", "steps")[:MOST_ACTIONS]
    ),
    project=int,
)


class WhenNeeded(Mapping[K, V]):
    """A mapping that is read when it is first looked into; most queries look into few."""

    def __init__(self, read: Callable[[], Mapping[K, V]]) -> None:
        self._read = read

    @cached_property
    def _found(self) -> Mapping[K, V]:
        found = self._read()
        release_connection()  # the engine is next
        return found

    def __getitem__(self, key: K) -> V:
        return self._found[key]

    def __iter__(self) -> Iterator[K]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def context_of(project: Project, now: datetime) -> QueryContext:
    """Return what the project's queries depend on beside themselves."""
    [(rules, names, has_overrides, group_types)] = OF_PROJECT.rows(project=project.pk)
    return QueryContext(
        project_id=project.pk,
        now=now,
        timezone=project.timezone,
        week_start_day=project.week_start_day or 0,
        test_account_filters=tuple(as_objects(project.test_account_filters)),
        path_cleaning=_path_cleaning(rules),
        property_types=WhenNeeded(lambda: _property_types(project)),
        actions=WhenNeeded(lambda: {action.id: action for action in _actions(project)}),
        group_types=dict(map(_group_type, group_types)),
        has_overrides=has_overrides,
        person_names=name_properties(orjson.loads(names or "null")),
    )


class SharedContext:
    """The context shared by the queries of one request, read when the first of them is computed.

    Events that wait are moved by then, so that each query sees what came before the request.
    """

    def __init__(self, project: Project, now: datetime) -> None:
        self.project, self.now = project, now
        self._lock = threading.Lock()
        self._context: QueryContext | None = None

    def context(self) -> QueryContext:
        """Return what the queries depend on beside themselves."""
        with self._lock:
            if self._context is None:
                move_waiting(project_id=self.project.pk)
                self._context = context_of(self.project, self.now)
            return self._context


def executor(context: QueryContext, name: str | None = None) -> Executor:
    """The function that runs trees for the project of `context`, all of them within one time.

    Under `name` the engine can be told to end them.
    """
    deadline = time.monotonic() + QUERY_SECONDS

    def execute(
        sql: str, parameters: Mapping[str, Any], *, settings: Mapping[str, Any]
    ) -> engine.Result:
        seconds = max(deadline - time.monotonic(), LEAST_SECONDS)
        return engine.execute(sql, parameters, settings=settings, seconds=seconds, query_id=name)

    return Executor(context, execute)


def _property_types(project: Project) -> dict[tuple[str, str], PropertyType]:
    found: dict[tuple[str, str], PropertyType] = {}
    for kind, index, name, property_type in TYPED_PROPERTIES.rows(project=project.pk):
        owner = _owner(kind, index)
        if owner:
            found[owner, name] = cast("PropertyType", property_type)
    return found


def _group_type(stored: str) -> tuple[int, str]:
    found = orjson.loads(stored)
    return found["index"], found["name"]


def _path_cleaning(rules: str | None) -> tuple[CleaningRule, ...]:
    """The project's rules for paths; what is not a rule there is left out."""
    stored = as_objects(orjson.loads(rules or "[]"))
    found = ((rule.get("regex"), rule.get("alias")) for rule in stored[:MAX_RULES])
    return tuple(
        CleaningRule(regex, alias)
        for regex, alias in found
        if isinstance(regex, str) and isinstance(alias, str)
    )


def _owner(kind: int, index: int) -> str | None:
    if kind == PropertyKind.GROUP:
        return f"group_{index}"
    owners: Mapping[int, str] = {PropertyKind.EVENT: "event", PropertyKind.PERSON: "person"}
    return owners.get(kind)


def _actions(project: Project) -> list[Action]:
    return [
        Action(pk, name, tuple(_step(step) for step in as_objects(orjson.loads(steps))))
        for pk, name, steps in LIVE_ACTIONS.rows(project=project.pk)
    ]


def _step(stored: Mapping[str, Any]) -> ActionStep:
    given = {key: value for key, value in stored.items() if key in STEP_KEYS and value is not None}
    return ActionStep(**given | {"properties": tuple(as_objects(given.get("properties")))})
