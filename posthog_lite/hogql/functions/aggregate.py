"""Aggregates with their combinators, and functions of windows."""

from __future__ import annotations

from dataclasses import dataclass

from posthog_lite.hogql.functions.spec import Function, listed

# Never NULL, whatever comes in.
_COUNTS = """
count/0+ uniq/1+ uniqExact/1+ uniqHLL12/1+ uniqCombined/1+ uniqCombined64/1+ uniqTheta=uniq/1+
groupArray/1 groupUniqArray/1 groupArrayInsertAt/2 groupArraySorted/1 groupArraySample/1
groupArrayMovingAvg/1 groupArrayMovingSum/1 groupArrayLast/1 groupArrayIntersect/1
groupConcat/1-2 topK/1 topKWeighted/2 windowFunnel/2+ retention/1-32 sequenceMatch/2+
sequenceCount/2+ sequenceNextNode/4+ approx_top_k/1 approx_top_sum/2 histogram/1
groupBitmap/1 groupBitmapAnd/1 groupBitmapOr/1 groupBitmapXor/1 uniqUpTo/1+ entropy/1
"""
_VALUES = """
min/1 max/1 sum/1 avg/1 mean=avg/1 any/1 any_value=any/1 anyLast/1 anyHeavy/1 argMin/2 argMax/2
first_value/1 last_value/1 singleValueOrNull/1 avgWeighted/2 sumWithOverflow/1 sumKahan/1
sumCount/1 quantile/1 quantiles/1 quantileExact/1 quantilesExact/1 quantileExactLow/1
quantileExactHigh/1 quantileExactWeighted/2 quantileExactExclusive/1 quantileExactInclusive/1
quantilesExactExclusive/1 quantilesExactInclusive/1 quantileTiming/1 quantilesTiming/1
quantileTDigest/1 quantilesTDigest/1 quantileTDigestWeighted/2 quantileBFloat16/1
quantileDeterministic/2 quantileGK/1 quantileInterpolatedWeighted/2 median/1 medianExact/1
medianExactLow/1 medianExactHigh/1 medianTiming/1 medianTDigest/1 medianBFloat16/1
medianExactWeighted/2 medianTimingWeighted/2 medianDeterministic/2 medianTDigestWeighted/2
quantileTimingWeighted/2 quantileBFloat16Weighted/2 cramersVBiasCorrected/2
avgArray=avgArrayOrNull/1 medianArray=medianArrayOrNull/1
varSamp/1 varPop/1 variance=varSamp/1 var_samp=varSamp/1 var_pop=varPop/1 stddevSamp/1
stddevPop/1 stddev=stddevSamp/1 stddev_samp=stddevSamp/1 stddev_pop=stddevPop/1 covarSamp/2
covarPop/2 covar_samp=covarSamp/2 covar_pop=covarPop/2 corr/2 skewPop/1 skewSamp/1 kurtPop/1
kurtSamp/1 sumMap/1+ minMap/1+ maxMap/1+ avgMap/1 maxIntersections/2 maxIntersectionsPosition/2
deltaSum/1 deltaSumTimestamp/2 exponentialMovingAverage/2 simpleLinearRegression/2
groupBitAnd/1 groupBitOr/1 groupBitXor/1 boundingRatio/2 rankCorr/2 intervalLengthSum/2
mannWhitneyUTest/2 studentTTest/2 welchTTest/2 kolmogorovSmirnovTest/2 cramersV/2 theilsU/2
contingency/2 largestTriangleThreeBuckets/2 sparkbar/2 stochasticLinearRegression/2+
bool_and=min/1 bool_or=max/1 array_agg=groupArray/1
"""
_WINDOW = """
row_number/0 rank/0 dense_rank/0 percent_rank/0 cume_dist/0 ntile/1 lag/1-3 lead/1-3
lagInFrame/1-3 leadInFrame/1-3 first_value/1 last_value/1 nth_value/2
nonNegativeDerivative/2-3
"""
# What a combinator adds to the number of arguments; Merge takes a single state instead.
_COMBINATORS = {
    "If": 1, "Array": 0, "Map": 0, "State": 0, "Merge": 0, "ForEach": 0, "Distinct": 0,
    "OrDefault": 0, "OrNull": 0, "ArgMin": 1, "ArgMax": 1,
}  # fmt: skip
_MOST_COMBINATORS = 3


def _by_name(*lists: list[Function]) -> dict[str, Function]:
    return {function.name: function for functions in lists for function in functions}


AGGREGATES = _by_name(listed(_COUNTS, is_strict=True), listed(_VALUES))
WINDOW_FUNCTIONS = _by_name(listed(_WINDOW))


@dataclass(frozen=True, slots=True)
class _Combined:
    base: Function
    combinators: tuple[str, ...]


def aggregate(name: str) -> Function | None:
    """Return the aggregate of that name, combinators included, or None."""
    if (known := AGGREGATES.get(name)) is not None:
        return known
    if (combined := _combined(name, ())) is None:
        return None
    return _with_combinators(name, combined)


def _combined(name: str, after: tuple[str, ...]) -> _Combined | None:
    if (base := AGGREGATES.get(name)) is not None:
        return _Combined(base, after)
    if len(after) == _MOST_COMBINATORS:
        return None
    for suffix in _COMBINATORS:
        if name.endswith(suffix) and (
            found := _combined(name.removesuffix(suffix), (suffix, *after))
        ):
            return found
    return None


def _with_combinators(name: str, combined: _Combined) -> Function:
    base, suffixes = combined.base, combined.combinators
    added = sum(_COMBINATORS[suffix] for suffix in suffixes)
    least, most = (1, 1) if "Merge" in suffixes else (base.least, base.most)
    engine_name = base.engine_name + "".join(suffixes)
    return Function(
        name,
        engine_name,
        least + added,
        None if most is None else most + added,
        is_strict=base.is_strict and "OrNull" not in suffixes,
    )
