"""What the logs say: a line for each record, and nobody's data.

Three things could bring somebody's data into a log: the address of a page (it carries references),
the words of an exception (they quote what was typed, and PostgreSQL quotes the whole row), and a
number or mailbox in a sentence of a library. The first two are left out, the third is masked.
"""

import logging
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from esachivalaya.common.references import ALPHABET

# PostgreSQL quotes the whole row that it refuses, with phone and words.
_QUOTED = re.compile(
    r"^DETAIL:.*?(?=^\s*$|^\w[\w.]*(?:Error|Exception)\b|^Traceback|\Z)", re.MULTILINE | re.DOTALL
)
_MASKED = (
    (_QUOTED, "DETAIL: left out\n"),
    (re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"), "[mailbox]"),
    # A mobile number however it is grouped, and numbers like those of Aadhaar and accounts.
    (re.compile(r"(?<![\w.])(?:\+|00)?\d(?:[ -]?\d){9,17}(?!\w|\.\d)"), "[number]"),
    (re.compile(rf"\bES[ -]?[{ALPHABET}]{{4}}[ -]?[{ALPHABET}]{{4}}\b"), "[reference]"),
)
# What a record may say beside its sentence; whatever else a library attaches stays out.
TOLD = ("method", "route", "status", "milliseconds", "task")

ExceptionInfo = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


def masked(text: str) -> str:
    """Return ``text`` without numbers, mailboxes, references and rows that the database quotes."""
    for pattern, instead in _MASKED:
        text = pattern.sub(instead, text)
    return text


def words_of(record: logging.LogRecord) -> str:
    """Return the sentence of ``record`` without anybody's data.

    Django names the page that failed by its address; here it is named by its route. An exception
    that stands in a sentence is named by its kind.
    """
    args: Any = record.args
    if isinstance(args, Mapping):
        # Celery's own sentences quote the exception and what the task was called with.
        hidden = {"exc": "left out", "args": "left out", "kwargs": "left out", "traceback": ""}
        args = {name: hidden.get(name, _kind(value)) for name, value in args.items()}
    elif isinstance(args, tuple):
        args = tuple(_kind(value) for value in args)
    try:
        text = str(record.msg) % args if args else str(record.msg)
    except (TypeError, ValueError, KeyError):
        text = "A record whose sentence does not fit its values."
    path = str(getattr(getattr(record, "request", None), "path", ""))
    if len(path) > 1:
        text = text.replace(path, route_of(getattr(record, "request", None)))
    return masked(text)


def route_of(request: Any) -> str:
    """Return which page ``request`` is for, without what its address carries."""
    match = getattr(request, "resolver_match", None)
    return str(match.view_name or "unnamed") if match is not None else "no page"


def frames_of(info: ExceptionInfo) -> list[dict[str, Any]]:
    """Return the kinds of an exception and of its causes, the last first, and where they arose."""
    told: list[dict[str, Any]] = []
    problem = info[1]
    while problem is not None and len(told) < 5:
        where, step = [], problem.__traceback__
        while step is not None:
            code = step.tb_frame.f_code
            where.append(f"{code.co_filename}:{step.tb_lineno} {code.co_name}")
            step = step.tb_next
        told.append({"kind": type(problem).__name__, "where": where[-30:]})
        problem = problem.__cause__ or problem.__context__
    return told


def _kind(value: Any) -> Any:
    return type(value).__name__ if isinstance(value, BaseException) else value


class AsJson(JsonFormatter):
    """One JSON object for each record, with the fields listed here and no others."""

    def add_fields(
        self,
        log_data: dict[str, Any],
        record: logging.LogRecord,
        message_dict: dict[str, Any],
    ) -> None:
        log_data["at"] = self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z")
        log_data["level"] = record.levelname
        log_data["logger"] = record.name
        log_data["request_id"] = getattr(record, "request_id", "-")
        log_data["message"] = words_of(record)
        for name in TOLD:
            if hasattr(record, name):
                log_data[name] = getattr(record, name)
        if record.exc_info and record.exc_info[1] is not None:
            log_data["exception"] = frames_of(record.exc_info)


class WithoutRows(logging.Formatter):
    """Lines for a person at a terminal, with the same things left out of them.

    A traceback keeps the exception's own words, without rows that the database quotes.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (the library's name)
        record.message = words_of(record)
        return super().formatMessage(record)

    def formatException(self, ei: ExceptionInfo) -> str:  # noqa: N802 (the library's name)
        return masked(super().formatException(ei)).rstrip()
