"""Running what a command does: what goes wrong is one message, never a traceback."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import click

from cluster.options import ClusterError


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end. Raises click.ClickException."""
    from minik8s.client.config import ConfigError
    from minik8s.client.errors import ApiError, ConnectionFailed
    from minik8s.pki import PKIError

    expected = (ClusterError, ConfigError, ApiError, ConnectionFailed, PKIError, OSError)
    try:
        return asyncio.run(work)
    except* expected as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup):
            error = error.exceptions[0]
        message = str(error)
    except* KeyboardInterrupt:
        message = "interrupted"
    raise click.ClickException(message)
