"""Clients of the test run's own server, without a socket between."""

from __future__ import annotations

from rest_framework.test import APIClient


def client_with(key: str) -> APIClient:
    """A program that sends the key with every request."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {key}")
    return client
