"""Values of filters of the old form, as queries write them: once they came from addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posthog_lite.query.nodes.trends import Display
from posthog_lite.strict_json import parse_json

if TYPE_CHECKING:
    JSON = dict[str, Any]

# What may be JSON in a text.
PARTS = (
    "events",
    "actions",
    "exclusions",
    "properties",
    "breakdowns",
    "target_entity",
    "returning_entity",
)
FLAGS = ("explicit_date", "filter_test_accounts", "compare", "cumulative", "show_mean")
NUMBERS = (
    "smoothing_intervals",
    "breakdown_limit",
    "breakdown_histogram_bin_count",
    "breakdown_attribution_value",
    "funnel_window_interval",
    "funnel_from_step",
    "funnel_to_step",
    "bin_count",
    "total_intervals",
    "step_limit",
    "edge_limit",
    "min_edge_weight",
    "max_edge_weight",
)
TRUE = frozenset({"true", "1", "yes", "on"})
DISPLAYS = frozenset(Display)


def cleaned(filters: JSON) -> JSON:
    """Return old filters with values that a query can have; what means nothing is left out."""
    readers = (
        *((name, _part) for name in PARTS),
        *((name, _flag) for name in FLAGS),
        *((name, _number) for name in NUMBERS),
        ("display", _display),
        ("breakdown", _breakdown),
        ("breakdown_type", _breakdown_type),
    )
    return filters | {name: read(filters[name]) for name, read in readers if name in filters}


def _part(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_json(value.encode())
    except ValueError:
        return None


def _flag(value: Any) -> Any:
    return value.lower() in TRUE if isinstance(value, str) else value


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else None


def _display(value: Any) -> Any:
    """Return a display that there still is; the others were those of other kinds."""
    return value if isinstance(value, str) and value in DISPLAYS else None


def _breakdown(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    return [one for one in value if one is not None] or None


def _breakdown_type(value: Any) -> Any:
    old = {"events": "event", "undefined": None}
    return old.get(value, value) if isinstance(value, str) else None
