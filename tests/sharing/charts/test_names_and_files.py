"""Names on charts, and the scripts of others that draw them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sharing.charts.colors import make_palette
from sharing.charts.draw import draw
from sharing.charts.names import short_name

VENDOR = Path("sharing/static/sharing/vendor")


def test_the_files_of_others_are_unmodified() -> None:
    for line in (VENDOR / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Chrome", "Chrome"),
        ("https://example.com/pricing?x=1", "/pricing?x=1"),
        ("https://example.com/", "https://example.com/"),
        ("a" * 20 + "b" * 20, "a" * 11 + "…" + "b" * 15),
    ],
)
def test_long_names_keep_the_ends_that_tell_them_apart(name: str, short: str) -> None:
    assert short_name(name) == short


def test_names_of_paths_never_lie_on_one_another() -> None:
    link = {"source": "1_/", "target": "2_/pricing", "value": 3, "average_conversion_time": 9}
    insight = {"query": {"kind": "PathsQuery"}, "result": [link]}
    drawing = draw(insight, make_palette(["#111111"], []), now=datetime(2026, 11, 25, tzinfo=UTC))
    assert drawing.option is not None
    [series] = drawing.option["option"]["series"]
    assert series["labelLayout"] == {"hideOverlap": True}
    assert series["label"]["overflow"] == "truncate"
