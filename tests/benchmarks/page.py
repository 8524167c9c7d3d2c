"""Measures a shared page of 20 charts in a browser: `python -m tests.benchmarks.page`.

Results are kept, the browser's cache is empty, and the server is on the same machine.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from tests.support.browser import open_browser
from tests.support.demo_server import demo_server

if TYPE_CHECKING:
    from selenium import webdriver

    from tests.support.demo_server import DemoServer

CHARTS, ROUNDS = 20, 5
DISPLAYS = ("ActionsLineGraph", "ActionsBar", "ActionsAreaGraph", "ActionsPie", "ActionsBarValue")
# Notes when the last chart was there, whenever that is.
WATCH = """
new MutationObserver(() => {
  const charts = document.querySelectorAll("[data-chart]");
  const drawn = document.querySelectorAll("[data-chart].drawn");
  if (charts.length && charts.length === drawn.length) window.drawnAt = performance.now();
}).observe(document, {subtree: true, childList: true, attributes: true});
"""
PAINTED = "return performance.getEntriesByName('first-contentful-paint')[0].startTime"


def main() -> None:
    with demo_server() as server, tempfile.TemporaryDirectory() as profile:
        address = make_page(server)
        for _ in range(2):  # the first visit computes
            fetch(address)
        tell(f"{CHARTS} charts, median of {ROUNDS} rounds, goals: 400 kB and 1000 ms")
        tell(f"server: {median(fetch(address)[0] for _ in range(20)) * 1000:.0f} ms")
        tell(f"page: {fetch(address)[1] / 1000:.0f} kB compressed")
        with open_browser(Path(profile)) as browser:
            print_table([visit(browser, address) for _ in range(ROUNDS)])


def make_page(server: DemoServer) -> str:
    """Put charts of the demo's events on a dashboard and share it."""
    dashboard = server.call("POST", "dashboards/", {"name": "Twenty charts"})["id"]
    for n in range(CHARTS):
        series = {"kind": "EventsNode", "event": "$pageview"}
        source = {
            "kind": "TrendsQuery",
            "series": [series],
            "dateRange": {"date_from": f"-{30 + n}d"},
            "trendsFilter": {"display": DISPLAYS[n % len(DISPLAYS)], "showLegend": True},
            "breakdownFilter": {"breakdown": "$browser", "breakdown_type": "event"},
        }
        query = {"kind": "InsightVizNode", "source": source}
        body = {"name": f"Chart {n + 1}", "query": query, "dashboards": [dashboard]}
        server.call("POST", "insights/", body)
    return server.share(dashboard)


def fetch(address: str) -> tuple[float, int]:
    """Return the seconds that the page takes without a browser, and its bytes as they travel."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})  # noqa: S310  # our own
    started = time.monotonic()
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  # as above
        body = answer.read()
    seconds = time.monotonic() - started
    compressed = body if answer.headers["Content-Encoding"] == "gzip" else gzip.compress(body)
    return seconds, len(compressed)


def visit(browser: webdriver.Chrome, address: str) -> dict[str, float]:
    """Open the page with nothing in the cache, and return what it took."""
    browser.execute_cdp_cmd("Network.enable", {})
    browser.execute_cdp_cmd("Network.clearBrowserCache", {})
    browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser.get_log("performance")
    browser.get(address)
    while browser.execute_script("return window.drawnAt") is None:
        time.sleep(0.05)
    return {
        "first paint (ms)": browser.execute_script(PAINTED),
        "all charts drawn (ms)": browser.execute_script("return window.drawnAt"),
        "the browser's work (ms of its main thread)": _work(browser) * 1000,
        "bytes (kB)": _bytes(browser) / 1000,
    }


def _work(browser: webdriver.Chrome) -> float:
    """Return the seconds that the page kept a processor busy, without those it waited for one."""
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    browser.execute_cdp_cmd("Performance.disable", {})
    return next(float(one["value"]) for one in metrics if one["name"] == "TaskDuration")


def _bytes(browser: webdriver.Chrome) -> float:
    """Return what has come over the network, as it was compressed."""
    found = 0.0
    for entry in browser.get_log("performance"):
        message: dict[str, Any] = json.loads(entry["message"])["message"]
        if message["method"] == "Network.loadingFinished":
            found += message["params"]["encodedDataLength"]
    return found


def print_table(rounds: list[dict[str, float]]) -> None:
    for name in rounds[0]:
        values = sorted(one[name] for one in rounds)
        tell(f"{name}: {median(values):.0f} ({values[0]:.0f} to {values[-1]:.0f})")


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
