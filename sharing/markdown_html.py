"""Turns Markdown to HTML and cleans it. Loaded when something is rendered: it takes 3 MB."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import nh3
from linkify_it.main import LinkifyIt
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

HEADINGS_BELOW = 2  # the page has the first two levels itself
TASK = re.compile(r"^\[([ xX])\](?=\s)")
REST_OF_ADDRESS = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#][^\s<>\"']*[^\s<>\"'.,;:!?)])?")
BOXES = {" ": "\N{BALLOT BOX}", "x": "\N{BALLOT BOX WITH CHECK}"}
ALIGNMENT = re.compile(r"text-align:(left|center|right)")
# No images: the page asks no other host for anything.
TAGS = (nh3.ALLOWED_TAGS - {"img", "map", "area", "center", "font", "iframe"}) | {"div"}
CLASSES = {
    "div": {"scrolls"},
    **{cell: {"align-left", "align-center", "align-right"} for cell in ("td", "th")},
}
ATTRIBUTES = {
    "a": {"href", "title", "target"},
    "ol": {"start"},
    "div": {"tabindex"},
    "pre": {"tabindex"},
}


class _Renderer(RendererHTML):
    """Renders the HTML of the page: words for images, classes for styles, boxes that scroll."""

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return escapeHtml(self.renderInlineAsText(tokens[idx].children, options, env))

    def table_open(self, *_: Any) -> str:
        return '<div class="scrolls" tabindex="0"><table>'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f'<pre tabindex="0"><code>{escapeHtml(tokens[idx].content)}</code></pre>\n'

    code_block = fence


def to_html(text: str) -> str:
    """Return Markdown as HTML, which is still to be cleaned."""
    rendered: str = _markdown.render(text)
    return rendered


def clean(rendered: str) -> str:
    """Return HTML without scripts, styles and odd links."""
    return nh3.clean(
        rendered,
        tags=TAGS,
        attributes=ATTRIBUTES,
        allowed_classes=CLASSES,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _fit_into_page(state: StateCore) -> None:
    """Adapt the parsed tokens: lower headings, links that leave frames, alignment by class."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + HEADINGS_BELOW)}"
        elif token.type in ("th_open", "td_open"):
            _align_by_class(token)
        for child in token.children or ():
            if child.type == "link_open" and not str(child.attrGet("href")).startswith("#"):
                child.attrSet("target", "_blank")


def _align_by_class(token: Token) -> None:
    """The page's policy bars styles of elements."""
    found = ALIGNMENT.match(str(token.attrs.pop("style", "")))
    if found:
        token.attrSet("class", f"align-{found[1]}")


def _draw_task_boxes(state: StateCore) -> None:
    """Turn `[x]` at the beginning of a list item into a box sign."""
    tokens = state.tokens
    for item, paragraph, content in zip(tokens, tokens[1:], tokens[2:], strict=False):
        is_item = item.type == "list_item_open" and paragraph.type == "paragraph_open"
        if is_item and content.children and content.children[0].type == "text":
            first = content.children[0]
            first.content = TASK.sub(_box, first.content)


def _box(found: re.Match[str]) -> str:
    return BOXES[found[1].lower()]


def _host_length(_: LinkifyIt, text: str, position: int) -> int:
    found = REST_OF_ADDRESS.match(text, position)
    return len(found[0]) if found else 0


def _complete_address(_: LinkifyIt, match: Any) -> None:
    match.url = f"http://{match.url}"


def _make_markdown() -> MarkdownIt:
    options = {"html": False, "linkify": True}
    markdown = MarkdownIt("commonmark", options, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough", "linkify"])
    links = LinkifyIt(options={"fuzzy_link": False})  # `main.py` is a file, not a site
    links.add("www.", {"validate": _host_length, "normalize": _complete_address})
    markdown.linkify = links
    markdown.core.ruler.push("fit_into_page", _fit_into_page)
    markdown.core.ruler.push("task_boxes", _draw_task_boxes)
    return markdown


_markdown = _make_markdown()
