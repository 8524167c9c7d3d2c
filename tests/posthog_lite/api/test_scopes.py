from __future__ import annotations

from typing import Any

import pytest
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from posthog_lite.accounts.scopes import SCOPE_OBJECTS, is_granted, is_valid_scope
from posthog_lite.api.scopes import required_scopes
from posthog_lite.api.viewsets import ScopedViewSet
from posthog_lite.checks import iterate_patterns

nouns = st.sampled_from(sorted(SCOPE_OBJECTS))
actions = st.sampled_from(["read", "write"])
scopes = st.builds("{}:{}".format, nouns, actions)
granted = st.lists(scopes)


@given(scopes)
@pytest.mark.parametrize("nothing", [None, []])
def test_no_scopes_grant_nothing(nothing: list[str] | None, required: str) -> None:
    assert not is_granted(required, nothing)


@given(scopes, granted)
def test_a_scope_grants_itself(required: str, others: list[str]) -> None:
    assert is_granted(required, [*others, required])


@given(scopes, granted)
def test_a_star_grants_everything(required: str, others: list[str]) -> None:
    assert is_granted(required, [*others, "*"])


@given(nouns)
def test_write_implies_read(noun: str) -> None:
    assert is_granted(f"{noun}:read", [f"{noun}:write"])


@given(nouns)
def test_read_does_not_imply_write(noun: str) -> None:
    assert not is_granted(f"{noun}:write", [f"{noun}:read"])


@given(scopes, granted)
def test_scopes_of_other_objects_grant_nothing(required: str, given_scopes: list[str]) -> None:
    noun = required.partition(":")[0]
    others = [scope for scope in given_scopes if scope.partition(":")[0] != noun]
    assert not is_granted(required, others)


@given(scopes, granted, granted)
def test_more_scopes_never_take_away(required: str, some: list[str], more: list[str]) -> None:
    assert not is_granted(required, some) or is_granted(required, some + more)


@given(scopes)
def test_every_object_with_an_action_is_valid(scope: str) -> None:
    assert is_valid_scope(scope)


@given(st.text())
def test_any_other_text_is_no_valid_scope(text: str) -> None:
    assert not is_valid_scope(text + "!")
    assert not is_valid_scope(f"{text}:admin")


class Subject(ScopedViewSet):
    scope_object = "dashboard"


@pytest.mark.parametrize(
    ("action", "scope"),
    [
        ("list", "dashboard:read"),
        ("retrieve", "dashboard:read"),
        ("metadata", "dashboard:read"),
        ("create", "dashboard:write"),
        ("update", "dashboard:write"),
        ("partial_update", "dashboard:write"),
        ("destroy", "dashboard:write"),
    ],
)
def test_standard_actions_follow_from_the_scope_object(action: str, scope: str) -> None:
    assert required_scopes(Subject(), action) == [scope]


def test_other_actions_must_name_theirs() -> None:
    assert required_scopes(Subject(), "move_tile") is None
    assert required_scopes(Subject(required_scopes=["query:read"]), "move_tile") == ["query:read"]
    assert required_scopes(ScopedViewSet(), "list") is None


def test_every_account_view_but_the_keys_names_a_scope() -> None:
    """A view without one refuses keys, which only the management of keys means to do."""
    without = set()
    for path, pattern in iterate_patterns(get_resolver()):
        callback: Any = pattern.callback
        view_class = getattr(callback, "cls", None)
        if view_class is None or not issubclass(view_class, ScopedViewSet):
            continue
        view = view_class(**callback.initkwargs)
        actions_of_route = callback.actions.values()
        if None in [required_scopes(view, name) for name in actions_of_route]:
            without.add(path.split("/")[1].lstrip("^"))
    assert without == {"personal_api_keys"}
