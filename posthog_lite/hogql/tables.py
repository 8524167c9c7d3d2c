"""The tables a query may name: their columns, what joins to them by a dot, and where rows are.

Every table is printed as a subquery that begins with the project, so that no clause of a query
can see another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from posthog_lite.hogql.channels import arrival_of, channel_type, domain_type
from posthog_lite.hogql.types import (
    ARRAY,
    BOOLEAN,
    DATETIME,
    NUMBER,
    STRING,
    UUID,
    Printed,
    ValueType,
    json_of,
)

PROJECT = "project_id"  # the column of every table of the engine
GROUP_TYPES = 5


@dataclass(frozen=True, slots=True)
class Join:
    """A table reached by a dot: `own` column of this one equals `other` of that one."""

    table: str
    own: str
    other: str


@dataclass(frozen=True, slots=True)
class Table:
    """`columns` maps a name to the SQL that gives it within `origin`, and to its type.

    `condition` is added to that of the project; a `group_by` makes every column an aggregate.
    """

    name: str
    origin: str
    columns: Mapping[str, Printed]
    joins: Mapping[str, Join] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset({"team_id"})
    is_final: bool = False
    condition: str | None = None
    group_by: str | None = None

    def shown(self) -> list[str]:
        """Return the names that `*` stands for."""
        return [name for name in self.columns if name not in self.hidden]


def _plain(**types: ValueType) -> dict[str, Printed]:
    return {name: Printed(name, type_) for name, type_ in types.items()}


_TEAM = {"team_id": Printed(PROJECT, NUMBER)}
_ELEMENT = "(?:^|;)(a|button|form|input|select|textarea|label)(?:\\\\.|:|$)"

EVENTS = Table(
    "events",
    "events",
    {
        **_plain(
            uuid=UUID,
            event=STRING,
            properties=json_of("event"),
            timestamp=DATETIME,
            distinct_id=STRING,
            elements_chain=STRING,
            created_at=DATETIME,
        ),
        "$session_id": Printed("`$session_id`", STRING),
        "$window_id": Printed("`$window_id`", STRING),
        **_plain(person_mode=STRING, person_id=UUID),
        **_TEAM,
        **{f"$group_{n}": Printed(f"`$group_{n}`", STRING) for n in range(GROUP_TYPES)},
        "elements_chain_href": Printed('extract(elements_chain, \'href="([^"]*)"\')', STRING),
        "elements_chain_texts": Printed(
            'arrayDistinct(extractAll(elements_chain, \'[:"]text="([^"]*)"\'))', ARRAY
        ),
        "elements_chain_ids": Printed(
            'arrayDistinct(extractAll(elements_chain, \'attr_id="([^"]*)"\'))', ARRAY
        ),
        "elements_chain_elements": Printed(
            f"arrayDistinct(extractAll(elements_chain, '{_ELEMENT}'))", ARRAY
        ),
    },
    joins={
        "person": Join("persons", "person_id", "id"),
        "poe": Join("persons", "person_id", "id"),
        "pdi": Join("person_distinct_ids", "distinct_id", "distinct_id"),
        "session": Join("sessions", "$session_id", "session_id"),
        **{
            f"group_{n}": Join(f"groups of type {n}", f"$group_{n}", "key")
            for n in range(GROUP_TYPES)
        },
    },
    hidden=frozenset(
        ["team_id", *(f"$group_{n}" for n in range(GROUP_TYPES))]
        + [f"elements_chain_{part}" for part in ("href", "texts", "ids", "elements")]
    ),
)

_PERSON = {
    **_plain(id=UUID, created_at=DATETIME, properties=json_of("person")),
    **_plain(is_identified=NUMBER, is_implicit=NUMBER),
    **_TEAM,
}


def _initial(name: str) -> str:
    return f"nullIf(JSONExtract(properties, '$initial_{name}', 'Nullable(String)'), '')"


_DOMAIN = _initial("referring_domain")
_PERSON["$virt_initial_referring_domain_type"] = Printed(
    f"if({_DOMAIN} = '$direct', '$direct', {domain_type(_DOMAIN)})", STRING.or_null()
)
_PERSON["$virt_initial_channel_type"] = Printed(channel_type(arrival_of(_initial)), STRING)
# Properties of persons that are reckoned from others.
VIRTUAL = frozenset(name for name in _PERSON if name.startswith("$virt_"))
_PERSON_JOINS = {"pdi": Join("person_distinct_ids", "id", "person_id")}
_DISTINCT_ID = {**_plain(distinct_id=STRING, person_id=UUID), **_TEAM}
_DISTINCT_ID_JOINS = {"person": Join("persons", "person_id", "id")}
_VERSIONED = _plain(is_deleted=NUMBER, version=NUMBER)
_NOT_DELETED = "is_deleted = 0"

PERSONS = Table(
    "persons",
    "persons",
    _PERSON,
    _PERSON_JOINS,
    hidden=frozenset({"team_id", "is_implicit", *VIRTUAL}),
    is_final=True,
    condition=_NOT_DELETED,
)
PERSON_DISTINCT_IDS = Table(
    "person_distinct_ids",
    "person_distinct_ids",
    _DISTINCT_ID,
    _DISTINCT_ID_JOINS,
    is_final=True,
    condition=_NOT_DELETED,
)
RAW_PERSONS = Table(
    "raw_persons",
    "persons",
    {**_PERSON, **_VERSIONED},
    _PERSON_JOINS,
    hidden=frozenset({"team_id", "is_implicit", *VIRTUAL}),
)
RAW_PERSON_DISTINCT_IDS = Table(
    "raw_person_distinct_ids",
    "person_distinct_ids",
    {**_DISTINCT_ID, **_VERSIONED},
    _DISTINCT_ID_JOINS,
)


def _groups(name: str, owner: str, condition: str | None = None) -> Table:
    columns = {
        "index": Printed("group_type_index", NUMBER),
        "key": Printed("group_key", STRING),
        **_plain(created_at=DATETIME, properties=json_of(owner)),
        **_TEAM,
    }
    return Table(name, "groups", columns, is_final=True, condition=condition)


GROUPS = _groups("groups", "group")


def _first(property_name: str) -> Printed:
    value = f"JSONExtract(properties, '{property_name}', 'Nullable(String)')"
    return Printed(f"nullIf(argMin({value}, timestamp), '')", STRING.or_null())


def _of_url(function: str, pick: str) -> Printed:
    url = "JSONExtract(properties, '$current_url', 'Nullable(String)')"
    return Printed(f"{function}(nullIf({pick}({url}, timestamp), ''))", STRING.or_null())


_URLS = "JSONExtract(properties, '$current_url', 'Nullable(String)')"
_DURATION = "dateDiff('second', min(timestamp), max(timestamp))"
_CLICK = "JSONExtract(properties, '$external_click_url', 'Nullable(String)')"
_LARGEST_PAINT = (
    "toFloat64OrNull(replaceAll(JSONExtractRaw(properties, '$web_vitals_LCP_value'), '\"', ''))"
)
_CHANNEL = channel_type(
    arrival_of(lambda name: _first(f"${name}" if name == "referring_domain" else name).sql)
)
_PAGES, _CAPTURES = "countIf(event = '$pageview')", "countIf(event = '$autocapture')"

SESSIONS = Table(
    "sessions",
    "events",
    {
        "session_id": Printed("`$session_id`", STRING),
        "id": Printed("`$session_id`", STRING),
        "distinct_id": Printed("argMax(distinct_id, timestamp)", STRING),
        "$start_timestamp": Printed("min(timestamp)", DATETIME),
        "$end_timestamp": Printed("max(timestamp)", DATETIME),
        "$urls": Printed(f"groupUniqArray({_URLS})", ARRAY),
        "$num_uniq_urls": Printed(f"uniqExact({_URLS})", NUMBER),
        "$entry_current_url": _of_url("", "argMin"),
        "$entry_pathname": _of_url("path", "argMin"),
        "$entry_hostname": _of_url("domain", "argMin"),
        "$end_current_url": _of_url("", "argMax"),
        "$end_pathname": _of_url("path", "argMax"),
        "$end_hostname": _of_url("domain", "argMax"),
        "$entry_referring_domain": _first("$referring_domain"),
        **{
            f"$entry_{name}": _first(name)
            for name in (
                "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term",
                "gclid", "gad_source", "fbclid", "msclkid", "gclsrc", "dclid", "gbraid", "wbraid",
                "twclid", "li_fat_id", "mc_cid", "igshid", "ttclid", "_kx", "irclid",
            )
        },
        "$exit_current_url": _of_url("", "argMax"),
        "$exit_pathname": _of_url("path", "argMax"),
        "$last_external_click_url": Printed(
            f"nullIf(argMax({_CLICK}, timestamp), '')", STRING.or_null()
        ),
        "$vitals_lcp": Printed(f"argMin({_LARGEST_PAINT}, timestamp)", NUMBER.or_null()),
        "$pageview_count": Printed(_PAGES, NUMBER),
        "$autocapture_count": Printed(_CAPTURES, NUMBER),
        "$screen_count": Printed("countIf(event = '$screen')", NUMBER),
        "$channel_type": Printed(_CHANNEL, STRING),
        "$session_duration": Printed(_DURATION, NUMBER),
        "duration": Printed(_DURATION, NUMBER),
        "$is_bounce": Printed(
            f"if({_PAGES} = 0, NULL, {_PAGES} = 1 AND {_CAPTURES} = 0 AND {_DURATION} < 10)",
            BOOLEAN.or_null(),
        ),
        "$page_screen_autocapture_count_up_to": Printed(
            "least(2, countIf(event IN ('$pageview', '$screen', '$autocapture')))", NUMBER
        ),
        **_TEAM,
    },
    hidden=frozenset(
        {
            "team_id", "duration", "id", "$exit_current_url", "$exit_pathname",
            "$page_screen_autocapture_count_up_to",
        }
    ),
    condition="`$session_id` != ''",
    group_by=f"{PROJECT}, `$session_id`",
)  # fmt: skip

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        EVENTS, PERSONS, PERSON_DISTINCT_IDS, RAW_PERSONS, RAW_PERSON_DISTINCT_IDS, GROUPS,
        SESSIONS,
    )
}  # fmt: skip

# Reached by a dot only: a name with spaces is not a name of a table in a query.
_BY_DOT: Mapping[str, Table] = {
    f"groups of type {n}": _groups(f"groups of type {n}", f"group_{n}", f"group_type_index = {n}")
    for n in range(GROUP_TYPES)
}


def joined_table(join: Join) -> Table:
    """Return the table that a dot leads to."""
    return _BY_DOT.get(join.table) or TABLES[join.table]
