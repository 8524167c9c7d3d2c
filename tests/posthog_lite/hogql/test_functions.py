"""Functions that a query may call, each with a value that was reckoned by hand."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest

from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.functions.aggregate import AGGREGATES
from posthog_lite.hogql.functions.scalar import SCALARS
from tests.posthog_lite.hogql.support import compiled, rows

VALUES: dict[str, Any] = {
    # Texts
    "base58Decode(base58Encode('abc'))": "abc",
    "tryBase58Decode('0')": "",
    "base64URLEncode('??>')": "Pz8-",
    "base64URLDecode('Pz8-')": "??>",
    "bitSlice('abc', 1, 8)": "a",
    "md5('abc')": "900150983CD24FB0D6963F7D28E17F72",
    "isEmpty('')": 1,
    "isNotEmpty([1])": 1,
    "hasTokenOrNull('a b', 'b')": 1,
    "hasTokenOrNull('a b', 'a b')": None,
    "hasAllTokens('plans for ada', ['ada', 'plans'])": 1,
    "hasAnyTokens('plans for ada', ['bob', 'plans'])": 1,
    "multiSearchAllPositionsUTF8('äb', ['b', 'x'])": [2, 0],
    "multiSearchAllPositionsCaseInsensitive('abc', ['B'])": [2],
    "multiSearchFirstPositionCaseInsensitive('abc', ['C', 'B'])": 2,
    "multiSearchFirstIndexCaseInsensitiveUTF8('abc', ['X', 'B'])": 2,
    "multiFuzzyMatchAnyIndex('abc', 1, ['abd'])": 1,
    "multiFuzzyMatchAllIndices('abc', 1, ['abd'])": [1],
    "ngramDistanceUTF8('abcd', 'abcd')": 0,
    "ngramSearchCaseInsensitiveUTF8('abcd', 'ABCD')": 1,
    "toString(toDateTime('2020-01-01 00:00:00'), 'Asia/Tokyo')": "2020-01-01 09:00:00",
    "toNullableString(5)": "5",
    # Numbers
    "intExp2(10)": 1024,
    "intExp10(3)": 1000,
    "ifNotFinite(1 / 0, 5)": 5,
    "multiplyDecimal(toDecimal(2, 1), toDecimal(3, 1))": 6,
    "divideDecimal(toDecimal(6, 1), toDecimal(3, 1))": 2,
    "LpNorm((3, 4), 2)": 5,
    "LpDistance((0, 0), (3, 4), 2)": 5,
    "reinterpretAsUInt8('a')": 97,
    "_toInt16('12') + _toInt32('30')": 42,
    # Tuples, maps and bitmaps
    "tupleMultiply((1, 2), (3, 4))": [3, 8],
    "tupleDivide((1, 2), (2, 4))": [0.5, 0.5],
    "tupleNegate((1, 2))": [-1, -2],
    "tupleMultiplyByNumber((1, 2), 3)": [3, 6],
    "tupleDivideByNumber((1, 2), 2)": [0.5, 1],
    "L2Normalize((3, 4))": [0.6, 0.8],
    "mapPopulateSeries(map(1, 10, 3, 30))": {"1": 10, "2": 0, "3": 30},
    "mapContainsKeyLike(map('abc', 1), 'a%')": 1,
    "mapExtractKeyLike(map('abc', 1, 'x', 2), 'a%')": {"abc": 1},
    "bitmapToArray(bitmapAnd(bitmapBuild([1, 2]), bitmapBuild([2, 3])))": [2],
    "bitmapOrCardinality(bitmapBuild([1, 2]), bitmapBuild([2, 3]))": 3,
    "bitmapContains(bitmapBuild([1, 2]), 2)": 1,
    # Moments
    "UUIDv7ToDateTime(toUUID('018f05c9-4ab8-7b86-b64e-c9f03fbd45d1'))": "2024-04-22T12:30:29.048Z",
    "toModifiedJulianDay('2020-01-01')": 58849,
    "fromModifiedJulianDay(58849)": "2020-01-01",
    "date_part('dow', toDate('2020-01-05'))": 7,
    "date_part('doy', toDate('2020-02-01'))": 32,
    # Places
    "geohashesInBox(24.48, 40.56, 24.49, 40.57, 3)": ["sx1"],
    "h3IsValid(geoToH3(37.79506683, 55.71290588, 15))": 1,
    # Ids
    "toUUIDOrDefault('x', assumeNotNull(toUUID('018f05c9-4ab8-7b86-b64e-c9f03fbd45d1')))": (
        "018f05c9-4ab8-7b86-b64e-c9f03fbd45d1"
    ),
}  # fmt: skip
# Over the numbers 0 to 3.
COUNTED: dict[str, Any] = {
    "every(number < 4)": True,
    "every(number < 3)": False,
    "avgArray([number, number + 1])": 2,
    "avgArrayIf([number], number > 9)": None,
    "medianArray([number, number])": 1.5,
    "medianExactWeighted(number, number)": 2,
    "medianTDigestWeighted(number, 1)": 1,
    "medianDeterministic(number, 1)": 1.5,
    "uniqUpTo(3)(number % 2)": 2,
    "sumIf(number, number > 1)": 5,
    "sumForEach([number, 1])": [6, 4],
    "countDistinctIf(number % 2, number > 0)": 2,
}


@pytest.mark.parametrize(
    ("found", "source"), [(VALUES, "numbers(1)"), (COUNTED, "numbers(4)")], ids=["rows", "counts"]
)
def test_functions_have_these_values(
    engine: ModuleType, found: dict[str, Any], source: str
) -> None:
    (values,) = rows(engine, f"select {', '.join(found)} from {source}")
    answered = dict(zip(found, values, strict=True))
    assert answered == found


def test_states_are_merged(engine: ModuleType) -> None:
    inner = "select number % 2 as half, groupBitmapState(number) as b from numbers(4) group by half"
    assert rows(engine, f"select groupBitmapAnd(b), groupBitmapOr(b) from ({inner})") == [[0, 4]]
    inner = "select uniqUpToState(3)(number) as s from numbers(2)"
    assert rows(engine, f"select uniqUpToMerge(3)(s) from ({inner})") == [[2]]


def test_every_listed_function_is_one_of_the_engine(engine: ModuleType) -> None:
    known = engine.execute("SELECT lower(name) FROM system.functions", {}, settings={}).rows
    names = {name for (name,) in known}
    combined = ("ornull", "map")
    wanted = {
        function.engine_name.lower() for function in [*SCALARS.values(), *AGGREGATES.values()]
    }
    missing = {name for name in wanted - names if not name.endswith(combined)}
    assert missing == set()


@pytest.mark.parametrize(
    "call",
    [
        "sleep(1)", "file('x')", "getSetting('max_threads')", "hostName()", "version()",
        "dictGet('a', 'b', 1)", "throwIf(1)", "logTrace('a')", "joinGet('a', 'b', 1)",
        "hasColumnInTable('a', 'b', 'c')", "currentDatabase()", "user()", "formatRow('CSV', 1)",
    ],
)  # fmt: skip
def test_what_reads_more_than_its_row_is_not_there(call: str) -> None:
    with pytest.raises(QueryError, match="Unsupported function call"):
        compiled(f"select {call}")


def test_a_group_is_reached_by_the_name_of_its_type(engine: ModuleType) -> None:
    types = {"organization": "group_0", "event": "group_1"}
    text = "select organization.properties.name, event from events"
    assert compiled(text, group_types=types).sql.count("group_type_index = 0") == 1
    assert rows(engine, text, group_types=types) == []


@pytest.mark.parametrize(
    "call",
    [
        "string_agg(event, ',' order by timestamp)",
        "json_agg(distinct event)",
        "every(1)(event = 'x')",
    ],
)
def test_what_would_be_left_out_is_refused(call: str) -> None:
    with pytest.raises(QueryError, match="Unsupported: parameters, DISTINCT or ORDER BY in"):
        compiled(f"select {call} from events")


def test_parameters_may_be_reckoned_but_not_read() -> None:
    assert "(multiply(7, 24))(" in compiled("select topK(7 * 24)(event) from events").sql
    for parameter in ("distinct_id", "1 + length(event)", "(select 1)", "sum(1)"):
        with pytest.raises(QueryError, match="must be constants"):
            compiled(f"select topK({parameter})(event) from events")
