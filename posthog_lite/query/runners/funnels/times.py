"""The view of times: how long actors took from one step to another, in bins."""

from __future__ import annotations

from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.ast import call, constant, field
from posthog_lite.query.context import Ask
from posthog_lite.query.runners.arrays import element
from posthog_lite.query.runners.funnels.funnel import Funnel
from posthog_lite.query.runners.funnels.statement import DONE, PATH, paths
from posthog_lite.query.trees import select

MAX_AUTOMATIC_BINS = 60
# The width of a bin when all took the same time.
ONLY_WIDTH = 60
SECONDS = field("seconds")


def time_results(funnel: Funnel, ask: Ask) -> dict[str, Any]:
    """The bins, and the average over all actors that converted."""
    rows = ask(_statement(funnel))
    if not rows:
        return {"bins": [], "average_conversion_time": None}
    _, _, low, width, count, _ = rows[0]
    found = {int(number): size for number, size, *_ in rows}
    bins = [[int(low + width * at), found.get(at, 0)] for at in range(int(count) + 1)]
    total = sum(row[5] for row in rows)
    return {"bins": bins, "average_conversion_time": total / sum(found.values())}


def _statement(funnel: Funnel) -> ast.SelectQuery:
    """Rows of `bin, count, low, width, bins, sum`."""
    first = element(PATH, funnel.query.first + 1)
    last = element(PATH, funnel.query.last + 1)
    elapsed = call("divide", call("minus", last, first), constant(1_000_000))
    converted = call("greater", DONE, constant(funnel.query.last))
    times = select({"seconds": elapsed}, paths(funnel), where=[converted])
    everyone = select(
        {
            "seconds": SECONDS,
            "low": _over_all("min", call("floor", SECONDS)),
            "high": _over_all("max", call("ceil", SECONDS)),
            "bins": _bins(funnel),
        },
        times,
    )
    span = call("divide", call("minus", field("high"), field("low")), field("bins"))
    width = call("if", call("equals", span, constant(0)), constant(ONLY_WIDTH), call("ceil", span))
    wide = select(
        {"seconds": SECONDS, "low": field("low"), "bins": field("bins"), "width": width}, everyone
    )
    number = call("floor", call("divide", call("minus", SECONDS, field("low")), field("width")))
    return select(
        {
            "bin": number,
            "count": call("count"),
            "first": call("any", field("low")),
            "size": call("any", field("width")),
            "number": call("any", field("bins")),
            "total": call("sum", SECONDS),
        },
        wide,
        group_by=["bin"],
    )


def _over_all(function: str, expr: ast.Expr) -> ast.Expr:
    return ast.WindowFunction(function, (expr,), over_expr=ast.WindowExpr())


def _bins(funnel: Funnel) -> ast.Expr:
    """Return the number of bins: as given, or the cube root of the number of actors, rounded up."""
    if funnel.query.bin_count:
        return constant(funnel.query.bin_count)
    everyone = ast.WindowFunction("count", (), over_expr=ast.WindowExpr())
    # A cube root a hair above a whole number is that number.
    root = call("ceil", call("minus", call("cbrt", everyone), constant(1e-9)))
    return call("least", root, constant(MAX_AUTOMATIC_BINS))
