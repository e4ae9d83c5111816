"""Logs: one JSON line a record, with the request's ids in each; never personal data or whole documents."""

import logging
import sys

import orjson
import structlog
from opentelemetry import trace
from structlog.typing import EventDict, WrappedLogger


def configure(level: str = "info") -> None:
    """Send every log record of the process to standard error as one JSON line."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _with_trace,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


def _with_trace(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        record["trace_id"] = format(context.trace_id, "032x")
    return record
