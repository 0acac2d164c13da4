"""What the proxy says of itself: whether its rules are up to date, and whether load balancers may use this node."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from minik8s.clock import Clock
from minik8s.daemon import metrics
from minik8s.machinery.times import format_time

TO_BE_DELETED = "ToBeDeletedByClusterAutoscaler"
_FAMILY = "IPv4"
_HEADERS = {"X-Content-Type-Options": "nosniff"}


class NodeHealth:
    """Healthy as long as no change waits for longer than `timeout` seconds to be in the kernel.

    `eligible` is what the Node says: neither being deleted nor about to be taken away by an autoscaler.
    """

    def __init__(self, clock: Clock, timeout: float = 60.0) -> None:
        self.eligible = False
        self._clock, self._timeout = clock, timeout
        self._updated = ""
        self._queued: float | None = None
        self._counts = {
            path: metrics.counter(f"kubeproxy_proxy_{path}_total", f"Cumulative proxy {path} HTTP status", ("code",))
            for path in ("healthz", "livez")
        }

    def queued(self) -> None:
        """Something changed and is to be programmed."""
        if self._queued is None:
            self._queued = self._clock.monotonic()

    def updated(self) -> None:
        """Everything that changed is programmed."""
        self._queued = None
        self._updated = format_time(self._clock.now())

    @property
    def healthy(self) -> bool:
        """Whether the rules are up to date, or not late yet."""
        late = self._queued is not None and self._clock.monotonic() - self._queued >= self._timeout
        return not (late and self._updated)

    async def healthz(self, request: web.Request) -> web.Response:
        """For load balancers: 200 while this node may be used, else 503."""
        return self._answer("healthz", self.healthy and self.eligible, {"nodeEligible": self.eligible})

    async def livez(self, request: web.Request) -> web.Response:
        """For whoever restarts the proxy: 200 while it does its work, else 503."""
        return self._answer("livez", self.healthy, {})

    def _answer(self, path: str, well: bool, more: Mapping[str, Any]) -> web.Response:
        now = format_time(self._clock.now())
        # One that is well is told as of now: that is what callers compare with.
        body: dict[str, Any] = {"lastUpdated": now if well else self._updated or None, "currentTime": now, **more}
        body["healthy"] = self.healthy
        if self._updated:
            body["status"] = {_FAMILY: {"lastUpdated": self._updated, "healthy": self.healthy}}
        code = 200 if well else 503
        self._counts[path].labels(str(code)).inc()
        return web.json_response(body, status=code, headers=_HEADERS)
