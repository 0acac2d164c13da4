"""Who of the remotes answers: found out when something changes and every half minute, told in their status."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
import structlog

from apiserver.aggregation.errors import plain
from apiserver.aggregation.identity import CHECKER, identity_headers
from apiserver.aggregation.remotes import AVAILABLE, Remote, Remotes, Unreachable
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Reader, Writer
from apiserver.storage.cacher import NotCaughtUp
from apiserver.storage.store import StoreError
from apiserver.streams.backend import Backends
from apiserver.webhooks.services import Address, ready_addresses
from apiserver.webhooks.wording import connection_error
from minik8s.api.apiregistration_v1 import APIService, APIServiceCondition
from minik8s.api.core_v1 import Service
from minik8s.api.discovery_v1 import EndpointSlice
from minik8s.clock import Clock
from minik8s.machinery.quoting import quote
from minik8s.machinery.times import format_time

log = structlog.get_logger("apiserver.aggregation")

_EVERY = 30.0
_AGAIN = 5.0
_PAUSE = 0.25
_SECONDS = 5.0
_ATTEMPTS = 3
_SERVICE_LABEL = "kubernetes.io/service-name"
_Key = tuple[str, str]


class State(NamedTuple):
    """A state of the condition `Available`."""

    available: bool
    reason: str
    message: str


PASSED = State(True, "Passed", "all checks passed")
LOCAL = State(True, "Local", "Local APIServices are always available")


class Availability:
    """Checks remotes in the background. After each check `passed` is called with a remote that
    answers, `lost` with one that does not."""

    def __init__(
        self,
        remotes: Remotes,
        reader: Reader,
        writer: Writer,
        backends: Backends,
        clock: Clock,
        passed: Callable[[Remote], Awaitable[None]],
        lost: Callable[[Remote], None],
    ) -> None:
        self._remotes = remotes
        self._reader = reader
        self._writer = writer
        self._backends = backends
        self._clock = clock
        self._passed = passed
        self._lost = lost
        self._news: dict[_Key, asyncio.Event] = {}
        self._tasks: dict[_Key, asyncio.Task[None]] = {}

    def start(self) -> None:
        """Check all there are, and those that come."""
        self._remotes.changed.append(self._changed)
        for key, remote in self._remotes.by_group_version.items():
            self._changed(key, remote)
        self._reader.on_change(Service, self._service_changed)
        self._reader.on_change(EndpointSlice, self._slice_changed)

    async def stop(self) -> None:
        """End all checks."""
        tasks = list(self._tasks.values())
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _changed(self, key: _Key, remote: Remote | None) -> None:
        held = self._tasks.pop(key, None)
        if held is not None:
            held.cancel()
        if remote is None:
            self._news.pop(key, None)
            return
        news = self._news[key] = asyncio.Event()
        self._tasks[key] = asyncio.create_task(self._watch(remote, news), name=f"availability of {remote.name}")

    def _service_changed(self, old: Service | None, new: Service | None) -> None:
        metadata = (new or old).metadata  # type: ignore[union-attr]
        self._wake(metadata.namespace, metadata.name)

    def _slice_changed(self, old: EndpointSlice | None, new: EndpointSlice | None) -> None:
        if not self._news:
            return
        metadata = (new or old).metadata  # type: ignore[union-attr]
        self._wake(metadata.namespace, metadata.labels.get(_SERVICE_LABEL, ""))

    def _wake(self, namespace: str, name: str) -> None:
        for key, news in self._news.items():
            remote = self._remotes.by_group_version.get(key)
            if remote is not None and (remote.service.namespace, remote.service.name) == (namespace, name):
                news.set()

    async def _watch(self, remote: Remote, news: asyncio.Event) -> None:
        while True:
            news.clear()
            state = await self.check(remote)
            try:
                await tell(self._reader, self._writer, self._clock, remote.name, state)
                remote.available = state.available
                if state.available:
                    await self._passed(remote)
                else:
                    self._lost(remote)
            except (StatusError, StoreError, NotCaughtUp) as error:
                log.warning("cannot write the status of an APIService", name=remote.name, reason=str(error))
            except Exception:
                log.exception("cannot take over what an API server says of itself", name=remote.name)
            # What failed may well be a server that is about to start.
            seconds = _EVERY if state.available or state.reason != "FailedDiscoveryCheck" else _AGAIN
            waiting = asyncio.ensure_future(news.wait())
            sleeping = asyncio.ensure_future(self._clock.sleep(seconds))
            try:
                await asyncio.wait([waiting, sleeping], return_when=asyncio.FIRST_COMPLETED)
            finally:
                waiting.cancel()
                sleeping.cancel()

    async def check(self, remote: Remote) -> State:
        """Whether a remote can be asked, and what stands in the way."""
        reference = remote.service
        where = f"service/{reference.name} in {quote(reference.namespace)}"
        service = self._reader.get(Service, reference.name, reference.namespace)
        if service is None:
            return State(False, "ServiceNotFound", f"{where} is not present")
        if service.spec.type != "ExternalName":
            port = next((each for each in service.spec.ports if each.port == remote.port), None)
            if port is None:
                return State(False, "ServicePortError", f"{where} is not listening on port {remote.port}")
            slices = [
                each
                for each in self._reader.list(EndpointSlice, reference.namespace)
                if each.metadata.labels.get(_SERVICE_LABEL) == reference.name
            ]
            if not slices:
                return State(False, "EndpointsNotFound", f"cannot find endpointslices for {where}")
            if not ready_addresses(self._reader, reference.name, reference.namespace, port.name):
                why = f"endpointslices for {where} have no addresses with port name {quote(port.name)}"
                return State(False, "MissingEndpoints", why)
        return await self._discovery(remote)

    async def _discovery(self, remote: Remote) -> State:
        """Ask some times, soon again where nobody has answered well: one good answer is enough."""
        asked: set[asyncio.Future[str]] = set()
        why = ""
        try:
            for attempt in range(1, _ATTEMPTS + 1):
                try:
                    address, tls = self._remotes.reach(remote)
                except Unreachable as error:
                    why = f"failing or missing response from {_url(remote)}: {error}"
                    return State(False, "FailedDiscoveryCheck", why)
                asked.add(asyncio.ensure_future(self._answers(remote, address, tls)))
                pause = asyncio.ensure_future(self._clock.sleep(_PAUSE)) if attempt < _ATTEMPTS else None
                passed, said = await _heard(asked, pause)
                if passed:
                    return PASSED
                why = said or why
        finally:
            for left in asked:
                left.cancel()
        return State(False, "FailedDiscoveryCheck", f"failing or missing response from {_url(remote, address)}: {why}")

    async def _answers(self, remote: Remote, address: Address, tls: ssl.SSLContext) -> str:
        import aiohttp

        url = _url(remote, address)
        try:
            async with (
                asyncio.timeout(_SECONDS),
                self._backends.request(
                    "GET",
                    url,
                    tls,
                    [("Host", f"{remote.server_name}:{remote.port}"), *identity_headers(CHECKER)],
                    server_name=remote.server_name,
                ) as answer,
            ):
                if 200 <= answer.status < 300:
                    return ""
                return f"bad status from {url}: {answer.status}"
        except TimeoutError:
            return f"Get {quote(url)}: context deadline exceeded"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return f"Get {quote(url)}: {connection_error(address.host, address.port, plain(error))}"


async def _heard(asked: set[asyncio.Future[str]], pause: asyncio.Future[None] | None) -> tuple[bool, str]:
    """Whether one of those asked answers well, and what is wrong with the last that does not.

    Waits for all of them, or until the pause is over.
    """
    why = ""
    try:
        while asked or pause is not None:
            waited: list[asyncio.Future[Any]] = [*asked, *([] if pause is None else [pause])]
            done, _ = await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            for each in done & asked:
                asked.discard(each)
                why = each.result()
                if not why:
                    return True, ""
            if pause in done:
                break
        return False, why
    finally:
        if pause is not None:
            pause.cancel()


def _url(remote: Remote, address: Address | None = None) -> str:
    host, port = address if address is not None else (remote.server_name, remote.port)
    authority = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    return f"https://{authority}/apis/{remote.group_version}"


async def tell(reader: Reader, writer: Writer, clock: Clock, name: str, state: State) -> None:
    """Write the condition into an APIService's status, where it says something else. Raises StatusError, StoreError."""
    stored = await reader.fetch(APIService, name)
    if stored is None:
        return
    status = "True" if state.available else "False"
    held = next((each for each in stored.status.conditions if each.type == AVAILABLE), None)
    if held is not None and (held.status, held.reason, held.message) == (status, state.reason, state.message):
        return
    since = held.last_transition_time if held is not None and held.status == status else None
    condition = APIServiceCondition(
        type=AVAILABLE,
        status=status,
        last_transition_time=since or format_time(clock.now()),
        reason=state.reason,
        message=state.message,
    )
    others = [each for each in stored.status.conditions if each.type != AVAILABLE]
    new = msgspec.structs.replace(
        stored, status=msgspec.structs.replace(stored.status, conditions=[*others, condition])
    )
    try:
        await writer.update(new)
    except StatusError as error:
        if error.code not in (404, 409):
            raise
