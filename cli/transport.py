"""The CLI's connection: tells the warnings the server sends (`Warning: 299 - "…"`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from minik8s.client.config import ClientConfig
from minik8s.client.transport import HttpTransport, Params, Response
from minik8s.clock import Clock

_TEXT = re.compile(r'299 \S+ "((?:[^"\\]|\\.)*)"')


def texts(header: str) -> list[str]:
    """The warnings of one header."""
    return [re.sub(r"\\(.)", r"\1", found) for found in _TEXT.findall(header)]


class CliTransport(HttpTransport):
    """Tells the warnings of each answer, except where they repeat."""

    def __init__(self, config: ClientConfig, clock: Clock, tell: Callable[[str], None]) -> None:
        super().__init__(config, clock)
        self._tell = tell
        self._told: set[str] = set()

    async def request(
        self, method: str, path: str, params: Params, body: bytes, headers: Mapping[str, str], timeout: float | None
    ) -> Response:
        """One request; its warnings are told."""
        answer = await super().request(method, path, params, body, headers, timeout)
        every = getattr(answer.headers, "getall", None)
        lines = every("Warning", []) if every is not None else [answer.headers.get("Warning", "")]
        for text in (text for line in lines for text in texts(line)):
            if text not in self._told:
                self._told.add(text)
                self._tell(f"Warning: {text}")
        return answer
