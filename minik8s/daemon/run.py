"""The life of a daemon: start the loop, run, stop cleanly on a signal, say failures in one line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

log = structlog.get_logger("daemon")

STOP_SECONDS = 20.0
"""How long a daemon may take to stop before it is ended."""


class Fatal(Exception):
    """The daemon cannot go on; the message tells a person why and what to do."""


def check_port(host: str, port: int) -> None:
    """Raises OSError for a number that is no port: the system would take its lower half."""
    if not 0 <= port <= 65535:
        raise OSError(f"cannot listen on {host}:{port}: a port is a number from 1 to 65535")


def not_listening(host: str, port: int, error: OSError) -> OSError:
    """What to raise in place of an error of `bind`, which does not say where."""
    # asyncio puts a sentence of its own into `strerror`; names that do not resolve have numbers of their own.
    known = error.errno is not None and error.errno > 0
    reason = os.strerror(error.errno) if known and error.errno is not None else error.strerror or str(error)
    return OSError(f"cannot listen on {host or '*'}:{port}: {reason}")


def run(main: Callable[[], Coroutine[Any, Any, None]], stop_seconds: float = STOP_SECONDS) -> None:
    """Run `main` until it returns or SIGTERM or SIGINT come: then it is cancelled and may clean up.

    Exits the process with 1 after a failure; a second signal ends it at once. `systemd` hears READY through `ready`.
    """
    try:
        import uvloop

        factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    except ImportError:
        factory = asyncio.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        code = runner.run(_guarded(main, stop_seconds))
    sys.stderr.flush()
    if code:
        sys.exit(code)


async def _guarded(main: Callable[[], Coroutine[Any, Any, None]], stop_seconds: float) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.ensure_future(main())
    told: list[str] = []

    def stop(number: signal.Signals) -> None:
        if told:
            os._exit(130)
        told.append(number.name)
        log.info("stopping", signal=number.name)
        task.cancel()
        loop.call_later(stop_seconds, _too_long)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    try:
        await task
    except asyncio.CancelledError:
        if not told:
            raise
        return 0
    except BaseException as error:
        return _report(error)
    return 0


def _report(error: BaseException) -> int:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            _report(inner)
        return 1
    if isinstance(error, SystemExit):
        return int(error.code or 0) if not isinstance(error.code, str) else 1
    from minik8s.client.config import ConfigError
    from minik8s.client.errors import ApiError, ConnectionFailed

    if isinstance(error, Fatal | ConfigError | ApiError | ConnectionFailed | OSError):
        log.error("fatal", error=_in_words(error))
    else:
        log.error("fatal", error=str(error), exc_info=error)
    return 1


def _in_words(error: BaseException) -> str:
    """The message without the number and the quotes an error of the system carries."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _too_long() -> None:
    log.error("did not stop in time, ending")
    os._exit(1)


def ready() -> None:
    """Tell a service manager that asked for it ($NOTIFY_SOCKET) that the daemon serves."""
    where = os.environ.get("NOTIFY_SOCKET", "")
    if not where:
        return
    import socket

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        try:
            notify.connect("\0" + where[1:] if where.startswith("@") else where)
            notify.sendall(b"READY=1")
        except OSError as error:
            log.warning("cannot notify the service manager", error=str(error))
