"""Markdown as people write it, and as it must not hurt a page."""

from __future__ import annotations

import time

import pytest
from rest_framework.test import APIClient

from dashboards.models import Dashboard, Insight, Text
from sharing import rendering
from sharing.markdown import plain_words, render_markdown
from sharing.models import RenderedMarkdown
from tests.sharing.conftest import Share
from tests.sharing.visitors import page
from tests.support.queries import count_queries

REL = 'target="_blank" rel="noopener noreferrer nofollow"'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "see https://example.com.",
            f'<a href="https://example.com" {REL}>https://example.com</a>.',
        ),
        ("see www.example.com/a?b=c)", f'<a href="http://www.example.com/a?b=c" {REL}>'),
        ("[site](https://example.com)", f'<a href="https://example.com" {REL}>site</a>'),
        ("- [x] done", "<li>☑ done</li>"),
        ("- [X] done", "<li>☑ done</li>"),
        ("1. [ ] open", "<li>☐ open</li>"),
        ("# One", "<h3>One</h3>"),
        ("##### Five", "<h6>Five</h6>"),
        ("|a|\n|-:|\n|1|", '<td class="align-right">1</td>'),
        ("|a|\n|:-:|\n|1|", '<th class="align-center">a</th>'),
        ("```\nx\n```", '<pre tabindex="0"><code>x\n</code></pre>'),
        ("~~old~~", "<s>old</s>"),
    ],
)
def test_markdown_as_people_write_it(written: str, shown: str) -> None:
    assert shown in render_markdown(written)


@pytest.mark.parametrize("written", ["main.py", "e.g. this", "- [y] no box", "[ ] no list"])
def test_ordinary_words_stay_words(written: str) -> None:
    assert "<a" not in render_markdown(written)
    assert written.removeprefix("- ") in render_markdown(written)


def test_links_within_the_page_stay_within_it() -> None:
    assert "target" not in render_markdown("[up](#top)")


def test_plain_words_have_no_markup() -> None:
    rendered = render_markdown("**b** [l](https://e.com) & <x>\n\n# two")
    assert plain_words(rendered) == "b l & <x> two"


def test_texts_longer_than_any_card_are_shown_as_written() -> None:
    assert render_markdown("*a* " * 10_000).startswith("<pre>*a* ")


def test_descriptions_are_rendered_too(
    visitor: APIClient, share: Share, dashboard: Dashboard
) -> None:
    Dashboard.all_projects.update(description="**fat** <script>")
    Insight.all_projects.update(description="_thin_")
    html = page(visitor, f"/shared/{share(dashboard).access_token}")
    assert "<strong>fat</strong> &lt;script&gt;" in html
    assert "<em>thin</em>" in html
    assert '<meta property="og:description" content="fat &lt;script&gt;">' in html


def test_a_text_is_rendered_once(
    visitor: APIClient, share: Share, dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = f"/shared/{share(dashboard).access_token}"
    first = page(visitor, path)
    kept = RenderedMarkdown.objects.for_project(dashboard.project).count()
    monkeypatch.setattr("sharing.rendering.render_markdown", lambda text: "rendered again")
    assert "rendered again" not in page(visitor, path)
    assert "<h3>Hello</h3>" in first
    Text.all_projects.update(body="# Changed")
    assert "rendered again" in page(visitor, path)
    assert RenderedMarkdown.objects.for_project(dashboard.project).count() == kept + 1


def test_a_page_does_not_wait_long_for_texts_that_take_long(
    dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rendering, "SECONDS", 0.05)
    texts = [f"{number} " + "![" * 1900 for number in range(100)]
    begun = time.monotonic()
    rendered = rendering.render_texts(project=dashboard.project, texts=texts)
    assert time.monotonic() - begun < 3
    assert set(rendered) == set(texts)
    assert any(html.startswith("<pre>") for html in rendered.values())
    again = rendering.render_texts(project=dashboard.project, texts=texts[:1])
    assert again[texts[0]].startswith("<p>")


def test_rendering_takes_two_queries_whatever_the_number_of_texts(dashboard: Dashboard) -> None:
    # What is known; what is new.
    for number in (1, 10):
        with count_queries() as queries:
            rendering.render_texts(
                project=dashboard.project, texts=[f"{number}: {n}" for n in range(number)]
            )
        assert len(queries) == 2
