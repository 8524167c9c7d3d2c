"""A small server for PostHog's dashboards API."""

from __future__ import annotations

__version__ = "1.0.0"  # of the package, of the API document and of `--version`
