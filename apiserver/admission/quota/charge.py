"""Charging requests to stored quotas: one writer per namespace, many requests in one write."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from apiserver.admission.plugin import AdmissionRequest
from apiserver.admission.quota.check import LimitedResource, check
from apiserver.auth.errors import StatusError, internal
from apiserver.auth.protocols import Reader, Writer
from minik8s.api.core_v1 import ResourceQuota
from minik8s.quota.amounts import same
from minik8s.quota.usage import Evaluator

_ATTEMPTS = 4
_PATIENCE = 10.0  # seconds a request waits for its charge


@dataclass(slots=True)
class _Waiter:
    request: AdmissionRequest
    evaluator: Evaluator
    done: asyncio.Future[None]

    def finish(self, error: BaseException | None = None) -> None:
        if self.done.done():
            return
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)


class QuotaLedger:
    """Knows the quotas of every namespace and charges requests to them."""

    def __init__(
        self,
        reader: Reader,
        writer: Writer,
        now: Callable[[], float],
        limited: Sequence[LimitedResource] = (),
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._now = now
        self._limited = limited
        self._quotas: dict[str, dict[str, ResourceQuota]] = {}
        self._waiting: dict[str, list[_Waiter]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        reader.on_change(ResourceQuota, self._changed)

    def _changed(self, old: ResourceQuota | None, new: ResourceQuota | None) -> None:
        known = new or old
        if known is None:
            return
        namespace, name = known.metadata.namespace, known.metadata.name
        if new is not None:
            self._know(new)
            return
        here = self._quotas.get(namespace, {})
        here.pop(name, None)
        if not here:
            self._quotas.pop(namespace, None)

    def _know(self, quota: ResourceQuota) -> None:
        """Remember a quota unless a newer one is known: the ledger's own writes come back late from the cache."""
        here = self._quotas.setdefault(quota.metadata.namespace, {})
        known = here.get(quota.metadata.name)
        if known is not None and known.metadata.uid == quota.metadata.uid:
            if int(known.metadata.resource_version or 0) >= int(quota.metadata.resource_version or 0):
                return
        here[quota.metadata.name] = quota

    def concerns(self, namespace: str) -> bool:
        """Whether anything in the namespace can be refused."""
        return namespace in self._quotas or bool(self._limited)

    async def charge(self, request: AdmissionRequest, evaluator: Evaluator) -> None:
        """Charge the request to every quota it counts under. Raises StatusError (403, or 500 after 10 s)."""
        namespace = request.namespace
        waiter = _Waiter(request, evaluator, asyncio.get_running_loop().create_future())
        self._waiting.setdefault(namespace, []).append(waiter)
        if namespace not in self._workers:
            self._workers[namespace] = asyncio.create_task(self._work(namespace))
        try:
            async with asyncio.timeout(_PATIENCE):
                await waiter.done
        except TimeoutError:
            raise internal("resource quota evaluation timed out") from None

    async def _work(self, namespace: str) -> None:
        try:
            while batch := self._waiting.pop(namespace, None):
                try:
                    await self._settle(namespace, [waiter for waiter in batch if not waiter.done.cancelled()])
                except Exception as error:
                    for waiter in batch:
                        waiter.finish(error)
        finally:
            del self._workers[namespace]

    async def _settle(self, namespace: str, batch: list[_Waiter]) -> None:
        quotas = [quota for _, quota in sorted(self._quotas.get(namespace, {}).items())]
        for attempt in range(_ATTEMPTS):
            charged, batch = self._charge(quotas, batch)
            failed: list[ResourceQuota] = []
            last: StatusError | None = None
            for before, after in zip(quotas, charged, strict=True):
                if after is before or same(before.status.used, after.status.used):
                    continue
                try:
                    self._know(await self._writer.update(after, "status"))
                except StatusError as error:
                    if error.code != 409 or attempt + 1 == _ATTEMPTS:
                        last = error
                    failed.append(after)
            if not failed:
                break
            if last is not None:
                for waiter in batch:
                    waiter.finish(last)
                return
            # Someone else wrote these: look again, and charge again what could not be written.
            quotas = await self._again(failed)
        for waiter in batch:
            waiter.finish()

    async def _again(self, failed: Sequence[ResourceQuota]) -> list[ResourceQuota]:
        found = []
        for quota in failed:
            fresh = await self._reader.fetch(ResourceQuota, quota.metadata.name, quota.metadata.namespace)
            if fresh is not None:
                self._know(fresh)
                found.append(fresh)
        return found

    def _charge(self, quotas: list[ResourceQuota], batch: list[_Waiter]) -> tuple[list[ResourceQuota], list[_Waiter]]:
        """The quotas with all that fits charged, and the waiters whose charge must still be written."""
        pending = []
        current = list(quotas)
        for waiter in batch:
            try:
                after = check(current, waiter.request, waiter.evaluator, self._now(), self._limited)
            except StatusError as error:
                waiter.finish(error)
                continue
            if waiter.request.dry_run:
                waiter.finish()
                continue
            if all(new is old for new, old in zip(after, current, strict=True)):
                # Costs nothing here; after a lost race it may still have been charged elsewhere.
                waiter.finish()
                continue
            current = after
            pending.append(waiter)
        return current, pending
