"""Checks that dashboards can be made from a template."""

from __future__ import annotations

import re
from functools import cache
from reprlib import Repr
from typing import TYPE_CHECKING, Any

import orjson

from dashboards.filters.limits import InvalidFilters, check_filters
from dashboards.layouts import check_layouts
from dashboards.queries.validation import validate_query
from dashboards.selectors.templates import template_schema
from dashboards.selectors.tiles import check_tile_count
from dashboards.services.template_variables import fill_variables
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

LONGEST_MESSAGE = 500
LINK = re.compile(r"(https?://|/(?!/))[^\s<>]{1,1990}")
LONGEST_LABEL = 200
MARKUP = re.compile(r"[\\\[\]<>`*_]")
MOST_BYTES = 512 * 1024
_excerpt = Repr()
_excerpt.maxlevel, _excerpt.maxdict, _excerpt.maxlist, _excerpt.maxstring = 2, 8, 4, 80


class InvalidTemplate(DomainError):
    """The template does not follow the JSON schema."""


def prepare_template(template: Any) -> dict[str, Any]:
    """The template with the defaults of its variables in place.

    Raises a DomainError unless every tile of it can be stored.
    """
    check_template(template)
    tiles = fill_variables(tiles=template["tiles"], variables=template.get("variables"))
    tiles = [_as_text(tile) if tile.get("type") == "BUTTON" else tile for tile in tiles]
    for index, tile in enumerate(tiles):
        _check_tile(tile, index)
    return {**template, "tiles": tiles}


def _as_text(button: dict[str, Any]) -> dict[str, Any]:
    """Return a button as a text with its link, or as it is: there are no buttons here."""
    text, url = button.get("text"), button.get("url")
    if not isinstance(text, str) or not isinstance(url, str):
        return button
    if len(text) > LONGEST_LABEL or not LINK.fullmatch(url):
        return button
    label = MARKUP.sub(r"\\\g<0>", text.strip())
    return {**button, "type": "TEXT", "body": f"[{label}](<{url}>)"}


def _check_tile(tile: dict[str, Any], index: int) -> None:
    try:
        _check_content(tile)
        validate_query(tile.get("query"))
        check_layouts(tile.get("layouts"))
    except DomainError as error:
        error.detail, error.attr = f"tiles.{index}.{error.detail}", "tiles"
        raise


def _check_content(tile: dict[str, Any]) -> None:
    """Raise InvalidTemplate where the tile would add nothing."""
    kind = tile.get("type")
    if kind not in ("INSIGHT", "TEXT"):
        raise InvalidTemplate(f"type must be INSIGHT, TEXT or BUTTON, not {_excerpt.repr(kind)}.")
    if kind == "TEXT" and not isinstance(tile.get("body"), str):
        raise InvalidTemplate("A text needs a `body`.")


def check_template(template: Any) -> None:
    """Raise InvalidTemplate or TooManyTiles unless the template follows the JSON schema."""
    if not isinstance(template, dict):
        raise InvalidTemplate("A template must be an object.", attr="template")
    if len(orjson.dumps(template)) > MOST_BYTES:
        raise InvalidTemplate(f"A template may take at most {MOST_BYTES // 1024} kB.")
    tiles = template.get("tiles")
    if isinstance(tiles, list):
        check_tile_count(len(tiles))
    error = next(_validator().iter_errors(template), None)
    if error is not None:
        raise InvalidTemplate(_explain(error))
    try:
        check_filters(template["dashboard_filters"])
    except InvalidFilters as problem:
        raise InvalidTemplate(f"dashboard_filters: {problem.detail}", attr="template") from problem


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415  # 3 MB that few processes need

    return Draft202012Validator(template_schema())


def _explain(error: ValidationError) -> str:
    """Return where what is wrong, what would be right, and then the value, shortened."""
    place = "".join(f"[{step!r}]" for step in error.absolute_path)
    message = error.message.replace(repr(error.instance), _excerpt.repr(error.instance))
    limit = error.validator_value
    asked = f" ({error.validator}: {limit})" if isinstance(limit, (int, str)) else ""
    schema = "".join(f"[{step!r}]" for step in list(error.absolute_schema_path)[:-1])
    return (
        f"template{place}{asked}: {_shorten(message)}\n\n"
        f"Failed validating {error.validator!r} in schema{schema}\n\n"
        f"On instance{place}:\n    {_excerpt.repr(error.instance)}"
    )


def _shorten(text: str) -> str:
    half = LONGEST_MESSAGE // 2
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:half]} … {text[-half:]}"
