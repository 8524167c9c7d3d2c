"""Tags of rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Subquery

from dashboards.models import Tag

if TYPE_CHECKING:
    from django.db.models import Model


def names_of_tags(links: type[Model], **row: OuterRef) -> ArraySubquery:
    """The names of the tags that `links`, a table between rows and tags, has for a row, in order.

    A look-up for each tag. Of a join PostgreSQL thinks, until the first ANALYZE, that reading the
    tags of all projects is faster.
    """
    # What a row of the caller's project carries is of that project.
    name = Subquery(Tag.all_projects.filter(pk=OuterRef("tag_id")).values("name")[:1])
    found = links._default_manager.filter(**row).annotate(name=name)
    return ArraySubquery(found.order_by("name").values("name"))
