from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.routers import SimpleRouter

if TYPE_CHECKING:
    from rest_framework.viewsets import ViewSetMixin

PROJECT_PREFIXES = ("projects", "environments")


class OptionalSlashRouter(SimpleRouter):
    """SimpleRouter whose URLs match with and without the trailing slash."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"


def register_project_routes(router: SimpleRouter, noun: str, viewset: type[ViewSetMixin]) -> None:
    """Mount a viewset below both names of a project; `noun` may hold further path segments."""
    basename = noun.rpartition("/")[2]
    for prefix in PROJECT_PREFIXES:
        router.register(
            rf"{prefix}/(?P<project_id>[^/]+)/{noun}", viewset, basename=f"{prefix}-{basename}"
        )
