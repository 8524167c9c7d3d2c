"""Request bodies, read strictly."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, JSONParser

from posthog_lite.strict_json import parse_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO


class StrictJSONParser(JSONParser):
    """JSON as `strict_json` reads it; what that refuses is 400 `parse_error`."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return parse_json(stream.read())
        except ValueError as error:
            raise ParseError(f"JSON parse error - {error}") from error


class StrictFormParser(FormParser):
    """A form. JSON sent as a form is refused in words: curl sends it so without a header."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        body = stream.read()
        if body.lstrip()[:1] in (b"{", b"["):
            raise ParseError(
                "The body is JSON, but was sent as a form. Send it with the header "
                "Content-Type: application/json."
            )
        return super().parse(BytesIO(body), media_type, parser_context)
