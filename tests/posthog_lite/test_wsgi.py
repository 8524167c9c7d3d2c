from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings

from posthog_lite.wsgi import with_chunked_bodies

Body = Callable[[dict[str, Any]], tuple[str | None, bytes]]


@pytest.fixture
def body_seen() -> Body:
    """The length and body the application finds in an environment."""

    def call(environ: dict[str, Any]) -> tuple[str | None, bytes]:
        seen: dict[str, Any] = {}

        def app(inner: dict[str, Any], start_response: Any) -> list[bytes]:
            seen.update(inner)
            return []

        list(with_chunked_bodies(app)(environ, lambda *args: lambda data: None))
        return seen.get("CONTENT_LENGTH"), seen["wsgi.input"].read()

    return call


def test_a_chunked_body_gets_its_length(body_seen: Body) -> None:
    environ = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": BytesIO(b'{"a": 1}')}
    assert body_seen(environ) == ("8", b'{"a": 1}')


def test_a_chunked_body_over_the_limit_is_read_no_further(body_seen: Body) -> None:
    stream = BytesIO(b"x" * (settings.MAX_BODY_BYTES + 100))
    length, body = body_seen({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream})
    assert length == str(settings.MAX_BODY_BYTES + 1)
    assert len(body) == settings.MAX_BODY_BYTES + 1


def test_a_body_with_a_length_is_left_alone(body_seen: Body) -> None:
    environ = {"CONTENT_LENGTH": "2", "wsgi.input": BytesIO(b"{}")}
    assert body_seen(environ) == ("2", b"{}")
