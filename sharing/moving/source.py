"""Another server's API: read with a key, and with patience where it limits how often."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import orjson
import urllib3

from posthog_lite.domain import DomainError
from sharing.moving.cleaning import mappings, without_nulls

ATTEMPTS = 8
LONGEST_PAUSE = 600.0
WORTH_REPEATING = frozenset({429, 502, 503, 504})
# Of connections that break; `Retry-After` is minded here, where it can be told.
RETRIES = urllib3.Retry(3, status=0, respect_retry_after_header=False, raise_on_status=False)
TIMEOUT = urllib3.Timeout(connect=15, read=120)
MOST_BYTES = 256 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
MOST_PAGES = 10_000
LONGEST_QUOTE = 200


class SourceFailed(DomainError):
    """The source cannot be asked at all: not there, or it does not take the key."""


class SourceRefused(DomainError):
    """The source does not have what was asked for, or does not give it to this key."""


@dataclass
class Source:
    """A project of a server, as a key of it sees it.

    `report` hears why nothing goes on while it waits, `sleep` is how it does so.
    """

    url: str
    key: str
    project: str
    report: Callable[[str], None] = lambda _said: None
    sleep: Callable[[float], None] = time.sleep
    _pool: urllib3.PoolManager = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.url = self.url.rstrip("/")
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SourceFailed("must be an address like https://eu.posthog.com", attr="from")
        self._pool = urllib3.PoolManager(
            timeout=TIMEOUT,
            headers={"Authorization": f"Bearer {self.key}", "Accept": "application/json"},
        )

    @property
    def name(self) -> str:
        """Return what its rows are remembered under."""
        return f"{self.url.lower()}#{self.project}"[:400]

    def get(self, path: str, **parameters: Any) -> Any:
        """Return JSON from below the project. Raises SourceRefused or SourceFailed."""
        # Newer lists are found below environments only, older ones below projects only.
        try:
            return self._get(f"/api/projects/{self.project}/{path}/", parameters)
        except SourceRefused as error:
            if error.code != "404":
                raise
            return self._get(f"/api/environments/{self.project}/{path}/", parameters)

    def pages(self, path: str, size: int, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Return the objects of a list, page by page."""
        for number in range(MOST_PAGES):
            page = self.get(path, limit=size, offset=number * size, **parameters)
            found = page if isinstance(page, list) else _results(page)
            yield from mappings(found)
            if not found or not isinstance(page, dict) or not page.get("next"):
                return

    def _get(self, path: str, parameters: Mapping[str, Any]) -> Any:
        address = f"{self.url}{path}"
        if parameters:
            address += f"?{urlencode(parameters)}"
        for attempt in range(1, ATTEMPTS + 1):
            status, headers, body = self._ask(address, path)
            if status not in WORTH_REPEATING or attempt == ATTEMPTS:
                break
            self._pause(status, headers, attempt)
        return _read(path, status, body)

    def _ask(self, address: str, path: str) -> tuple[int, Mapping[str, str], bytes]:
        try:
            # A redirect is not followed: the key is for the server that was named.
            response = self._pool.request(
                "GET", address, redirect=False, retries=RETRIES, preload_content=False
            )
            with response:
                body = bytearray()
                for chunk in response.stream(CHUNK_BYTES):
                    body += chunk
                    if len(body) > MOST_BYTES:
                        raise SourceRefused(f"{path}: larger than {MOST_BYTES // 1024**2} MB.")
                return response.status, response.headers, bytes(body)
        except urllib3.exceptions.HTTPError as error:
            reason = getattr(error, "reason", None) or error  # else with the pool and its retries
            raise SourceFailed(f"{self.url} does not answer: {reason}"[:500]) from error

    def _pause(self, status: int, headers: Mapping[str, str], attempt: int) -> None:
        asked = seconds_to_wait(headers.get("Retry-After"), now=datetime.now(UTC))
        seconds = min(2.0**attempt if asked is None else asked, LONGEST_PAUSE)
        self.report(f"The source answers {status}: going on in {seconds:.0f} s.")
        self.sleep(seconds)


def seconds_to_wait(retry_after: str | None, *, now: datetime) -> float | None:
    """Return the seconds that `Retry-After` asks for, which may name a moment instead."""
    if not retry_after:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _results(page: Any) -> Any:
    return page.get("results") if isinstance(page, dict) else None


def _read(path: str, status: int, body: bytes) -> Any:
    if status == 401:
        raise SourceFailed(f"is not taken by the source: {_quote(body)}", attr="key")
    if status != 200:
        refused = SourceRefused(f"{path}: the source answers {status}. {_quote(body)}")
        refused.code = str(status)
        raise refused
    try:
        return without_nulls(orjson.loads(body))
    except (orjson.JSONDecodeError, RecursionError) as error:
        raise SourceRefused(f"{path}: the source answers no JSON: {_quote(body)}") from error


def _quote(body: bytes) -> str:
    return " ".join(body[:LONGEST_QUOTE].decode(errors="replace").split())
