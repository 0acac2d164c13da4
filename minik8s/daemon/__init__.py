"""What every process needs around its own work: flags, logs, signals, health and metrics."""

from __future__ import annotations

import sys


def _import_structlog() -> None:
    """Import structlog without rich, which it would load for coloured tracebacks that no daemon prints.

    That is 4 MB and 50 ms for each process.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]


_import_structlog()
