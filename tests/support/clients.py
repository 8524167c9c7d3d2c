"""Clients of the test run's own server, without a socket between."""

from __future__ import annotations

from typing import Any

from rest_framework.test import APIClient


def client_with(key: str) -> APIClient:
    """A program that sends the key with every request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client


def authorization_of(client: APIClient) -> str:
    """Return the header that names the key of a client."""
    answer: Any = client.get("/api/users/@me/")
    return str(answer.wsgi_request.META["HTTP_AUTHORIZATION"])
