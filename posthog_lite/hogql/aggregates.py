"""Aggregates in a tree."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from posthog_lite.hogql import ast
from posthog_lite.hogql.calls import is_aggregate
from posthog_lite.hogql.functions.special import AGGREGATING


def has_aggregate(node: ast.Node) -> bool:
    """Return True when an aggregate is called in an expression, but not over a window."""
    if isinstance(node, ast.SelectQuery | ast.SelectSetQuery | ast.WindowFunction):
        return False
    if isinstance(node, ast.Call) and _counts(node.name):
        return True
    return any(_holds(getattr(node, slot.name)) for slot in fields(node))


def _counts(name: str) -> bool:
    return is_aggregate(name) or name.lower() in AGGREGATING


def _holds(value: Any) -> bool:
    if isinstance(value, tuple):
        return any(_holds(item) for item in value)
    return isinstance(value, ast.Node) and has_aggregate(value)
