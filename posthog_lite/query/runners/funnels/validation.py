"""Checks that a funnel can be computed. Drafts are stored all the same."""

from __future__ import annotations

from itertools import pairwise

from posthog_lite.query.errors import InvalidQuery, UnsupportedQuery
from posthog_lite.query.nodes.funnels import (
    Attribution,
    Exclusion,
    FunnelOrder,
    FunnelsQuery,
    FunnelView,
)
from posthog_lite.query.nodes.series import ActionsNode, EventsNode, Series

MAX_STEPS = 30


class TooFewSteps(InvalidQuery):
    """A funnel leads from somewhere to somewhere."""

    code = "funnels_require_at_least_two_steps"

    def __init__(self) -> None:
        super().__init__("Funnels require at least two steps.", attr="query.series")


class StepRangeInvalid(InvalidQuery):
    """The steps between which rates and times are counted do not exist."""

    code = "funnel_step_range_invalid"


class ExclusionsInvalid(InvalidQuery):
    """An exclusion lies outside the funnel, or excludes a step."""

    code = "funnel_exclusions_invalid"


class OptionalStepsInvalid(InvalidQuery):
    """A step cannot be optional where it stands."""

    code = "funnel_optional_steps_invalid"


def check(query: FunnelsQuery) -> None:
    """Refuse a funnel that contradicts itself."""
    if len(query.series) < 2:
        raise TooFewSteps
    if len(query.series) > MAX_STEPS:
        raise InvalidQuery(f"Funnels have at most {MAX_STEPS} steps.", attr="query.series")
    if query.view is FunnelView.FLOW:
        raise UnsupportedQuery("The flow of a funnel is not supported.", attr="query.funnelsFilter")
    _check_step_range(query)
    for exclusion in query.exclusions:
        _check_exclusion(exclusion, query)
    _check_optional_steps(query)
    _check_attribution(query)


def _check_step_range(query: FunnelsQuery) -> None:
    steps = len(query.series)
    if query.from_step is not None and not 0 <= query.from_step <= steps - 2:
        raise StepRangeInvalid(
            f"funnelFromStep is out of bounds. It must be between 0 and {steps - 2}."
        )
    if query.to_step is not None and not 1 <= query.to_step <= steps - 1:
        raise StepRangeInvalid(
            f"funnelToStep is out of bounds. It must be between 1 and {steps - 1}."
        )
    if query.last <= query.first:
        raise StepRangeInvalid(
            "Funnel step range is invalid. funnelToStep should be greater than funnelFromStep."
        )


def _check_exclusion(exclusion: Exclusion, query: FunnelsQuery) -> None:
    problem = _range_problem(exclusion, len(query.series))
    if problem:
        raise ExclusionsInvalid(f"Exclusion event range is invalid. {problem}")
    spanned = query.series[exclusion.from_step : exclusion.to_step + 1]
    if any(_covers(step, exclusion.entity) for step in spanned):
        raise ExclusionsInvalid(
            "Exclusion steps cannot contain an event that's part of funnel steps."
        )
    is_partial = (exclusion.from_step, exclusion.to_step) != (0, len(query.series) - 1)
    if query.order is FunnelOrder.UNORDERED and is_partial:
        raise ExclusionsInvalid("Partial Exclusions not allowed in unordered funnels")


def _range_problem(exclusion: Exclusion, steps: int) -> str | None:
    if exclusion.from_step >= exclusion.to_step:
        return "End of range should be greater than start."
    if not 0 <= exclusion.from_step < steps - 1:
        return "Start of range is greater than number of steps."
    if exclusion.to_step > steps - 1:
        return "End of range is greater than number of steps."
    return None


def _covers(step: Series, entity: EventsNode | ActionsNode) -> bool:
    """True when every event of an exclusion would be an event of the step."""
    if not _is_same_entity(step, entity) or step.fixed_properties != entity.fixed_properties:
        return False
    return set(step.properties.members) <= set(entity.properties.members)


def _is_same_entity(step: Series, entity: EventsNode | ActionsNode) -> bool:
    if isinstance(step, EventsNode) and isinstance(entity, EventsNode):
        return step.event == entity.event
    if isinstance(step, ActionsNode) and isinstance(entity, ActionsNode):
        return step.id == entity.id
    return False


def _check_optional_steps(query: FunnelsQuery) -> None:
    optional = [at for at, step in enumerate(query.series) if step.optional_in_funnel]
    if not optional:
        return
    if optional[0] == 0:
        raise OptionalStepsInvalid("The first step of a funnel cannot be optional.")
    if query.order is FunnelOrder.UNORDERED or query.view is not FunnelView.STEPS:
        raise OptionalStepsInvalid(
            "Optional funnel steps are only supported in funnels with step order Sequential or "
            'Strict and the graph type "Conversion Steps".'
        )
    for step, following in pairwise(query.series):
        if step.optional_in_funnel and _takes_all_of(step, following):
            raise OptionalStepsInvalid(
                "An optional step cannot be the same as the following required step."
            )


def _takes_all_of(step: Series, following: Series) -> bool:
    """True when every event of a step is one of the required step behind it."""
    if following.optional_in_funnel or not isinstance(step, EventsNode | ActionsNode):
        return False
    return _covers(following, step)


def _check_attribution(query: FunnelsQuery) -> None:
    step = query.attribution_step or 0
    if query.attribution is not Attribution.STEP or not query.breakdown.breakdowns:
        return
    if query.order is FunnelOrder.UNORDERED and step:
        raise InvalidQuery(
            "Only the first step can be used for breakdown attribution in unordered funnels"
        )
    if step >= len(query.series):
        raise InvalidQuery(
            f"breakdownAttributionValue is out of bounds. It must be between 0 and "
            f"{len(query.series) - 1}."
        )
