"""The scopes that an action asks of a personal API key."""

from __future__ import annotations

from typing import Protocol

READ_ACTIONS = frozenset({"list", "retrieve"})
WRITE_ACTIONS = frozenset({"create", "update", "partial_update", "destroy"})


class Scoped(Protocol):
    """A view that names the scopes of its actions."""

    @property
    def scope_object(self) -> str | None: ...

    @property
    def required_scopes(self) -> list[str] | None: ...


def required_scopes(view: Scoped, action: str | None) -> list[str] | None:
    """Return the scopes that `action` needs, all of them; None when it declares none.

    An action says so itself (`@action(..., required_scopes=[...])`); the standard ones follow
    from the view's `scope_object`.
    """
    if view.required_scopes is not None:
        return view.required_scopes
    if view.scope_object is None:
        return None
    if action in READ_ACTIONS or action == "metadata":
        return [f"{view.scope_object}:read"]
    return [f"{view.scope_object}:write"] if action in WRITE_ACTIONS else None
