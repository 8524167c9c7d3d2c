"""Markdown of texts and descriptions as safe HTML, the way the page of a share shows it."""

from __future__ import annotations

import html

from django.utils.safestring import SafeString, mark_safe

VERSION = 1  # raised whenever the same text becomes other HTML
LONGEST = 20_000  # characters; more is shown as it was written


def render_markdown(text: str) -> SafeString:
    """Return HTML without scripts, styles and odd links, with words in place of images."""
    from sharing.markdown_html import clean, to_html  # noqa: PLC0415  # few texts are new

    rendered = to_html(text) if len(text) <= LONGEST else _as_written(text)
    return mark_safe(clean(rendered))  # noqa: S308  # cleaned right here


def show_as_written(text: str) -> SafeString:
    """Return the text itself as HTML, for when there is no time to render it."""
    return mark_safe(_as_written(text))  # noqa: S308  # escaped


def plain_words(rendered: str) -> str:
    """Return the words of rendered Markdown without its markup, on one line."""
    if not rendered:
        return ""
    import nh3  # noqa: PLC0415  # it is large, and few pages are described

    return " ".join(html.unescape(nh3.clean(rendered, tags=set())).split())


def _as_written(text: str) -> str:
    return f"<pre>{html.escape(text, quote=False)}</pre>"
