"""Functions that mean something of their own here: the clock, time zones, forgiving casts."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from posthog_lite.hogql import ast
from posthog_lite.hogql.errors import QueryError
from posthog_lite.hogql.functions.source_types import SOURCE_TYPES
from posthog_lite.hogql.functions.spec import Print, Special
from posthog_lite.hogql.output import literal
from posthog_lite.hogql.types import (
    ARRAY,
    BOOLEAN,
    DATE,
    DATETIME,
    NUMBER,
    STRING,
    UNKNOWN,
    UUID,
    Printed,
    ValueType,
)
from posthog_lite.hogql.values import constant_moment, moment, parsed_moment, whole_second

if TYPE_CHECKING:
    from posthog_lite.hogql.printing import Printer

_UNITS = ("Second", "Minute", "Hour", "Day", "Week", "Month", "Quarter", "Year")


def _now(printer: Printer, _: ast.Call) -> Printed:
    return whole_second(printer.context.now, printer.context.timezone)


def _now64(printer: Printer, _: ast.Call) -> Printed:
    return moment(printer.context.now, printer.context.timezone)


def _day(ago: int) -> Print:
    def printed(printer: Printer, _: ast.Call) -> Printed:
        now: datetime = printer.context.now.astimezone(ZoneInfo(printer.context.timezone))
        return Printed(f"toDate('{now.date() - timedelta(days=ago)}')", DATE)

    return printed


def _to_date_time(printer: Printer, node: ast.Call) -> Printed:
    """Return a moment: texts are read as well as can be and are NULL where they cannot be."""
    value, zone = node.args[0], _zone(printer, node, 1)
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and len(node.args) == 1:
        known = constant_moment(value.value, printer.context.timezone)
        if known is not None:
            return known
    printed = printer.expr(value)
    if printed.type.kind == "String":
        return Printed(
            f"parseDateTime64BestEffortOrNull({printed.sql}, 6, {zone})", DATETIME.or_null()
        )
    nullable = ValueType("DateTime", printed.type.nullable)
    if printed.type.kind in ("DateTime", "Date", "Number"):
        return Printed(f"toDateTime({printed.sql}, {zone})", nullable)
    return Printed(f"toDateTime64({printed.sql}, 6, {zone})", nullable)


def _to_date(printer: Printer, node: ast.Call) -> Printed:
    value = node.args[0]
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        known = parsed_moment(value.value, printer.context.timezone)
        if known is not None:
            local = known.astimezone(ZoneInfo(printer.context.timezone))
            return Printed(f"toDate('{local.date()}')", DATE)
    printed = printer.expr(value)
    if printed.type.kind == "String":
        zone = literal(printer.context.timezone)
        read = f"parseDateTime64BestEffortOrNull({printed.sql}, 6, {zone})"
        return Printed(f"toDate({read})", DATE.or_null())
    return Printed(f"toDate({printed.sql})", ValueType("Date", printed.type.nullable))


def _zone(printer: Printer, node: ast.Call, place: int) -> str:
    """Return the time zone that the call names, else the project's."""
    if len(node.args) > place:
        return printer.expr(node.args[place]).sql
    return literal(printer.context.timezone)


def _read_moment(engine_name: str, *, has_precision: bool) -> Print:
    """Return a parser of moments whose last argument is a time zone."""

    def printed(printer: Printer, node: ast.Call) -> Printed:
        arguments = [printer.expr(argument).sql for argument in node.args]
        if has_precision and len(arguments) == 1:
            arguments.append("6")
        if len(arguments) == (2 if has_precision else 1):
            arguments.append(literal(printer.context.timezone))
        return Printed(f"{engine_name}({', '.join(arguments)})", DATETIME.or_null())

    return printed


def _parse_date_time(engine_name: str) -> Print:
    """Return a parser by a format; the time zone is its third argument."""

    def printed(printer: Printer, node: ast.Call) -> Printed:
        value, form = (printer.expr(argument).sql for argument in node.args[:2])
        sql = f"{engine_name}({value}, {form}, {_zone(printer, node, 2)})"
        return Printed(sql, DATETIME.or_null())

    return printed


def _from_unix(printer: Printer, node: ast.Call) -> Printed:
    if len(node.args) == 2:
        value, form = (printer.expr(argument).sql for argument in node.args)
        zone = literal(printer.context.timezone)
        return Printed(f"fromUnixTimestamp({value}, {form}, {zone})", STRING.or_null())
    value = printer.expr(node.args[0]).sql
    zone = literal(printer.context.timezone)
    return Printed(f"toTimeZone(fromUnixTimestamp(toInt64({value})), {zone})", DATETIME.or_null())


def _cast(engine_type: str, kind: ValueType) -> Print:
    def printed(printer: Printer, node: ast.Call) -> Printed:
        value = printer.expr(node.args[0])
        is_id = value.type.kind == "UUID" and kind is NUMBER  # an id is not a number
        sql = f"toString({value.sql})" if is_id else value.sql
        return Printed(f"accurateCastOrNull({sql}, '{engine_type}')", kind.or_null())

    return printed


def _to_decimal(printer: Printer, node: ast.Call) -> Printed:
    scale = node.args[1].value if isinstance(node.args[1], ast.Constant) else None
    if not isinstance(scale, int) or not 0 <= scale <= 38:
        raise QueryError("The scale of toDecimal is a whole number from 0 to 38.")
    return _cast(f"Decimal(38, {scale})", NUMBER)(printer, node)


def _start_of_week(printer: Printer, node: ast.Call) -> Printed:
    """Return the first day of the week: the project says which, unless the call does."""
    arguments = [printer.expr(argument) for argument in node.args]
    parts = [argument.sql for argument in arguments]
    if len(parts) == 1:
        parts.append("3" if printer.context.week_start == 1 else "0")
    nullable = arguments[0].type.nullable
    return Printed(f"toStartOfWeek({', '.join(parts)})", ValueType("Date", nullable))


def _shifted(operator: str) -> Print:
    """Return `dateAdd(unit, number, moment)` or `dateAdd(moment, interval)`."""

    def printed(printer: Printer, node: ast.Call) -> Printed:
        if len(node.args) == 2:
            return Printed(f"{operator}({printer.many(node.args)})", UNKNOWN)
        unit, number, value = node.args
        interval = f"toInterval{_unit(unit)}({printer.expr(number).sql})"
        return Printed(f"{operator}({printer.expr(value).sql}, {interval})", UNKNOWN)

    return printed


def _unit(node: ast.Expr) -> str:
    name = node.value if isinstance(node, ast.Constant) else None
    if isinstance(node, ast.Field) and len(node.chain) == 1:
        name = node.chain[0]
    for unit in _UNITS:
        if isinstance(name, str) and name.lower() in (unit.lower(), f"{unit.lower()}s"):
            return unit
    raise QueryError(
        f"A unit of time is one of {', '.join(unit.lower() for unit in _UNITS)}.",
        start=node.start,
        end=node.end,
    )


def _date_part(printer: Printer, node: ast.Call) -> Printed:
    value = printer.expr(node.args[1])
    sql = f"{_part_function(node.args[0])}({value.sql})"
    return Printed(sql, ValueType("Number", value.type.nullable))


def _part_function(node: ast.Expr) -> str:
    wanted = str(node.value).lower() if isinstance(node, ast.Constant) else ""
    if wanted in ("dow", "doy"):
        return {"dow": "toDayOfWeek", "doy": "toDayOfYear"}[wanted]
    unit = _unit(node)
    return {"Week": "toISOWeek", "Day": "toDayOfMonth"}.get(unit, f"to{unit}")


def _case(printer: Printer, node: ast.Call) -> Printed:
    """Return `CASE x WHEN a THEN b … ELSE z END`."""
    subject, *rest = node.args
    pairs, otherwise = rest[: len(rest) // 2 * 2], rest[-1] if len(rest) % 2 else None
    parts = []
    for when, then in zip(pairs[::2], pairs[1::2], strict=True):
        parts.append(printer.expr(ast.CompareOperation("==", subject, when)).sql)
        parts.append(printer.expr(then).sql)
    parts.append("NULL" if otherwise is None else printer.expr(otherwise).sql)
    return Printed(f"multiIf({', '.join(parts)})", UNKNOWN)


def _distinct(name: str) -> Print:
    def printed(printer: Printer, node: ast.Call) -> Printed:
        arguments = ", ".join(printer.expr(argument).sql for argument in node.args)
        return Printed(f"{name}({arguments})", NUMBER)

    return printed


def _string_agg(printer: Printer, node: ast.Call) -> Printed:
    value, separator = (printer.expr(argument).sql for argument in node.args)
    return Printed(f"arrayStringConcat(groupArray({value}), {separator})", STRING)


def _json_agg(printer: Printer, node: ast.Call) -> Printed:
    return Printed(f"toJSONString(groupArray({printer.expr(node.args[0]).sql}))", STRING.or_null())


def _concat(printer: Printer, node: ast.Call) -> Printed:
    """Return the parts as one text; what is NULL adds nothing to it."""
    parts = []
    for argument in node.args:
        sql, type_, _ = printer.expr(argument)
        text = sql if type_.kind == "String" else f"toString({sql})"
        parts.append(f"ifNull({text}, '')" if type_.nullable else text)
    return Printed(f"concat({', '.join(parts)})", STRING)


def _every(printer: Printer, node: ast.Call) -> Printed:
    return Printed(f"toBool(min({printer.expr(node.args[0]).sql}))", BOOLEAN.or_null())


def _md5(printer: Printer, node: ast.Call) -> Printed:
    value = printer.expr(node.args[0])
    return Printed(f"hex(MD5({value.sql}))", ValueType("String", value.type.nullable))


def _moment_of_uuid(printer: Printer, node: ast.Call) -> Printed:
    """Return the moment at which an id of version 7 was made."""
    value = printer.expr(node.args[0])
    sql = f"UUIDv7ToDateTime({value.sql}, {_zone(printer, node, 1)})"
    return Printed(sql, ValueType("DateTime", value.type.nullable))


def _date_bin(printer: Printer, node: ast.Call) -> Printed:
    """Return `date_bin(interval, moment, origin)`."""
    interval, value, *origin = (printer.expr(argument) for argument in node.args)
    arguments = ", ".join(argument.sql for argument in (value, interval, *origin))
    return Printed(f"toStartOfInterval({arguments})", ValueType("DateTime", value.type.nullable))


def _make_interval(printer: Printer, node: ast.Call) -> Printed:
    """Return an interval of years, months, days, hours, minutes and seconds."""
    units = ("Year", "Month", "Day", "Hour", "Minute", "Second")
    numbers = (printer.expr(argument).sql for argument in node.args)
    parts = [f"toInterval{unit}({number})" for unit, number in zip(units, numbers, strict=True)]
    return Printed(reduce(lambda left, right: f"plus({left}, {right})", parts), UNKNOWN)


def _make_moment(printer: Printer, node: ast.Call) -> Printed:
    arguments = printer.many(node.args[:6])
    return Printed(f"makeDateTime({arguments}, {_zone(printer, node, 6)})", DATETIME)


def _make_moment_for_zone(printer: Printer, node: ast.Call) -> Printed:
    """Return a moment, given in UTC, as it is in the time zone that comes last."""
    made = f"makeDateTime({printer.many(node.args[:6])}, 'UTC')"
    return Printed(f"toTimeZone({made}, {_zone(printer, node, 6)})", DATETIME)


def _in_zone(printer: Printer, node: ast.Call) -> Printed:
    zone, value = (printer.expr(argument) for argument in node.args)
    return Printed(f"toTimeZone({value.sql}, {zone.sql})", value.type)


def _split_part(printer: Printer, node: ast.Call) -> Printed:
    value, separator, number = (printer.expr(argument) for argument in node.args)
    sql = f"arrayElement(splitByString({separator.sql}, {value.sql}), {number.sql})"
    return Printed(sql, ValueType("String", value.type.nullable))


def _float_or_default(printer: Printer, node: ast.Call) -> Printed:
    value, *default = (printer.expr(argument).sql for argument in node.args)
    if not default:
        return Printed(f"toFloat64OrZero({value})", NUMBER.or_null())
    return Printed(f"toFloat64OrDefault({value}, toFloat64({default[0]}))", NUMBER.or_null())


def _is_in_range(printer: Printer, node: ast.Call) -> Printed:
    """Return whether an address is within a network; what is not an address is not."""
    value, network = (printer.expr(argument).sql for argument in node.args)
    text = f"ifNull(toString({value}), '')"
    known = f"or(isIPv4String({text}), isIPv6String({text}))"
    return Printed(
        f"and({known}, isIPAddressInRange(if({known}, {text}, '0.0.0.0'), {network}))", BOOLEAN
    )


def _sortable_version(printer: Printer, node: ast.Call) -> Printed:
    """Return the numbers of a version like 1.10.2, which sort as versions do."""
    text = f"ifNull(toString({printer.expr(node.args[0]).sql}), '')"
    part = printer.output.name("part")
    pattern = literal(r"(\d+(\.\d+)+)")
    numbers = f"splitByChar('.', extract({text}, {pattern}))"
    return Printed(f"arrayMap({part} -> toInt64OrZero({part}), {numbers})", ARRAY)


def _sparkline(printer: Printer, node: ast.Call) -> Printed:
    data = printer.expr(node.args[0]).sql
    return Printed(f"tuple('__hx_tag', 'Sparkline', 'data', {data})", UNKNOWN)


def _array_reduce(printer: Printer, node: ast.Call) -> Printed:
    name = node.args[0].value if isinstance(node.args[0], ast.Constant) else None
    if not isinstance(name, str) or not printer.is_aggregate(name.partition("(")[0]):
        raise QueryError("The first argument of arrayReduce is the name of an aggregate.")
    arguments = ", ".join(printer.expr(argument).sql for argument in node.args)
    return Printed(f"arrayReduce({arguments})", UNKNOWN)


_TO_DATE_TIME = Special(1, 2, _to_date_time)
_NOW = Special(0, 1, _now)
_TODAY = Special(0, 0, _day(0))

SPECIAL: dict[str, Special] = {
    "now": _NOW,
    "NOW": _NOW,
    "current_timestamp": _NOW,
    "now64": Special(0, 2, _now64),
    "today": _TODAY,
    "current_date": _TODAY,
    "yesterday": Special(0, 0, _day(1)),
    "toDateTime": _TO_DATE_TIME,
    "timestamp": _TO_DATE_TIME,
    "toDate": Special(1, 2, _to_date),
    "date": Special(1, 1, _to_date),
    "to_date": Special(1, 1, _to_date),
    "toDateTime64": Special(1, 3, _read_moment("toDateTime64", has_precision=True)),
    "toDateTime32": Special(1, 2, _read_moment("toDateTime32", has_precision=False)),
    "parseDateTime": Special(2, 3, _parse_date_time("parseDateTime")),
    "parseDateTimeOrNull": Special(2, 3, _parse_date_time("parseDateTimeOrNull")),
    **{
        name: Special(1, 2, _read_moment(name, has_precision=False))
        for name in (
            "parseDateTimeBestEffort", "parseDateTimeBestEffortOrNull",
            "parseDateTimeBestEffortOrZero", "toDateTimeOrNull", "toDateTimeOrZero",
        )
    },
    **{
        name: Special(1, 3, _read_moment(name, has_precision=True))
        for name in (
            "parseDateTime64BestEffort", "parseDateTime64BestEffortOrNull",
            "parseDateTime64BestEffortOrZero", "parseDateTime64BestEffortUSOrNull",
        )
    },
    "fromUnixTimestamp": Special(1, 2, _from_unix),
    "FROM_UNIXTIME": Special(1, 2, _from_unix),
    "to_timestamp": Special(1, 1, _from_unix),
    "toInt": Special(1, 1, _cast("Int64", NUMBER)),
    "toFloat": Special(1, 1, _cast("Float64", NUMBER)),
    "toUUID": Special(1, 1, _cast("UUID", UUID)),
    "toDecimal": Special(2, 2, _to_decimal),
    "toStartOfWeek": Special(1, 3, _start_of_week),
    **dict.fromkeys(("dateAdd", "date_add", "timestampAdd"), Special(2, 3, _shifted("plus"))),
    **dict.fromkeys(("dateSub", "date_sub", "timestampSub"), Special(2, 3, _shifted("minus"))),
    "date_subtract": Special(2, 3, _shifted("minus")),
    "date_part": Special(2, 2, _date_part),
    "date_bin": Special(2, 4, _date_bin),
    "make_interval": Special(6, 6, _make_interval),
    "make_timestamp": Special(6, 7, _make_moment),
    "make_timestamptz": Special(7, 7, _make_moment_for_zone),
    "timezone": Special(2, 2, _in_zone),
    "split_part": Special(3, 3, _split_part),
    "toFloatOrDefault": Special(1, 2, _float_or_default),
    "isIPAddressInRange": Special(2, 2, _is_in_range),
    "sortableSemVer": Special(1, 1, _sortable_version),
    "sparkline": Special(1, 1, _sparkline),
    "_caseWithExpression": Special(3, None, _case),
    "countDistinct": Special(1, None, _distinct("uniqExact")),
    "countDistinctIf": Special(2, None, _distinct("uniqExactIf")),
    "string_agg": Special(2, 2, _string_agg),
    "json_agg": Special(1, 1, _json_agg),
    **SOURCE_TYPES,
    "concat": Special(1, None, _concat),
    "every": Special(1, 1, _every),
    "md5": Special(1, 1, _md5),
    "UUIDv7ToDateTime": Special(1, 2, _moment_of_uuid),
    "arrayReduce": Special(2, None, _array_reduce),
}  # fmt: skip
# Of these, in lower case, what counts rows.
AGGREGATING = frozenset(("countdistinct", "countdistinctif", "string_agg", "json_agg", "every"))
