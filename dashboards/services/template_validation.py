"""Whether a template is one that dashboards can be made from."""

from __future__ import annotations

from functools import cache
from reprlib import Repr
from typing import TYPE_CHECKING, Any

from jsonschema import Draft202012Validator

from dashboards.filters.limits import InvalidFilters, check_filters
from dashboards.layouts import check_layouts
from dashboards.queries.validation import validate_query
from dashboards.selectors.templates import template_schema
from dashboards.selectors.tiles import check_tile_count
from dashboards.services.template_variables import fill_variables
from posthog_lite.domain import DomainError

if TYPE_CHECKING:
    from jsonschema import ValidationError

LONGEST_MESSAGE = 500
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
    for index, tile in enumerate(tiles):
        _check_tile(tile, index)
    return {**template, "tiles": tiles}


def _check_tile(tile: dict[str, Any], index: int) -> None:
    try:
        validate_query(tile.get("query"))
        check_layouts(tile.get("layouts"))
    except DomainError as error:
        error.detail, error.attr = f"tiles.{index}.{error.detail}", "tiles"
        raise


def check_template(template: Any) -> None:
    """Raise InvalidTemplate or TooManyTiles unless the template follows the JSON schema."""
    if not isinstance(template, dict):
        raise InvalidTemplate("A template must be an object.", attr="template")
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
    return Draft202012Validator(template_schema())


def _explain(error: ValidationError) -> str:
    """What the validator says of itself, without all of what the client sent."""
    schema = "".join(f"[{step!r}]" for step in list(error.absolute_schema_path)[:-1])
    place = "".join(f"[{step!r}]" for step in error.absolute_path)
    return (
        f"{_shorten(error.message)}\n\n"
        f"Failed validating {error.validator!r} in schema{schema}\n\n"
        f"On instance{place}:\n    {_excerpt.repr(error.instance)}"
    )


def _shorten(text: str) -> str:
    half = LONGEST_MESSAGE // 2
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:half]} … {text[-half:]}"
