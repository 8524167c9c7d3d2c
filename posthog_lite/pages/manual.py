"""The manual: the Markdown files of `posthog_lite/docs`, rendered once in each process."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

FOLDER = Path(__file__).resolve().parent.parent / "docs"
INDEX = "index"
# How links and pictures are written, so that they work in a viewer of the repository too.
PAGE_LINK = re.compile(r"(\w+)\.md(#.*)?")
STATIC_LINK = re.compile(r"\.\./static/(.+)")
IN_CONTENTS = ("h2", "h3")
TITLE = ("heading_open", "inline", "heading_close")  # the tokens of the first line of a page


@dataclass(frozen=True)
class Heading:
    """A heading, and the anchor at which it is found."""

    tag: str
    anchor: str
    text: str


@dataclass(frozen=True)
class ManualPage:
    """A page of the manual, ready to be shown."""

    name: str
    title: str
    body: SafeString
    contents: tuple[Heading, ...]


@dataclass(frozen=True)
class Chapter:
    """Pages that the index lists below one heading, by name and title."""

    title: str
    pages: tuple[tuple[str, str], ...]


@cache
def chapters() -> tuple[Chapter, ...]:
    """Return the chapters of the index, in its order."""
    found: list[tuple[str, list[tuple[str, str]]]] = []
    for token, following in _pairs(_markdown.parse((FOLDER / f"{INDEX}.md").read_text())):
        if token.type == "heading_open" and token.tag == "h2":
            found.append((following.content, []))
        for name in _linked_pages(token):
            found[-1][1].append((name, title_of(name)))
    return tuple(Chapter(title, tuple(pages)) for title, pages in found)


@cache
def page_names() -> tuple[str, ...]:
    """Return the names of all pages in the order in which they are read."""
    return (INDEX, *(name for chapter in chapters() for name, _ in chapter.pages))


@cache
def title_of(name: str) -> str:
    """Return the first line of a page, which is its title."""
    with (FOLDER / f"{name}.md").open() as file:
        return file.readline().removeprefix("# ").strip()


@cache
def read_page(name: str) -> ManualPage:
    """Return a page that the manual has."""
    tokens = _markdown.parse((FOLDER / f"{name}.md").read_text())
    body = _markdown.renderer.render(tokens[len(TITLE) :], _markdown.options, {})
    contents = tuple(heading for heading in headings(tokens) if heading.tag in IN_CONTENTS)
    # The text is this project's own, and HTML in it is shown as it is written.
    return ManualPage(name, title_of(name), mark_safe(body), contents)  # noqa: S308


def address_of(name: str) -> str:
    """Return the path at which a page is served."""
    return "/docs/" if name == INDEX else f"/docs/{name}/"


def neighbours(name: str) -> list[tuple[str, str] | None]:
    """Return address and title of the pages before and after this one."""
    names = (None, *page_names(), None)
    at = names.index(name)
    return [
        None if one is None else (address_of(one), read_page(one).title)
        for one in (names[at - 1], names[at + 1])
    ]


def headings(tokens: Sequence[Token]) -> Iterator[Heading]:
    """Yield the headings of a parsed page."""
    for token, following in _pairs(tokens):
        if token.type == "heading_open":
            yield Heading(token.tag, str(token.attrGet("id")), _words(following))


def anchor_of(text: str) -> str:
    """Return the anchor of a heading, the same that viewers of repositories give it."""
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


class _Renderer(RendererHTML):
    """Adds what a page needs beside its text: links to its headings, boxes that scroll."""

    def heading_close(
        self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
    ) -> str:
        anchor = tokens[idx - 2].attrGet("id")
        link = f' <a class="anchor" href="#{anchor}" aria-label="Link to this section">#</a>'
        return f"{link}</{tokens[idx].tag}>\n"

    def table_open(self, *_: object) -> str:
        return '<div class="scrolls" tabindex="0"><table>\n'

    def table_close(self, *_: object) -> str:
        return "</table></div>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"<pre><code>{escapeHtml(tokens[idx].content)}</code></pre>\n"

    code_block = fence


def _fit_into_site(state: StateCore) -> None:
    """Give headings their anchors, and links and pictures their addresses on this server."""
    seen: dict[str, int] = {}
    for token, following in _pairs(state.tokens):
        if token.type == "heading_open":
            anchor = anchor_of(_words(following))
            seen[anchor] = seen.get(anchor, -1) + 1
            token.attrSet("id", f"{anchor}-{seen[anchor]}" if seen[anchor] else anchor)
        for child in token.children or ():
            if child.type == "link_open":
                child.attrSet("href", _address_of_link(str(child.attrGet("href"))))
            elif child.type == "image":
                child.attrSet("src", _address_of_picture(str(child.attrGet("src"))))


def _address_of_link(link: str) -> str:
    found = PAGE_LINK.fullmatch(link)
    return f"{address_of(found[1])}{found[2] or ''}" if found else link


def _address_of_picture(link: str) -> str:
    found = STATIC_LINK.fullmatch(link)
    return static(found[1]) if found else link


def _linked_pages(token: Token) -> Iterator[str]:
    for child in token.children or ():
        href = str(child.attrGet("href")) if child.type == "link_open" else ""
        if href.startswith("/docs/") and href != "/docs/":
            yield href.removeprefix("/docs/").partition("/")[0]


def _words(inline: Token) -> str:
    """Return a heading without its markup."""
    return "".join(child.content for child in inline.children or ())


def _pairs(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token]]:
    """Yield each token with the one that follows it."""
    return zip(tokens, [*tokens[1:], *tokens[-1:]], strict=True)


def _make_markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer)
    markdown.enable(["table", "strikethrough"])
    markdown.core.ruler.push("fit_into_site", _fit_into_site)
    return markdown


_markdown = _make_markdown()
