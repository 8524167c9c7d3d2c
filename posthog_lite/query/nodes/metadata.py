"""HogQLMetadata: whether SQL can be run, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from posthog_lite.query.errors import UnsupportedQuery
from posthog_lite.query.nodes.reading import Reader
from posthog_lite.query.nodes.sql import HogQLQuery, read_sql

NOT_CHECKED = frozenset({"hog", "hogTemplate", "hogJson", "liquid"})


class Language(StrEnum):
    """A whole SELECT, or an expression within one."""

    SELECT = "hogQL"
    EXPRESSION = "hogQLExpr"


@dataclass(frozen=True)
class HogQLMetadata:
    """A text to check; an expression stands in the SELECT of `source`, else in one from events."""

    text: HogQLQuery
    language: Language = Language.SELECT
    source: HogQLQuery | None = None

    kind = "HogQLMetadata"


def read_metadata(query: Reader) -> HogQLMetadata:
    """Return a HogQLMetadata."""
    if query.text("language") in NOT_CHECKED:
        raise UnsupportedQuery("Only HogQL can be checked.", attr=f"{query.path}.language")
    language = query.choice("language", Language, Language.SELECT)
    source = query.child("sourceQuery")
    is_sql = source.text("kind") == HogQLQuery.kind
    return HogQLMetadata(read_sql(query), language, read_sql(source) if is_sql else None)
