from __future__ import annotations

from typing import Any

TYPES = {401: "authentication_error", 403: "authentication_error", 404: "invalid_request"}


def assert_error(
    response: Any,
    status: int,
    *,
    code: str | None = None,
    detail: str | None = None,
    attr: str | None = None,
    type: str | None = None,  # noqa: A002  # the wire's own word
) -> None:
    """The answer has the one error shape, with this status and whatever else is given."""
    body = response.json()
    assert response.status_code == status, body
    assert response["Content-Type"] == "application/json"
    assert set(body) == {"type", "code", "detail", "attr"}
    assert body["attr"] == attr, body
    expected_type = type or TYPES.get(status)
    if expected_type is not None:
        assert body["type"] == expected_type, body
    if code is not None:
        assert body["code"] == code, body
    if detail is not None:
        assert body["detail"] == detail, body
