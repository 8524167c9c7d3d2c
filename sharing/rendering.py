"""Renders the texts of a page once: what was rendered before is read back."""

from __future__ import annotations

import hashlib
import time
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe

from sharing.markdown import VERSION, render_markdown, show_as_written
from sharing.models import RenderedMarkdown

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from posthog_lite.accounts.models import Project

SECONDS = 1.0  # for the new texts of one page; the rest is shown as written until it is rendered
KEPT = timedelta(days=30)


def render_texts(*, project: Project, texts: Iterable[str]) -> dict[str, SafeString]:
    """Return the HTML of each text, by the text.

    Two statements whatever the number of texts. A text for which there is no time left is shown
    as it was written; the next page that shows it goes on from there.
    """
    by_digest = {_digest(text): text for text in texts}
    if not by_digest:
        return {}
    rows = RenderedMarkdown.objects.for_project(project).filter(digest__in=list(by_digest))
    known = dict(rows.values_list("digest", "html"))
    fresh = _render_in_time(
        {digest: text for digest, text in by_digest.items() if digest not in known}
    )
    _keep(project, fresh)
    rendered = known | fresh
    return {
        text: mark_safe(rendered[digest])  # noqa: S308  # cleaned when it was rendered
        if digest in rendered
        else show_as_written(text)
        for digest, text in by_digest.items()
    }


def remove_old_renderings(*, now: datetime) -> None:
    """Remove what was rendered a month ago: texts change."""
    # Housekeeping crosses projects on purpose.
    RenderedMarkdown.all_projects.filter(created_at__lte=now - KEPT).delete()


def _render_in_time(texts: dict[str, str]) -> dict[str, str]:
    end = time.monotonic() + SECONDS
    rendered: dict[str, str] = {}
    for digest, text in texts.items():
        if time.monotonic() >= end:
            break
        rendered[digest] = render_markdown(text)
    return rendered


def _keep(project: Project, fresh: dict[str, str]) -> None:
    if fresh:
        rows = [RenderedMarkdown(project=project, digest=d, html=html) for d, html in fresh.items()]
        RenderedMarkdown.objects.bulk_create(rows, ignore_conflicts=True)


def _digest(text: str) -> str:
    return hashlib.sha256(f"{VERSION}:{text}".encode(errors="replace")).hexdigest()
