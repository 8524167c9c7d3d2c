"""The static files, looked for once in a test process: each test client is a server of its own."""

from __future__ import annotations

from functools import cache
from typing import Any

from whitenoise.middleware import WhiteNoiseMiddleware


class StaticFiles(WhiteNoiseMiddleware):
    """WhiteNoise, with what the first of the process found."""

    def add_files_from_finders(self) -> None:
        self.files.update(_found())


@cache
def _found() -> dict[str, Any]:
    return dict(WhiteNoiseMiddleware(lambda request: request).files)
