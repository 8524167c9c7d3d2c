"""The scopes that an action asks of a personal API key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posthog_lite.api.viewsets import ScopedViewSet

READ_ACTIONS = frozenset({"list", "retrieve"})
WRITE_ACTIONS = frozenset({"create", "update", "partial_update", "destroy"})


def required_scopes(view: ScopedViewSet, action: str | None) -> list[str] | None:
    """The scopes `action` needs, all of them; None when it declares none.

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
