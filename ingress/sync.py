"""The loop: something changed, so plan, write, check, install, and tell; what did not change costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

import structlog

from ingress import files
from ingress.check import Refusal, check
from ingress.classes import Classes
from ingress.files import Pairs
from ingress.follow import Follower
from ingress.frame import Frame
from ingress.lines import Written
from ingress.model import Key, Model, Problem
from ingress.nginx import Nginx, NginxError
from ingress.plan import Cluster, key_of, plan
from ingress.publish import Publisher
from ingress.render import render
from minik8s.api.networking_v1 import Ingress, IngressClass
from minik8s.client.informer import Informers
from minik8s.clock import Clock
from minik8s.daemon import metrics

log = structlog.get_logger("ingress")

GATHER_SECONDS = 0.02
"""Changes come in groups: for so long the first waits for its fellows."""
REST_SECONDS, _LONGEST_REST = 0.5, 5.0
"""The shortest time between two reloads, each of which leaves workers behind while their connections last."""
SYNC_SECONDS = 10.0
"""How long caches may take to be complete; until they are, what is served stays as it is."""
IDLE_SECONDS = 60.0
"""So long nginx stays when nothing is left to serve."""
_RETRY = (1.0, 30.0)
_MOST_REFUSALS = 100


class Refused(Exception):
    """nginx will not have the configuration, and it is nobody's in particular."""


class Syncer:
    """Keeps nginx true to the cluster until cancelled."""

    def __init__(
        self, informers: Informers, frame: Frame, program: str, clock: Clock, controller: str, legacy: str,
        external_names: bool = True,
    ) -> None:  # fmt: skip
        self._frame, self._program, self._clock = frame, program, clock
        self._controller, self._legacy = controller, legacy
        self._changed = asyncio.Event()
        self.nginx = Nginx(program, frame, clock, self._changed.set)
        self._informers = informers
        self._follower = Follower(informers, self._changed.set)
        self._ingresses = informers.of(Ingress)
        self._classes = informers.of(IngressClass)
        self._ingresses.on_change(lambda old, new: self._changed.set())
        self._classes.on_change(lambda old, new: self._changed.set())
        self._pairs = Pairs(frame.folder)
        self._cluster = Cluster(
            self._follower.service, self._follower.slices, self._follower.secret, self._pairs, external_names
        )
        self._generation = ""
        self._excluded: dict[Key, tuple[str, Problem]] = {}
        self._trouble = ""
        self._failures = 0
        self._idle_since: float | None = None
        self._again: asyncio.Task[None] | None = None

    def check_health(self) -> None:
        """Raises RuntimeError with what is wrong."""
        if self._trouble:
            raise RuntimeError(self._trouble)

    def wake(self) -> None:
        """Look again soon."""
        self._changed.set()

    async def run(self, publisher: Publisher) -> None:
        """Serve until cancelled; nginx is then left as it is."""
        files.prepare(self._frame)
        self._generation = await self.nginx.adopt()
        try:
            while True:
                await self._changed.wait()
                await self._clock.sleep(GATHER_SECONDS)
                self._changed.clear()
                began = self._clock.monotonic()
                try:
                    touched = await self._round(publisher)
                except (NginxError, OSError) as error:
                    self._failed(str(error))
                    touched = True
                except Exception as error:
                    log.exception("a round failed")
                    self._failed(f"{type(error).__name__}: {error}")
                    touched = True
                if touched:
                    # A large configuration takes long to load: then changes wait longer for each other.
                    spent = self._clock.monotonic() - began
                    await self._clock.sleep(min(max(REST_SECONDS, 4 * spent), _LONGEST_REST))
        finally:
            if self._again is not None:
                self._again.cancel()

    async def _round(self, publisher: Publisher) -> bool:
        """Whether nginx was touched."""
        if self._generation and not self.nginx.runs:
            # It ended by itself: what it served it can serve again, whatever else there is to know.
            await self.nginx.start(self._generation)
        await self._complete(self._informers.synced())
        classes = Classes(self._classes.list(), self._controller, self._legacy)
        ours = [ingress for ingress in self._ingresses.list() if classes.has(ingress)]
        await self._complete(self._follower.settle(ours))
        try:
            model, touched = await self._apply(ours)
        except (NginxError, Refused, OSError) as error:
            self._failed(str(error))
            publisher.offer(ours, frozenset(), [Problem(key_of(i), "NotServed", str(error)) for i in ours])
            return True
        self._trouble, self._failures = "", 0
        publisher.offer(ours, model.accepted, model.problems)
        again = 0.0
        if not ours and self.nginx.runs:
            again = await self._rest()
        else:
            self._idle_since = None
        self._wake_after(again)
        return touched

    async def _complete(self, caches: Awaitable[None]) -> None:
        """Wait for caches. Raises NginxError when they take too long."""
        try:
            async with asyncio.timeout(SYNC_SECONDS):
                await caches
        except TimeoutError:
            waiting = ", ".join(sorted(self._informers.unsynced))
            raise NginxError(f"the API server has not told all yet: {waiting}") from None

    async def _apply(self, ours: Sequence[Ingress]) -> tuple[Model, bool]:
        """Have nginx serve them. Raises NginxError, Refused, OSError."""
        if not ours and not self.nginx.runs:
            return Model(), False
        versions = {key_of(ingress): ingress.metadata.resource_version for ingress in ours}
        self._excluded = {key: held for key, held in self._excluded.items() if versions.get(key) == held[0]}
        for _ in range(_MOST_REFUSALS):
            model = plan(ours, self._cluster, [problem for _, problem in self._excluded.values()])
            written = render(model, self._frame)
            if self.nginx.runs and written.generation == self._generation:
                return model, False
            files.write(self._frame, model)
            refusal = await check(self._program, self._frame, written)
            if refusal is None:
                await self._install(written)
                files.clean(self._frame, model)
                return model, True
            self._blame(refusal, versions)
        raise Refused("nginx refuses one configuration after the other")

    def _blame(self, refusal: Refusal, versions: dict[Key, str]) -> None:
        """Leave out what is at fault; the others are served. Raises Refused when it cannot be told."""
        metrics.counter("minik8s_ingress_refused_configurations", "Configurations nginx refused").inc()
        if refusal.certificate:
            self._pairs.condemn(refusal.certificate, refusal.message)
        elif refusal.owner in versions and refusal.owner not in self._excluded:
            problem = Problem(refusal.owner, "Rejected", f"nginx refuses it: {refusal.message}")
            self._excluded[refusal.owner] = (versions[refusal.owner], problem)
        else:
            raise Refused(f"nginx refuses the configuration: {refusal.message}")

    async def _install(self, written: Written) -> None:
        began = self._clock.monotonic()
        self._frame.candidate.replace(self._frame.configuration)
        runs = self.nginx.runs
        self._generation = ""
        await (self.nginx.reload(written.generation) if runs else self.nginx.start(written.generation))
        self._generation = written.generation
        seconds = self._clock.monotonic() - began
        metrics.counter("minik8s_ingress_reloads", "Configurations installed").inc()
        metrics.histogram("minik8s_ingress_reload_seconds", "Until nginx serves a new configuration").observe(seconds)
        log.info("serving", generation=written.generation, reloaded=runs, seconds=round(seconds, 3))

    async def _rest(self) -> float:
        """Nothing is to be served: end nginx after a while. Seconds until to look again."""
        now = self._clock.monotonic()
        if self._idle_since is None:
            self._idle_since = now
        left = self._idle_since + IDLE_SECONDS - now
        if left > 0:
            return left
        log.info("no ingress is left, nginx is ended")
        await self.nginx.stop(5)
        self._generation, self._idle_since = "", None
        return 0.0

    def _failed(self, message: str) -> None:
        if message != self._trouble:
            log.error("not served", error=message)
        self._trouble = message
        first, most = _RETRY
        self._wake_after(min(first * 2.0**self._failures, most))
        self._failures = min(self._failures + 1, 10)

    def _wake_after(self, seconds: float) -> None:
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if seconds > 0:
            self._again = asyncio.create_task(self._later(seconds), name="ingress-again")

    async def _later(self, seconds: float) -> None:
        await self._clock.sleep(seconds)
        self._changed.set()
