"""Names of events and properties with a meaning to the server."""

from __future__ import annotations

import re

IDENTIFY = "$identify"
CREATE_ALIAS = "$create_alias"
MERGE_DANGEROUSLY = "$merge_dangerously"
GROUP_IDENTIFY = "$groupidentify"
SET = "$set"
DELETE_PERSON_PROPERTY = "$delete_person_property"
FEATURE_FLAG_CALLED = "$feature_flag_called"

# Such an event without a person makes no sense.
NEEDS_PERSON = frozenset({IDENTIFY, CREATE_ALIAS, MERGE_DANGEROUSLY, GROUP_IDENTIFY})
CHANGES_NO_PERSON = frozenset({"$exception", "$$heatmap"})
# The property that names the other id, by the event that merges two.
OTHER_ID = {IDENTIFY: "$anon_distinct_id", CREATE_ALIAS: "alias", MERGE_DANGEROUSLY: "alias"}

_DEVICE = [
    "$app_build",
    "$app_name",
    "$app_namespace",
    "$app_version",
    "$browser",
    "$browser_version",
    "$device_type",
    "$current_url",
    "$pathname",
    "$os",
    "$os_version",
    "$referring_domain",
    "$referrer",
    "$screen_height",
    "$screen_width",
    "$viewport_height",
    "$viewport_width",
    "$raw_user_agent",
]
CAMPAIGN = [
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_name",
    "utm_term",
    "gclid",
    "gad_source",
    "gclsrc",
    "dclid",
    "gbraid",
    "wbraid",
    "fbclid",
    "msclkid",
    "twclid",
    "li_fat_id",
    "mc_cid",
    "igshid",
    "ttclid",
    "rdt_cid",
    "irclid",
    "_kx",
    "epik",
    "qclid",
    "sccid",
]
LIFTED = frozenset([*_DEVICE, *CAMPAIGN])
SYSTEM = frozenset({"$os", "$os_version"})
INITIAL = {name: "$initial_" + name.removeprefix("$") for name in LIFTED}
# New values of these alone are not worth writing to a person: they come with nearly every event.
FREQUENT = frozenset(
    ["$os_name", *(name for name in _DEVICE if not name.startswith("$app_"))]
) | frozenset(
    f"$geoip_{name}"
    for name in [
        "postal_code",
        "latitude",
        "longitude",
        "accuracy_radius",
        "time_zone",
        "subdivision_1_code",
        "subdivision_1_name",
        "subdivision_2_code",
        "subdivision_2_name",
        "subdivision_3_code",
        "subdivision_3_name",
        "city_confidence",
        "country_confidence",
        "postal_code_confidence",
    ]
)
# Of no use to choose from: what they say stands elsewhere, or was never meant for events.
HIDDEN_OF_EVENTS = frozenset(
    [
        "distinct_id",
        "$set",
        "$set_once",
        "$initial_referrer",
        "$initial_referring_domain",
        "$groups",
        "$group_type",
        "$group_key",
        "$group_set",
        *(f"$group_{index}" for index in range(5)),
    ]
)
# Large, and of no use once the event is here.
REMOVED = frozenset(
    [
        "ph_product_tours",
        "$session_recording_remote_config",
        "$product_tours_activated",
        "$product_tours_enabled_server_side",
        "$surveys_activated",
        "$feature_flag_payloads",
        "$override_feature_flag_payloads",
    ]
)

_NO_ID = "anonymous guest distinctid distinct_id id not_authenticated email undefined true false"
_NO_ID_ANY_CASE = frozenset(_NO_ID.split())
_NO_ID_EXACTLY = frozenset(["[object Object]", *["NaN", "None", "none", "null", "0", "undefined"]])
_QUOTED = re.compile(r"""(['"])(.*)\1""", re.DOTALL)


def is_illegal_id(distinct_id: str) -> bool:
    """Return whether an id is a placeholder, which must not merge people."""
    quoted = _QUOTED.fullmatch(distinct_id)
    bare = quoted[2] if quoted else distinct_id
    return not bare.strip() or bare.lower() in _NO_ID_ANY_CASE or bare in _NO_ID_EXACTLY
