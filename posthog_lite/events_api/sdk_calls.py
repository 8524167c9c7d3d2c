"""The other calls of SDKs when they start: the smallest answers that keep each of them quiet.

No flag is computed here, no replay kept, no survey shown; the configuration says so, and clients
that ask nevertheless are told that there is nothing.
"""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

import orjson
from django.http import HttpResponse, JsonResponse

from posthog_lite.events.compression import unpack
from posthog_lite.events.json_bodies import load_json
from posthog_lite.events.payloads import check_token
from posthog_lite.events.receiving import SMALL, find_project
from posthog_lite.events.refusals import (
    EmptyBody,
    MissingDistinctID,
    MissingToken,
    TokenRefusal,
    UnknownToken,
    Unparsable,
)
from posthog_lite.events_api.answers import sdk_view
from posthog_lite.events_api.capture import read_payload

if TYPE_CHECKING:
    from django.http import HttpRequest

FRESH_FOR = "public, max-age=300"


class NoFlagToken(MissingToken):
    text = "No API token provided. Please include a valid API token in your request."


class UnknownFlagToken(UnknownToken):
    text = (
        "The provided API key is invalid or has expired. Please check your API key and try again."
    )


class NoFlagDistinctID(MissingDistinctID):
    text = "The distinct_id field is missing from the request. Please include a valid identifier."


def remote_config(token: str) -> dict[str, Any]:
    """Configure a browser SDK: to capture, compressed, and to use nothing that is not here."""
    return {
        "token": token,
        "supportedCompression": ["gzip", "gzip-js"],
        "hasFeatureFlags": False,
        "captureDeadClicks": False,
        "capturePerformance": False,
        "autocapture_opt_out": False,
        "autocaptureExceptions": False,
        "analytics": {"endpoint": "/i/v0/e/"},
        "elementsChainAsString": True,
        "sessionRecording": False,
        "heatmaps": False,
        "surveys": None,  # at `False` browsers load the script for them, which is not here
        "productTours": False,
        "defaultIdentifiedOnly": True,
        "siteApps": [],
        "isAuthenticated": False,
        "toolbarParams": {},
        "config": {"enable_collect_everything": True},
    }


@sdk_view
def config(request: HttpRequest, token: str) -> HttpResponse:
    if not _is_known(token):
        return HttpResponse(status=404)
    response = JsonResponse(remote_config(token))
    response.headers["Cache-Control"] = FRESH_FOR
    return response


@sdk_view
def config_script(request: HttpRequest, token: str) -> HttpResponse:
    if not _is_known(token):
        return HttpResponse(status=404)
    name = orjson.dumps(token).decode()
    value = orjson.dumps({"config": remote_config(token), "siteApps": []}).decode()
    script = (
        "(function(){window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};"
        f"window._POSTHOG_REMOTE_CONFIG[{name}]={value}}})();"
    )
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = FRESH_FOR
    return response


@sdk_view
def flags(request: HttpRequest) -> HttpResponse:
    """Answer with no flags, in the shape that this version of the question expects."""
    token = _caller(request)
    version = request.GET.get("v", "")
    common = {"errorsWhileComputingFlags": False, "requestId": str(uuid.uuid4())}
    if version in ("2", "4") and request.path_info.startswith("/flags"):
        evaluated_at = int(time.time() * 1000)
        return JsonResponse({"flags": {}, **common, "evaluatedAt": evaluated_at})
    found: Any = [] if version == "1" else {}
    return JsonResponse(
        {**remote_config(token), "featureFlags": found, "featureFlagPayloads": {}, **common}
    )


@sdk_view
def flag_definitions(request: HttpRequest) -> HttpResponse:
    """Answer servers that would compute flags themselves: there are none."""
    if not _is_known(request.GET.get("token", "")):
        raise UnknownFlagToken
    return JsonResponse({"flags": [], "group_type_mapping": {}, "cohorts": {}})


@sdk_view
def replay(request: HttpRequest) -> HttpResponse:
    """Recordings are not kept, whatever is in them."""
    return JsonResponse({"status": 1})


NOTHING: dict[str, dict[str, Any]] = {
    "surveys": {"surveys": [], "survey_config": None},
    "web_experiments": {"experiments": []},
    "early_access_features": {"earlyAccessFeatures": []},
    "product_tours": {"product_tours": []},
}


@sdk_view
def nothing(request: HttpRequest, noun: str) -> HttpResponse:
    """An empty list of what pages could be shown."""
    if not _is_known(request.GET.get("token", "")):
        raise UnknownFlagToken
    return JsonResponse(NOTHING[noun])


def _is_known(token: str) -> bool:
    try:
        find_project(check_token(token))
    except TokenRefusal:
        return False
    return True


def _caller(request: HttpRequest) -> str:
    """The token of a question for flags, which must name its person too."""
    data = _question(request)
    token = data.get("token") or data.get("api_key") or request.GET.get("token")
    if not isinstance(token, str) or not token.strip():
        raise NoFlagToken
    if not _is_known(token):
        raise UnknownFlagToken
    if data.get("distinct_id") in (None, "") and data.get("$distinct_id") in (None, ""):
        raise NoFlagDistinctID
    return token.strip()


def _question(request: HttpRequest) -> dict[str, Any]:
    try:
        body, packing = read_payload(request)
    except EmptyBody:
        return {}
    data = load_json(unpack(body, packing=packing, limit=SMALL))
    if not isinstance(data, dict):
        raise Unparsable("expected an object")
    return data
