"""Writes numbers as the settings of an insight ask for."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

STYLES = frozenset(
    {
        "numeric",
        "short",
        "duration",
        "duration_ms",
        "percentage",
        "percentage_scaled",
        "currency",
    }
)
NOTHING = "\N{EN DASH}"
DECIMALS = 2
MOST_DECIMALS = 20
UNITS = (("d", 86_400), ("h", 3_600), ("m", 60))
SHORT = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
# Columns of SQL charts name their styles otherwise.
COLUMN_STYLES = {"number": "numeric", "percent": "percentage", "short": "short"}


@dataclass(frozen=True, slots=True)
class NumberFormat:
    """Formats numbers for people. The page's script formats axes by the same five values."""

    style: str = "numeric"
    prefix: str = ""
    postfix: str = ""
    decimals: int = DECIMALS
    min_decimals: int = 0

    def text(self, value: Any) -> str:
        """Return the number in words of the format; a dash for what is not a number."""
        number = as_number(value)
        if number is None:
            return NOTHING
        return f"{self.prefix}{self._body(number)}{self.postfix}"

    def as_data(self) -> dict[str, Any]:
        """Return the format for the page's script."""
        return asdict(self)

    def _body(self, number: float) -> str:
        if self.style == "duration":
            return duration(number)
        if self.style == "duration_ms":
            return duration(number / 1000)
        if self.style == "percentage":
            return f"{self._plain(number)}%"
        if self.style == "percentage_scaled":
            return f"{self._plain(number * 100)}%"
        if self.style == "currency":
            return f"-${self._plain(-number)}" if number < 0 else f"${self._plain(number)}"
        if self.style == "short":
            return self._short(number)
        return self._plain(number)

    def _plain(self, number: float) -> str:
        text = f"{number:,.{self.decimals}f}"
        whole, dot, fraction = text.partition(".")
        kept = fraction.rstrip("0").ljust(self.min_decimals, "0")
        text = f"{whole}{dot}{kept}" if kept else whole
        return "0" if text == "-0" else text

    def _short(self, number: float) -> str:
        for size, letter in SHORT:
            if abs(number) >= size:
                return f"{self._plain(number / size)}{letter}"
        return self._plain(number)


def as_number(value: Any) -> float | None:
    """Return a finite number, or None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def duration(seconds: float) -> str:
    """Return a time span in its two largest units, such as `2h 5m`."""
    if seconds < 0:
        return f"-{duration(-seconds)}"
    if seconds < 1:
        return f"{round(seconds * 1000)}ms" if seconds else "0s"
    parts, rest = [], round(seconds)
    for letter, size in UNITS:
        if rest >= size:
            parts.append(f"{rest // size}{letter}")
            rest %= size
    if rest:
        parts.append(f"{rest}s")
    return " ".join(parts[:2])


def axis_format(settings: Mapping[str, Any]) -> NumberFormat:
    """Read the number format of a trends filter."""
    style = settings.get("aggregationAxisFormat")
    decimals = _count(settings.get("decimalPlaces"), DECIMALS)
    return NumberFormat(
        style=style if isinstance(style, str) and style in STYLES else "numeric",
        prefix=_word(settings.get("aggregationAxisPrefix")),
        postfix=_word(settings.get("aggregationAxisPostfix")),
        decimals=decimals,
        min_decimals=min(decimals, _count(settings.get("minDecimalPlaces"), 0)),
    )


def column_format(settings: Mapping[str, Any]) -> NumberFormat:
    """Read the number format of a column of a SQL chart."""
    style = settings.get("style")
    decimals = _count(settings.get("decimalPlaces"), DECIMALS)
    return NumberFormat(
        style=COLUMN_STYLES.get(style, "numeric") if isinstance(style, str) else "numeric",
        prefix=_word(settings.get("prefix")),
        postfix=_word(settings.get("suffix")),
        decimals=decimals,
    )


def _word(value: Any) -> str:
    return value[:40] if isinstance(value, str) else ""


def _count(value: Any, default: int) -> int:
    number = as_number(value)
    return default if number is None else max(0, min(int(number), MOST_DECIMALS))
