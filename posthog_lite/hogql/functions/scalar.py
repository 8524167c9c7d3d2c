"""Functions of one row."""

from __future__ import annotations

from posthog_lite.hogql.functions.spec import Function, listed

_NUMBERS = """
plus/2 minus/2 multiply/2 negate/1 abs/1 modulo/2 mod=modulo/2 positiveModulo/2 moduloOrZero/2
gcd/2 lcm/2 max2/2 min2/2
intDiv/2 intDivOrZero/2 floor/1-2 ceil/1-2 ceiling=ceil/1-2 trunc/1-2 truncate=trunc/1-2
round/1-2 roundBankers/1-2 roundDown/2 roundToExp2/1 roundDuration/1 roundAge/1
bitAnd/2 bitOr/2 bitXor/2 bitNot/1 bitShiftLeft/2 bitShiftRight/2 bitRotateLeft/2
bitRotateRight/2 bitTest/2 bitTestAll/2+ bitTestAny/2+ bitCount/1 bitHammingDistance/2
sign/1 length/1 lengthUTF8/1 char_length=lengthUTF8/1 character_length=lengthUTF8/1
position/2-3 positionCaseInsensitive/2-3 positionUTF8/2-3 positionCaseInsensitiveUTF8/2-3
locate/2-3 countSubstrings/2-3 countSubstringsCaseInsensitive/2-3 countMatches/2
countMatchesCaseInsensitive/2 countSubstringsCaseInsensitiveUTF8/2-3 timeZoneOffset/1
multiSearchFirstPosition/2 multiSearchFirstIndex/2
toYear/1-2 year=toYear/1 toQuarter/1-2 quarter=toQuarter/1 toMonth/1-2 month=toMonth/1
toDayOfYear/1-2 toDayOfMonth/1-2 day=toDayOfMonth/1 toDayOfWeek/1-3 toHour/1-2 hour=toHour/1
toMinute/1-2 minute=toMinute/1 toSecond/1-2 second=toSecond/1 toMillisecond/1
toUnixTimestamp/1-2 toUnixTimestamp64Milli/1 toUnixTimestamp64Micro/1 toISOYear/1-2
toISOWeek/1-2 toWeek/1-3 toYearWeek/1-3 toYYYYMM/1-2 toYYYYMMDD/1-2 toYYYYMMDDhhmmss/1-2
toRelativeYearNum/1-2 toRelativeQuarterNum/1-2 toRelativeMonthNum/1-2 toRelativeWeekNum/1-2
toRelativeDayNum/1-2 toRelativeHourNum/1-2 toRelativeMinuteNum/1-2 toRelativeSecondNum/1-2
dateDiff/3-4 date_diff=dateDiff/3-4 DATE_DIFF=dateDiff/3-4 datediff=dateDiff/3-4 age/3-4
cityHash64/1+ sipHash64/1+ farmHash64/1+ xxHash32/1 xxHash64/1 murmurHash3_32/1+
murmurHash3_64/1+ javaHash/1 hiveHash/1 intHash32/1 intHash64/1 halfMD5/1+ CRC32/1 CRC64/1
metroHash64/1+ URLHash/1-2 crc32=CRC32/1 ascii/1 levenshteinDistance/2 editDistance/2
damerauLevenshteinDistance/2 jaroSimilarity/2 jaroWinklerSimilarity/2 stringJaccardIndex/2
ngramDistance/2 ngramSearch/2 ngramDistanceCaseInsensitive/2 ngramSearchCaseInsensitive/2
ngramDistanceUTF8/2 ngramSearchUTF8/2 ngramDistanceCaseInsensitiveUTF8/2
ngramSearchCaseInsensitiveUTF8/2 multiSearchFirstPositionUTF8/2 multiSearchFirstIndexUTF8/2
multiSearchFirstPositionCaseInsensitive/2 multiSearchFirstPositionCaseInsensitiveUTF8/2
multiSearchFirstIndexCaseInsensitive/2 multiSearchFirstIndexCaseInsensitiveUTF8/2
multiFuzzyMatchAnyIndex/3 intExp2/1 intExp10/1
bitmapCardinality/1 bitmapMin/1 bitmapMax/1 bitmapAndCardinality/2 bitmapOrCardinality/2
bitmapXorCardinality/2 bitmapAndnotCardinality/2 _toInt16=toInt16/1 _toInt32=toInt32/1
"""
_FLOATS = """
divide/2 exp/1 log/1 ln=log/1 exp2/1 log2/1 exp10/1 log10/1 log1p/1 sqrt/1 cbrt/1 erf/1
erfc/1 lgamma/1 tgamma/1 sin/1 cos/1 tan/1 asin/1 acos/1 atan/1 atan2/2 sinh/1 cosh/1 asinh/1
acosh/1 atanh/1 hypot/2 pow/2 power=pow/2 degrees/1 radians/1 factorial/1 width_bucket/4
greatCircleDistance/4 geoDistance/4 greatCircleAngle/4 L1Norm/1 L2Norm/1 LinfNorm/1
L1Distance/2 L2Distance/2 LinfDistance/2 cosineDistance/2 dotProduct/2
LpNorm/2 LpDistance/3 ifNotFinite/2 h3EdgeAngle/1 h3EdgeLengthM/1 h3EdgeLengthKm/1
"""
_STRINGS = """
lower/1 upper/1 lcase=lower/1 ucase=upper/1 lowerUTF8/1 upperUTF8/1 toValidUTF8/1 repeat/2
space/1 reverse/1 reverseUTF8/1 concatWithSeparator/1+ concat_ws=concatWithSeparator/1+
substring/2-3 substr=substring/2-3 mid=substring/2-3 substringUTF8/2-3 substringIndex/3
appendTrailingCharIfAbsent/2 base58Encode/1 base58Decode/1 tryBase58Decode/1 base64Encode/1
base64Decode/1 base64URLEncode/1 base64URLDecode/1 tryBase64URLDecode/1 bitSlice/2-3
tryBase64Decode/1 to_base64=base64Encode/1 from_base64=base64Decode/1 trim=trimBoth/1-2
trimLeft/1-2 ltrim=trimLeft/1-2 trimRight/1-2 rtrim=trimRight/1-2 trimBoth/1-2
left=leftUTF8/2 right=rightUTF8/2 leftUTF8/2 rightUTF8/2 leftPad/2-3 lpad=leftPad/2-3
rightPad/2-3 rpad=rightPad/2-3 leftPadUTF8/2-3 rightPadUTF8/2-3
replace=replaceAll/3 replaceAll/3 replaceOne/3 replaceRegexpAll/3 replaceRegexpOne/3
regexp_replace=replaceRegexpAll/3 regexpQuoteMeta/1 translate/3 translateUTF8/3
initcap/1 initcapUTF8/1 soundex/1 extract/2 regexpExtract/2-3 format/1+ firstLine/1
normalizeQuery/1 normalizeUTF8NFC/1 normalizeUTF8NFD/1 decodeHTMLComponent/1
encodeXMLComponent/1 decodeXMLComponent/1 extractTextFromHTML/1
protocol/1 domain/1 domainWithoutWWW/1 domainRFC/1 topLevelDomain/1 firstSignificantSubdomain/1
cutToFirstSignificantSubdomain/1 cutToFirstSignificantSubdomainWithWWW/1 port/1-2 path/1
pathFull/1 queryString/1 fragment/1 queryStringAndFragment/1 extractURLParameter/2
cutWWW/1 cutQueryString/1 cutFragment/1 cutQueryStringAndFragment/1 cutURLParameter/2
decodeURLComponent/1 encodeURLComponent/1 encodeURLFormComponent/1 decodeURLFormComponent/1
netloc/1 formatDateTime/2-3 to_char=formatDateTime/2-3 formatDateTimeInJodaSyntax/2-3 dateName/2-3
monthName/1 timeZoneOf/1 btrim=trimBoth/1-2
hex/1 unhex/1 bin/1 unbin/1 MD5/1 SHA1/1 SHA224/1 SHA256/1 SHA512/1 char/1+ UUIDNumToString/1
formatReadableSize/1 formatReadableQuantity/1 formatReadableTimeDelta/1-3
formatReadableDecimalSize/1 bar/3-4 toTypeName/1 IPv4NumToString/1 IPv6NumToString/1
geohashEncode/2-3 JSONExtractRaw/1+ JSONExtractString/1+ simpleJSONExtractRaw/2
simpleJSONExtractString/2 visitParamExtractRaw/2 visitParamExtractString/2 toJSONString/1
arrayStringConcat/1-2 overlay/3-4
"""
_BOOLEANS = """
like/2 notLike/2 ilike/2 notILike/2 match/2 multiMatchAny/2 multiSearchAny/2
multiSearchAnyCaseInsensitive/2 multiSearchAnyUTF8/2 multiSearchAnyCaseInsensitiveUTF8/2
startsWith/2 endsWith/2 startsWithUTF8/2 endsWithUTF8/2 startsWithCaseInsensitive/2
endsWithCaseInsensitive/2 hasToken/2 hasTokenCaseInsensitive/2 hasAllTokens/2 hasAnyTokens/2
hasSubsequence/2
hasSubsequenceCaseInsensitive/2 hasSubsequenceUTF8/2 hasSubsequenceCaseInsensitiveUTF8/2
isFinite/1 isInfinite/1 isNaN/1 empty/1 notEmpty/1 isEmpty=empty/1 isNotEmpty=notEmpty/1
JSONHas/1+ isValidJSON/1 isValidUTF8/1
JSONExtractBool/1+ visitParamExtractBool/2 simpleJSONExtractBool/2 simpleJSONHas/2
visitParamHas/2 has/2 hasAll/2 hasAny/2 hasSubstr/2 arrayExists/1+ arrayAll/1+ mapContains/2
mapContainsKeyLike/2 bitmapContains/2 bitmapHasAny/2 bitmapHasAll/2 h3IsValid/1
isIPv4String/1 isIPv6String/1 pointInPolygon/2+ pointInEllipses/6+
equals/2 notEquals/2 less/2 greater/2 lessOrEquals/2 greaterOrEquals/2 xor/2+
"""
_NOTHING_NULL = """isNull/1 isNotNull/1 isZeroOrNull/1 in/2 notIn/2 isNotDistinctFrom/2
isDistinctFrom/2 and/2+ or/2+ not/1"""
_MOMENTS = """
toTimeZone/2 toTimezone=toTimeZone/2 toStartOfSecond/1-2 toStartOfMinute/1-2
toStartOfFiveMinute=toStartOfFiveMinutes/1-2 toStartOfFiveMinutes/1-2 toStartOfTenMinutes/1-2
toStartOfFifteenMinutes/1-2 toStartOfHour/1-2 toStartOfDay/1-2
toStartOfInterval/2-4 timeSlot/1-2 addSeconds/2 addMinutes/2 addHours/2
subtractSeconds/2 subtractMinutes/2 subtractHours/2 fromUnixTimestamp64Milli/1-2
fromUnixTimestamp64Micro/1-2
"""
_DATES = """
toMonday/1-2 toStartOfWeek/1-3 toStartOfMonth/1-2 toStartOfQuarter/1-2 toStartOfYear/1-2
toStartOfISOYear/1-2 toLastDayOfMonth/1-2 toLastDayOfWeek/1-3 last_day=toLastDayOfMonth/1
makeDate/2-3 make_date=makeDate/2-3
"""
_CALENDAR = """
addYears/2 addQuarters/2 addMonths/2 addWeeks/2 addDays/2 addInterval/2
subtractYears/2 subtractQuarters/2 subtractMonths/2 subtractWeeks/2 subtractDays/2
subtractInterval/2 dateTrunc/2-3 date_trunc=dateTrunc/2-3 DATE_TRUNC=dateTrunc/2-3
toIntervalSecond/1 toIntervalMinute/1 toIntervalHour/1 toIntervalDay/1 toIntervalWeek/1
toIntervalMonth/1 toIntervalQuarter/1 toIntervalYear/1 toIntervalMillisecond/1
tumble/2-3 hop/3-4 tumbleStart/1-3 tumbleEnd/1-3 hopStart/1-4 hopEnd/1-4 toTime/1-2
makeDateTime/6-7 makeDateTime64/6-9 toDayOfWeekName=dateName/1 timeSlots/2-3
 toDateOrZero/1 toDate32/1
"""
_CONDITIONS = """
nullIf/2 toNullable/1 least/1+ greatest/1+
transform/3-4 materialize/1 identity/1 ignore/0+ isNotNullable=isNull/1 tuple/0+ tupleElement/2-3
tupleConcat/1+ tupleToNameValuePairs/1 tuplePlus/2 tupleMinus/2 tupleHammingDistance/2
tupleMultiply/2 tupleDivide/2 tupleNegate/1 tupleMultiplyByNumber/2 tupleDivideByNumber/2
L1Normalize/1 L2Normalize/1 LinfNormalize/1 LpNormalize/2 multiplyDecimal/2-3 divideDecimal/2-3
hasTokenOrNull/2 hasTokenCaseInsensitiveOrNull/2
toModifiedJulianDay=toModifiedJulianDayOrNull/1 fromModifiedJulianDay=fromModifiedJulianDayOrNull/1
"""
_CHOICES = "if/3 multiIf/3+ ifNull/2 coalesce/1+ assumeNotNull/1"
_CASTS = """
toString/1-2 toNullableString=toString/1
toInt8/1 toInt16/1 toInt32/1 toInt64/1 toUInt8/1 toUInt16/1 toUInt32/1 toUInt64/1
toFloat32/1 toFloat64/1 toIntOrZero=toInt64OrZero/1 toInt64OrZero/1
toFloatOrZero=toFloat64OrZero/1 toFloat64OrZero/1
toUInt64OrZero/1 toUUIDOrZero/1 toBool/1
toDecimal32/2 toDecimal64/2 toDecimal128/2 toFixedString/2 toStringCutToZero/1
reinterpretAsString/1 reinterpretAsUInt8/1 reinterpretAsUInt16/1 reinterpretAsUInt32/1
reinterpretAsUInt64/1 reinterpretAsUInt128/1 reinterpretAsUInt256/1 reinterpretAsInt8/1
reinterpretAsInt16/1 reinterpretAsInt32/1 reinterpretAsInt64/1 reinterpretAsInt128/1
reinterpretAsInt256/1 reinterpretAsFloat32/1 reinterpretAsFloat64/1 reinterpretAsUUID/1
toUUIDOrDefault/2
_toInt8=toInt8/1 _toInt64=toInt64/1 _toUInt64=toUInt64/1 _toUInt128=toUInt128/1
_toFloat64=toFloat64/1 _toString=toString/1 _toDate=toDate/1-2 _toDateTime=toDateTime/1-2
toIPv4/1 toIPv4OrZero/1 toIPv4OrDefault/1-2 toIPv6/1 toIPv6OrZero/1 toIPv6OrDefault/1-2 cutIPv6/3
IPv4StringToNumOrDefault/1 IPv6StringToNumOrDefault/1 IPv4StringToNum/1 IPv6StringToNum/1
IPv4ToIPv6/1 UUIDStringToNum/1
"""
_CASTS_OR_NULL = """
toInt64OrNull/1 toFloat64OrNull/1 toUInt64OrNull/1 toUUIDOrNull/1 toIPv4OrNull/1 toIPv6OrNull/1
IPv4StringToNumOrNull/1 IPv6StringToNumOrNull/1 toDateOrNull/1
"""
_ARRAYS = """
array/0+ range/1-3 arrayConcat/1+ arrayPushBack/2 arrayPushFront/2 arrayPopBack/1
arrayPopFront/1 arrayResize/2-3 arraySlice/2-3 arraySort/1+ arrayReverseSort/1+
arrayPartialSort/2+ arrayReverse/1 arrayDistinct/1 arrayIntersect/1+ arrayUnion/1+
arraySymmetricDifference/1+ arrayEnumerate/1 arrayEnumerateUniq/1+ arrayEnumerateDense/1+
arrayDifference/1 arrayCumSum/1+ arrayCumSumNonNegative/1+ arrayCompact/1 arrayZip/1+
arrayZipUnaligned/1+ arrayFlatten/1 arrayMap/2+ arrayFilter/2+ arrayFill/2+ arrayReverseFill/2+
arraySplit/2+ arrayReverseSplit/2+ arrayWithConstant/2 arrayRotateLeft/2 arrayRotateRight/2
arrayShiftLeft/2-3 arrayShiftRight/2-3 arrayShuffle/1 arrayRemove/2 arrayExcept/2
splitByChar/2-3 splitByString/2-3 splitByRegexp/2-3 splitByWhitespace/1-2 splitByNonAlpha/1-2
alphaTokens/1-2 tokens/1-3 ngrams/2 extractAll/2 extractAllGroups/2 extractAllGroupsHorizontal/2
extractAllGroupsVertical/2 extractGroups/2 JSONExtractArrayRaw/1+ JSONExtractKeysAndValues/2+
JSONExtractKeysAndValuesRaw/1+ JSONExtractKeys/1+ extractURLParameters/1 extractURLParameterNames/1
URLHierarchy/1 URLPathHierarchy/1 multiMatchAllIndices/2 multiSearchAllPositions/2
multiSearchAllPositionsUTF8/2 multiSearchAllPositionsCaseInsensitive/2
multiSearchAllPositionsCaseInsensitiveUTF8/2 multiFuzzyMatchAllIndices/3 bitmapToArray/1
geohashesInBox/5
mapKeys/1 mapValues/1 bitmaskToArray/1 bitPositionsToArray/1 emptyArrayToSingle/1
emptyArrayString/0 emptyArrayUInt64/0 emptyArrayInt64/0 emptyArrayFloat64/0
map/0+ mapFromArrays/2 mapAdd/1+ mapSubtract/1+ mapFilter/2 mapApply/2 mapUpdate/2 mapConcat/1+
mapSort/1-2 mapReverseSort/1-2 mapExists/2 mapAll/2
mapPopulateSeries/1-3 mapExtractKeyLike/2 bitmapBuild/1 bitmapSubsetInRange/3 bitmapSubsetLimit/3
subBitmap/3 bitmapTransform/3 bitmapAnd/2 bitmapOr/2 bitmapXor/2 bitmapAndnot/2
"""
_OF_ARRAYS = """
arrayElement/2 indexOf/2
arrayFirst/2+ arrayFirstOrNull/2+ arrayLast/2+ arrayLastOrNull/2+ arrayFirstIndex/2+
arrayLastIndex/2+ arrayCount/1+ countEqual/2 arraySum/1+ arrayAvg/1+ arrayMin/1+ arrayMax/1+
arrayProduct/1 arrayUniq/1+ arrayReduce/2+ arrayFold/3+ arrayJoin/1
arrayAUC/2-4 arrayDotProduct/2 arrayJaccardIndex/2 arrayLevenshteinDistance/2
JSONExtract/2+ JSONExtractInt/1+ JSONExtractUInt/1+ JSONExtractFloat/1+ JSONLength/1+ JSONType/1+
JSON_VALUE/2 JSON_QUERY/2 JSON_EXISTS/2 JSONArrayLength/1 JSONMergePatch/1+
simpleJSONExtractInt/2 simpleJSONExtractUInt/2 simpleJSONExtractFloat/2
visitParamExtractInt/2 visitParamExtractUInt/2 visitParamExtractFloat/2
multiMatchAnyIndex/2 multiFuzzyMatchAny/3 IPv4CIDRToRange/2 IPv6CIDRToRange/2
generateUUIDv4/0-1 rand/0-1 rand32=rand/0-1 rand64/0-1
randCanonical/0-1 geohashDecode/1 geoToH3/3 h3ToGeo/1 h3ToString/1 stringToH3/1
h3GetResolution/1 h3GetBaseCell/1 h3ToParent/2 h3IndexesAreNeighbors/2 h3ToGeoBoundary/1
h3Distance/2 h3HexAreaM2/1 h3HexAreaKm2/1 h3PointDistM/4 h3PointDistKm/4
e/0 pi/0
"""


def _all() -> dict[str, Function]:
    lists = [
        listed(_NUMBERS, "Number", is_strict=True),
        listed(_FLOATS, "Number", is_strict=True),
        listed(_STRINGS, "String", is_strict=True),
        listed(_BOOLEANS, "Boolean", is_strict=True),
        listed(_MOMENTS, "DateTime", is_strict=True),
        listed(_DATES, "Date", is_strict=True),
        listed(_NOTHING_NULL, "Boolean", is_strict=True),
        listed(_CALENDAR, is_strict=True),
        listed(_CONDITIONS),
        listed(_CHOICES),
        listed(_CASTS, is_strict=True),
        listed(_CASTS_OR_NULL),
        listed(_ARRAYS, "Array", is_strict=True),
        listed(_OF_ARRAYS),
    ]
    return {function.name: function for functions in lists for function in functions}


SCALARS = _all()
