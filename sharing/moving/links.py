"""Shares a dashboard or insight here that its source shares, under a link of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.filters.limits import check_size
from posthog_lite.domain import DomainError
from sharing.models import SharingConfiguration
from sharing.moving.cleaning import mapping
from sharing.resources import resource_filter
from sharing.selectors import active_configurations

if TYPE_CHECKING:
    from sharing.moving.items import Item
    from sharing.moving.target import Target
    from sharing.resources import Resource

LOCKED = "the source asks for a password, which cannot be copied: closed until you add one"


def open_link(*, target: Target, resource: Resource, item: Item) -> None:
    """Make a link where the source has one and nobody has made one here."""
    if item.link is None or not item.link.get("enabled"):
        return
    if active_configurations(project=target.project, resource=resource).exists():
        return
    if not target.project.organization.allow_publicly_shared_resources:
        target.note(item, "not shared: the organization does not allow public links.")
        return
    # With no password stored a protected link opens to nobody, rather than to everybody.
    is_protected = item.link.get("password_required") is True
    link = SharingConfiguration.objects.create(
        project=target.project,
        **resource_filter(resource),
        enabled=True,
        password_required=is_protected,
        settings=_settings(item),
    )
    told = f" ({LOCKED})" if is_protected else ""
    target.links.append(f"{item.title}: /shared/{link.access_token}{told}")


def _settings(item: Item) -> dict[str, object] | None:
    settings = mapping((item.link or {}).get("settings"))
    try:
        check_size(settings)
    except DomainError:
        return None
    return settings or None
