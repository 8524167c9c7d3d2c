"""Limits what a visitor's page may load, who may frame it and who may keep it."""

from __future__ import annotations

from typing import TypeVar

from django.http.response import HttpResponseBase

R = TypeVar("R", bound=HttpResponseBase)

POLICY = "Content-Security-Policy"


def protect(response: R, *, may_be_framed: bool) -> R:
    """Allow no scripts but ours, no other hosts, no search engines, and frames where asked to.

    Apps frame pages from schemes of their own, which `*` does not cover.
    """
    styles = response.headers.get(POLICY, "style-src 'self'")
    ancestors = "" if may_be_framed else "; frame-ancestors 'self'"
    response.headers[POLICY] = (
        f"default-src 'none'; {styles}; script-src 'self'; connect-src 'self'; img-src 'self'; "
        f"form-action 'self'; base-uri 'none'{ancestors}"
    )
    if not may_be_framed:
        response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "private, no-store"
    # With "no-referrer" browsers would not say where our own forms come from either.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
