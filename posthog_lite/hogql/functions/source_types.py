"""Functions that look up of what kind a source, a domain or a medium is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from posthog_lite.hogql import ast, channels
from posthog_lite.hogql.functions.spec import Special
from posthog_lite.hogql.types import STRING, Printed

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import Printer


def _looked_up(kind: Callable[[str], str]) -> Special:
    def printed(printer: Printer, node: ast.Call) -> Printed:
        value = printer.expr(node.args[0]).sql
        return Printed(kind(f"toString({value})"), STRING.or_null())

    return Special(1, 1, printed)


_TYPES = {
    "DomainType": channels.domain_type,
    "PaidSourceType": channels.paid_source_type,
    "PaidMediumType": channels.paid_medium_type,
    "OrganicSourceType": channels.organic_source_type,
    "OrganicMediumType": channels.organic_medium_type,
}
SOURCE_TYPES = {
    f"{prefix}{name}": _looked_up(kind)
    for prefix in ("lookup", "hogql_lookup")
    for name, kind in _TYPES.items()
}
