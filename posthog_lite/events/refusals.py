"""Reasons to take no event of a capture request, in the words that SDKs show."""

from __future__ import annotations

from typing import ClassVar

from posthog_lite.domain import DomainError


class CaptureRefusal(DomainError):
    """A request that is refused whole. Answered as plain text."""

    text: ClassVar[str]

    def __init__(self, why: str = "") -> None:
        super().__init__(f"{self.text}{why}")


class Undecodable(CaptureRefusal):
    text = "failed to decode request: "


class Unparsable(CaptureRefusal):
    text = "failed to parse request: "


class EmptyBody(CaptureRefusal):
    text = "request missing data payload"


class NoEvents(CaptureRefusal):
    text = "request holds no event"


class EmptyEventName(CaptureRefusal):
    text = "event submitted with an empty event name"


class MissingDistinctID(CaptureRefusal):
    text = "event submitted without a distinct_id"


class PayloadTooLarge(CaptureRefusal):
    status_code = 413
    text = "maximum event size exceeded"


class TokenRefusal(CaptureRefusal):
    status_code = 401


class MissingToken(TokenRefusal):
    text = "event submitted without an api_key"


class InconsistentTokens(TokenRefusal):
    text = "batch submitted with inconsistent api_key values"


class InvalidToken(TokenRefusal):
    text = "API key is not valid: "


class UnknownToken(TokenRefusal):
    text = "Project API key invalid. You can find your project API key in your project settings."
