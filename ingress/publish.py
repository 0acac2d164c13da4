"""What users see: the address in an Ingress' status once nginx serves it, and events about what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any, Literal

import structlog

from ingress.model import Key, Problem
from ingress.plan import key_of
from minik8s.api.networking_v1 import Ingress, IngressLoadBalancerIngress
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.client.events import EventRecorder

log = structlog.get_logger("ingress.publish")

PATIENCE_SECONDS = 5.0
"""What one `kubectl apply` makes arrives piece by piece: for so long nothing is called missing."""
RETRY_SECONDS = 5.0
"""After how long a status is written again that could not be."""
_PATIENT = ("BackendNotFound", "BadSecret")


def addresses_of(values: Iterable[str]) -> list[IngressLoadBalancerIngress]:
    """Addresses or names as a status has them."""
    found = []
    for value in values:
        is_address = ":" in value or value.replace(".", "").isdigit()
        found.append(IngressLoadBalancerIngress(ip=value) if is_address else IngressLoadBalancerIngress(hostname=value))
    return found


class Publisher:
    """Writes while it leads; of several controllers one does."""

    def __init__(self, client: ApiClient, recorder: EventRecorder, addresses: Sequence[str]) -> None:
        self._client, self._recorder = client, recorder
        self._addresses = addresses_of(addresses)
        self._leads = False
        self._offered: tuple[list[Ingress], frozenset[Key], tuple[Problem, ...]] | None = None
        self._fresh = asyncio.Event()
        self._told: dict[Key, frozenset[Problem]] = {}
        self._since: dict[Problem, float] = {}
        self._seen: dict[Key, tuple[str, int | None, dict[str, str]]] = {}

    @property
    def leads(self) -> bool:
        """Whether it writes."""
        return self._leads

    @leads.setter
    def leads(self, now: bool) -> None:
        self._leads = now
        self._fresh.set()

    def offer(self, ingresses: Iterable[Ingress], accepted: frozenset[Key], problems: Sequence[Problem]) -> None:
        """What is to be seen from now on; of several offers the last counts."""
        self._offered = (list(ingresses), accepted, tuple(problems))
        self._fresh.set()

    async def run(self) -> None:
        """Publish what is offered, until cancelled."""
        again = 0.0
        while True:
            await self._pause(again)
            self._fresh.clear()
            if self._offered is not None:
                again = await self.publish(*self._offered)

    async def _pause(self, seconds: float) -> None:
        """Until there is something new, or the time is over, if there is one."""
        waiting = {asyncio.ensure_future(self._fresh.wait())}
        if seconds > 0:
            waiting.add(asyncio.ensure_future(self._slept(seconds)))
        try:
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in waiting:
                task.cancel()

    async def _slept(self, seconds: float) -> Literal[True]:
        await self._client.clock.sleep(seconds)
        return True

    async def publish(
        self, ingresses: Iterable[Ingress], accepted: frozenset[Key], problems: Sequence[Problem]
    ) -> float:
        """Bring statuses and events in line; seconds until it should be called again, 0 for not before a change."""
        if not self.leads:
            return 0.0
        held = {key_of(ingress): ingress for ingress in ingresses}
        for key in self._told.keys() - held.keys():
            del self._told[key]
        for key in self._seen.keys() - held.keys():
            del self._seen[key]
        again = self._warn(held, problems)
        for key in sorted(accepted & held.keys()):
            self._note(key, held[key])
            if not await self._address(held[key]):
                again = max(again, RETRY_SECONDS)
        return again

    def _warn(self, held: dict[Key, Ingress], problems: Sequence[Problem]) -> float:
        now, again = self._client.clock.monotonic(), 0.0
        current = frozenset(problem for problem in problems if problem.owner in held)
        self._since = {problem: self._since.get(problem, now) for problem in current}
        due = []
        for problem in dict.fromkeys(problems):
            if problem not in current:
                continue
            left = self._since[problem] + PATIENCE_SECONDS - now if problem.reason in _PATIENT else 0.0
            if left > 0:
                again = max(again, left)
            else:
                due.append(problem)
        for problem in due:
            if problem not in self._told.get(problem.owner, frozenset()):
                log.info("problem", ingress="/".join(problem.owner), reason=problem.reason, message=problem.message)
                self._recorder.event(held[problem.owner], "Warning", problem.reason, problem.message)
        self._told = {key: frozenset(problem for problem in due if problem.owner == key) for key in held}
        return again

    def _note(self, key: Key, ingress: Ingress) -> None:
        """One event for what is new or changed; what an earlier controller served already is neither."""
        meta = ingress.metadata
        now = (meta.uid, meta.generation, meta.annotations)
        before = self._seen.get(key)
        self._seen[key] = now
        if before != now and (before is not None or ingress.status.load_balancer.ingress != self._addresses):
            self._recorder.event(ingress, "Normal", "Sync", "Scheduled for sync")

    async def _address(self, ingress: Ingress) -> bool:
        """Whether the status is as it should be now."""
        if not self._addresses or ingress.status.load_balancer.ingress == self._addresses:
            return True
        plain: list[dict[str, Any]] = [{"ip": a.ip} if a.ip else {"hostname": a.hostname} for a in self._addresses]
        patch = {"status": {"loadBalancer": {"ingress": plain}}}
        meta = ingress.metadata
        try:
            await self._client.patch(Ingress, meta.name, patch, meta.namespace, "merge", "status")
        except NotFound:
            pass
        except (ApiError, ConnectionFailed) as error:
            log.warning("status not written", ingress=f"{meta.namespace}/{meta.name}", error=str(error))
            return False
        return True
