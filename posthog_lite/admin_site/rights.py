"""Rights in the admin that depend on the kind of row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_permission_codename

if TYPE_CHECKING:
    from django.db.models.options import Options
    from django.http import HttpRequest


class ReadOnly:
    """Rows are looked at here, and made and changed elsewhere or by the actions alone."""

    opts: Options[Any]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Let those run the actions who could change rows, were it possible."""
        return may_change(self.opts, request)


def may_change(opts: Options[Any], request: HttpRequest) -> bool:
    """Return whether Django's permissions let the user change rows of this kind."""
    name = get_permission_codename("change", opts)
    return bool(request.user.has_perm(f"{opts.app_label}.{name}"))


class GrantedBySuperusers:
    """Rows that give rights: whoever could make or change one could give themselves any."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


def is_superuser(request: HttpRequest) -> bool:
    """Return whether somebody is signed in who may do everything anyway."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
