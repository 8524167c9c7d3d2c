"""What schemathesis is told: who calls, and which ids there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from schemathesis.config import ProjectConfig, SchemathesisConfig

from tests.support.world import World

# Of ten ids nine name a row that there is, so that what lies behind a 404 is reached.
SHARE_OF_REAL_IDS = 0.9
IDS_BY_TAG = {
    "dashboards": "dashboard",
    "insights": "insight",
    "data_color_themes": "theme",
    "dashboard_templates": "template",
    "insight_variables": "variable",
    "persons": "person",
    "query": "query",
    "events": "event",
    "event_definitions": "event_definition",
    "property_definitions": "property_definition",
    "actions": "action",
    "personal_api_keys": "key",
    "projects": "project",
    "environments": "project",
    "organizations": "organization",
}


# Learning from answers makes new strategies without end, each kept for good, and finds little: what
# a request made is rolled back after it, and real ids come from the dictionaries.
LEARNING = {
    "fuzzing": {"extra-data-sources": {"responses": False}, "error-feedback": {"enabled": False}}
}


def real_ids(world: World) -> dict[str, list[Any]]:
    """The ids of the rows, the most interesting first."""
    return {
        "project": [str(world.project.pk), "@current"],
        "organization": [str(world.project.organization_id), "@current"],
        "dashboard": [world.dashboard, world.plain_dashboard],
        "insight": [world.insight],
        "theme": [world.theme],
        "template": [world.template],
        "variable": [world.variable],
        "person": [world.person],
        "query": ["no-such-query"],  # those computed in the background are named by their callers
        "query_kind": ["HogQLQuery"],
        "event": [world.event],
        "event_definition": [world.event_definition],
        "property_definition": [world.property_definition],
        "action": [world.action],
        "key": [world.own_key_id],
        "dashboard_password": [str(world.dashboard_password)],
        "insight_password": [str(world.insight_password)],
        "user": ["@me", str(world.member.uuid)],
        "collaborator": [str(world.member.uuid)],
        "tile": [world.text_tile, world.insight_tile],
    }


PLACES = {
    "path.project_id": "project",
    "path.organization_id": "organization",
    "path.dashboard_id": "dashboard",
    "path.action_id": "action",
    "path.query_kind": "query_kind",
    "path.insight_id": "insight",
    "path.uuid": "user",
    "path.user_uuid": "collaborator",
    "path.user__uuid": "collaborator",
    "body.tile_id": "tile",
    "body.tileId": "tile",
    "body.tile.id": "tile",
    "body.toDashboard": "dashboard",
    "body.fromDashboardId": "dashboard",
    "body.data_color_theme_id": "theme",
    "body.use_dashboard": "dashboard",
    "body.dashboards.[*]": "dashboard",
    "body.user_uuid": "collaborator",
}


def configuration(
    world: World, *, phases: list[str], examples: int, seed: int, seconds: int | None
) -> SchemathesisConfig:
    """All checks, on the operations as an owner with a key that may do everything."""
    ids = real_ids(world)
    bind = _varied if "fuzzing" in phases else _fixed(ids)
    names = ("examples", "coverage", "fuzzing", "stateful")
    return SchemathesisConfig.from_dict(
        {
            "seed": seed,
            **({"max-time": seconds} if seconds else {}),
            "continue-on-failure": True,
            "suppress-health-check": ["all"],  # slow machines are not the server's fault
            "generation": {
                "max-examples": examples,
                "database": "none",
                "allow-x00": False,  # the document cannot say it: see tests of abuse
            },
            "auth": {
                "openapi": {
                    "PersonalAPIKeyAuth": {"bearer": world.key},
                    "BrowserSession": {"api_key": world.session},
                }
            },
            "dictionaries": {name: {"values": values} for name, values in ids.items()},
            "parameters": bind(PLACES),
            "operations": [
                {"include-tag": tag, "parameters": bind(_places_by_tag(tag, name))}
                for tag, name in IDS_BY_TAG.items()
            ],
            "phases": {
                name: {"enabled": name in phases} | LEARNING.get(name, {}) for name in names
            },
        }
    )


def _places_by_tag(tag: str, name: str) -> dict[str, str]:
    """What ids in paths stand for; links and their passwords are below what is shared."""
    places = {"path.id": name}
    if tag in ("dashboards", "insights"):
        places["path.password_id"] = f"{name}_password"
    return places


def _varied(places: dict[str, str]) -> dict[str, Any]:
    return {
        place: {"dictionary": name, "probability": SHARE_OF_REAL_IDS}
        for place, name in places.items()
    }


def _fixed(ids: dict[str, list[Any]]) -> Any:
    """Phases that enumerate cases know no dictionaries; bodies are theirs to vary."""

    def bind(places: dict[str, str]) -> dict[str, Any]:
        return {place: ids[name][0] for place, name in places.items() if place.startswith("path.")}

    return bind


@contextmanager
def kept_configuration() -> Iterator[None]:
    """Within the block what holds for an operation is put together once.

    Schemathesis does it several times for each request, which is a tenth of all the time.
    """
    with ExitStack() as patches:
        for name in ("phases_for", "generation_for", "checks_config_for"):
            kept = _kept(getattr(ProjectConfig, name))
            patches.enter_context(patch.object(ProjectConfig, name, kept))
        yield


def _kept(put_together: Callable[..., Any]) -> Callable[..., Any]:
    answers: dict[Any, Any] = {}

    def kept(config: ProjectConfig, *, operation: Any = None, **options: Any) -> Any:
        key = (operation and operation.label, *options.items())
        if key not in answers:
            answers[key] = put_together(config, operation=operation, **options)
        return answers[key]

    return kept
