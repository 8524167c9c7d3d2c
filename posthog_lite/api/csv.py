"""Answers as CSV, line by line, with no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer

from posthog_lite.api.renderers import render_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

# Spreadsheets take these for the beginning of a formula, also in their wide forms.
FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")  # noqa: RUF001  # the wide forms
NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")
UNSAFE_IN_NAMES = re.compile(r"[^\w.-]+", re.ASCII)
LONGEST_NAME = 80
BYTES_AT_ONCE = 64 * 1024


class CSVRenderer(BaseRenderer):
    """Lets `format=csv` be asked for; what answers it is made by `csv_response`."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        raise NotImplementedError("Answer with csv_response.")


def csv_response(lines: Iterable[Sequence[Any]], *, name: str) -> StreamingHttpResponse:
    """Return lines as a file to save, written while it is sent."""
    response = StreamingHttpResponse(_written(lines), content_type="text/csv; charset=utf-8")
    stem = UNSAFE_IN_NAMES.sub("-", name).strip("-.")[:LONGEST_NAME] or "result"
    response["Content-Disposition"] = f'attachment; filename="{stem}.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _written(lines: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for line in lines:
        writer.writerow([_cell(value) for value in line])
        if buffer.tell() >= BYTES_AT_ONCE:
            yield _taken(buffer)
    yield _taken(buffer)


def _taken(buffer: io.StringIO) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text.encode(errors="replace")


def _cell(value: Any) -> Any:
    """Return what stands in a cell: text that begins like a formula gets an apostrophe before."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    text = value if isinstance(value, str) else render_json(value).decode()
    is_formula = FORMULA.match(text) is not None and NUMBER.fullmatch(text) is None
    return f"'{text}" if is_formula else text
