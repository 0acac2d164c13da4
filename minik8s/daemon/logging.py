"""Log lines on stderr: an event text and key=value pairs that name the object, or the same as JSON."""

from __future__ import annotations

import logging as stdlib
import sys
from collections.abc import MutableMapping
from typing import Any

import msgspec
import structlog

LEVELS = {"debug": stdlib.DEBUG, "info": stdlib.INFO, "warning": stdlib.WARNING, "error": stdlib.ERROR}
_LETTERS = {"debug": "D", "info": "I", "warning": "W", "error": "E", "critical": "F", "exception": "E"}


def logger(name: str) -> Any:
    """The logger of a room; `__main__` modules take it here, so that `minik8s.daemon` comes before structlog."""
    return structlog.get_logger(name)


def setup(level: str | int = "info", fmt: str = "text") -> None:
    """Write logs from `level` on: a name, or Kubernetes' verbosity (`-v`: from 4 on, debug). `fmt` is text or json.

    Raises ValueError for a name that is no level or format.
    """
    if fmt not in ("text", "json"):
        raise ValueError(f"invalid logging format {fmt!r}: must be text or json")
    threshold = _threshold(level)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            structlog.processors.format_exc_info,
            _json if fmt == "json" else _text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=_Factory(),
        cache_logger_on_first_use=True,
    )
    stdlib.basicConfig(level=max(threshold, stdlib.WARNING), handlers=[_Bridge()], force=True)


def _threshold(level: str | int) -> int:
    if isinstance(level, int) or level.isdigit():
        return stdlib.DEBUG if int(level) >= 4 else stdlib.INFO
    if level.lower() not in LEVELS:
        raise ValueError(f"invalid log level {level!r}: must be one of {', '.join(LEVELS)} or a number")
    return LEVELS[level.lower()]


class _Logger:
    def __init__(self, name: str) -> None:
        self.name = name

    def msg(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = fatal = log = msg


class _Factory:
    def __call__(self, *args: Any) -> _Logger:
        return _Logger(str(args[0]) if args else "")


def _text(logger: Any, method: str, entry: MutableMapping[str, Any]) -> str:
    letter = _LETTERS.get(str(entry.pop("level", method)), "I")
    stamp, event = entry.pop("ts", ""), entry.pop("event", "")
    trace = entry.pop("exception", "")
    room = f" {logger.name}:" if getattr(logger, "name", "") else ""
    pairs = "".join(f" {key}={_quoted(value)}" for key, value in entry.items())
    return f"{letter} {stamp}{room} {event}{pairs}{chr(10) if trace else ''}{trace}"


def _quoted(value: Any) -> str:
    text = str(value)
    plain = text and not any(c.isspace() or c in '"=' for c in text)
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _json(logger: Any, method: str, entry: MutableMapping[str, Any]) -> str:
    if getattr(logger, "name", ""):
        entry["logger"] = logger.name
    return msgspec.json.encode(dict(entry), enc_hook=str).decode()


class _Bridge(stdlib.Handler):
    """Libraries log through the standard library: their warnings come out the same way."""

    def emit(self, record: stdlib.LogRecord) -> None:
        """Write one record."""
        logger = structlog.get_logger(record.name)
        method = getattr(logger, _method(record.levelno))
        method(record.getMessage(), **({"exc_info": record.exc_info} if record.exc_info else {}))


def _method(level: int) -> str:
    if level >= stdlib.ERROR:
        return "error"
    return "warning" if level >= stdlib.WARNING else "info"
