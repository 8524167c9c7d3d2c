"""What axe-core finds on a page that a reader with other senses or hands would stumble over."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from selenium import webdriver

HERE = Path(__file__).parent / "axe"
SCRIPT = HERE / "node_modules" / "axe-core" / "axe.min.js"  # git ignores it
SECONDS = 120
GRAVE = ("serious", "critical")
RUN = """
const done = arguments[arguments.length - 1];
axe.run(document, {resultTypes: ["violations"]}).then(
  ({violations}) => done(violations.map(({id, impact, nodes}) => (
    {id, impact, nodes: nodes.slice(0, 5).map(({html, failureSummary}) => html + failureSummary)}
  ))),
  (error) => done([{id: String(error), impact: "critical", nodes: []}]),
);
"""


@cache
def _axe() -> str:
    """The checker; None but a skipped test where no registry gives it."""
    if not SCRIPT.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("needs npm, to get axe-core")
        options = ["--no-package-lock", "--no-audit", "--no-fund", "--prefer-offline"]
        command = [npm, "install", *options]
        done = subprocess.run(command, cwd=HERE, capture_output=True, timeout=SECONDS, check=False)
        if done.returncode:
            pytest.skip("axe-core could not be had from the registry of npm")
    return SCRIPT.read_text()


def grave_violations(browser: webdriver.Chrome) -> list[Any]:
    """Return the serious and critical violations on the open page."""
    browser.execute_script(_axe())
    found: list[Any] = browser.execute_async_script(RUN)
    return [one for one in found if one["impact"] in GRAVE]
