"""Extenders: HTTP services that filter and rank nodes for the Pods they care about, or bind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
import numpy as np
import structlog

from minik8s.api.core_v1 import Node, NodeList, Pod
from minik8s.daemon.flags import parse_duration
from scheduler import resources
from scheduler.arrays import Bools, Ints
from scheduler.plugin import MAX_SCORE, Rejection
from scheduler.pods.info import PodInfo
from scheduler.state.columns import Columns

if TYPE_CHECKING:
    import aiohttp

log = structlog.get_logger("scheduler")

_TOP = 10
"""The best an extender can say of a node."""


class ExtenderError(Exception):
    """An extender that is not ignorable failed."""


class _Args(msgspec.Struct):
    Pod: Pod
    Nodes: NodeList | None = None
    NodeNames: list[str] | None = None


class _FilterResult(msgspec.Struct):
    Nodes: NodeList | None = None
    NodeNames: list[str] | None = None
    FailedNodes: dict[str, str] | None = None
    FailedAndUnresolvableNodes: dict[str, str] | None = None
    Error: str = ""


class _HostPriority(msgspec.Struct):
    Host: str
    Score: int


class _BindingArgs(msgspec.Struct):
    PodName: str
    PodNamespace: str
    PodUID: str
    Node: str


class _BindingResult(msgspec.Struct):
    Error: str = ""


class Call(Protocol):
    """Sends JSON to a URL; raises OSError, TimeoutError or ValueError."""

    async def __call__(self, url: str, body: bytes, seconds: float) -> bytes:
        """The answer's body."""
        ...

    async def close(self) -> None:
        """Drop the connections."""
        ...


class HttpCall:
    """POST with certificates from `tlsConfig`."""

    def __init__(self, tls: Mapping[str, Any] | None) -> None:
        self._tls = tls or {}
        self._session: aiohttp.ClientSession | None = None

    async def __call__(self, url: str, body: bytes, seconds: float) -> bytes:
        """The answer's body. Raises OSError, TimeoutError and ValueError for an answer that is not 200."""
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=self._context()))
        limit = aiohttp.ClientTimeout(total=seconds)
        headers = {"Content-Type": "application/json"}
        try:
            async with self._session.post(url, data=body, headers=headers, timeout=limit) as answer:
                found = await answer.read()
                if answer.status != 200:
                    raise ValueError(
                        f"failed {url.rpartition('/')[2]} with extender at URL {url}, code {answer.status}"
                    )
                return found
        except aiohttp.ClientError as error:
            raise OSError(str(error)) from None

    def _context(self) -> Any:
        import ssl

        context = ssl.create_default_context(cafile=self._tls.get("caFile") or None)
        if self._tls.get("insecure"):
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self._tls.get("certFile"):
            context.load_cert_chain(self._tls["certFile"], self._tls.get("keyFile") or None)
        return context

    async def close(self) -> None:
        """Drop the connections."""
        if self._session is not None:
            await self._session.close()


class Extender:
    """One entry of `extenders` in the configuration. Raises ValueError for one that makes no sense."""

    def __init__(self, args: Mapping[str, Any], call: Call | None = None) -> None:
        self.url = str(args.get("urlPrefix") or "").rstrip("/")
        if not self.url:
            raise ValueError("extenders: urlPrefix must be set")
        if args.get("preemptVerb"):
            raise ValueError(f"extenders: {self.url}: preemptVerb is not supported, leave it out")
        self._filter = str(args.get("filterVerb") or "")
        self._prioritize = str(args.get("prioritizeVerb") or "")
        self._bind = str(args.get("bindVerb") or "")
        self._weight = int(args.get("weight") or 0)
        if self._prioritize and self._weight <= 0:
            raise ValueError(f"extenders: {self.url}: must have a positive weight applied to it")
        self._seconds = parse_duration(str(args.get("httpTimeout") or "5s"))
        self._names_only = bool(args.get("nodeCacheCapable"))
        self.ignorable = bool(args.get("ignorable"))
        managed = args.get("managedResources") or []
        self._managed = {resources.number_of(str(one["name"])) for one in managed}
        self.ignored = {str(one["name"]) for one in managed if one.get("ignoredByScheduler")}
        self._call: Call = call or HttpCall(args.get("tlsConfig"))

    @property
    def binds(self) -> bool:
        """Whether it wants to bind the Pods it cares about."""
        return bool(self._bind)

    def cares(self, pod: PodInfo) -> bool:
        """Whether the Pod asks for a resource it manages; without any, it cares about all."""
        return not self._managed or any(number in self._managed for number, _ in pod.template.requests)

    async def filter(self, pod: PodInfo, columns: Columns, ok: Bools) -> list[Rejection]:
        """The nodes it excludes. Raises ExtenderError."""
        if not self._filter:
            return []
        answer = await self._ask(self._filter, self._args(pod, columns, ok), _FilterResult)
        if answer.Error:
            raise ExtenderError(answer.Error)
        kept = None
        if answer.NodeNames is not None:
            kept = set(answer.NodeNames)
        elif answer.Nodes is not None:
            kept = {node.metadata.name for node in answer.Nodes.items}
        by_reason: dict[tuple[str, bool], Bools] = {}
        hopeless = answer.FailedAndUnresolvableNodes or {}
        failed = answer.FailedNodes or {}
        for row in np.flatnonzero(ok):
            name = columns.name(int(row))
            if name in hopeless or name in failed or (kept is not None and name not in kept):
                text = hopeless.get(name) or failed.get(name) or "node(s) were excluded by a scheduler extender"
                key = (text, name not in hopeless)
                by_reason.setdefault(key, np.zeros(columns.capacity, dtype=np.bool_))[row] = True
        return [Rejection(mask, reason, resolvable) for (reason, resolvable), mask in by_reason.items()]

    async def scores(self, pod: PodInfo, columns: Columns, ok: Bools) -> Ints | None:
        """What it adds to the nodes' scores; None if it ranks nothing or failed, which is never the Pod's fault."""
        if not self._prioritize:
            return None
        try:
            answer = await self._ask(self._prioritize, self._args(pod, columns, ok), list[_HostPriority])
        except ExtenderError as error:
            log.warning("extender failed to prioritize", url=self.url, error=str(error))
            return None
        found: Ints = np.zeros(columns.capacity, dtype=np.int64)
        for one in answer:
            row = columns.row_of.get(one.Host)
            if row is not None:
                found[row] = one.Score * self._weight * (MAX_SCORE // _TOP)
        return found

    async def bind(self, pod: PodInfo, node: str) -> None:
        """Bind the Pod. Raises ExtenderError."""
        args = _BindingArgs(pod.name, pod.namespace, pod.uid, node)
        answer = await self._ask(self._bind, args, _BindingResult)
        if answer.Error:
            raise ExtenderError(answer.Error)

    async def close(self) -> None:
        """Drop the connections."""
        await self._call.close()

    def _args(self, pod: PodInfo, columns: Columns, ok: Bools) -> _Args:
        rows = [int(row) for row in np.flatnonzero(ok)]
        if self._names_only:
            return _Args(pod.pod, NodeNames=[columns.name(row) for row in rows])
        nodes: list[Node] = [node for row in rows if (node := columns.nodes[row]) is not None]
        return _Args(pod.pod, Nodes=NodeList(items=nodes))

    async def _ask(self, verb: str, args: Any, wanted: type[Any]) -> Any:
        try:
            body = await self._call(f"{self.url}/{verb}", msgspec.json.encode(args), self._seconds)
            return msgspec.json.decode(body, type=wanted)
        except (OSError, TimeoutError, ValueError, msgspec.MsgspecError) as error:
            text = str(error) or "no answer in time"
            raise ExtenderError(f"extender {self.url}/{verb}: {text}") from None


def read_extenders(entries: Sequence[Mapping[str, Any]]) -> list[Extender]:
    """The extenders of a configuration. Raises ValueError."""
    found = [Extender(entry) for entry in entries]
    if sum(one.binds for one in found) > 1:
        raise ValueError("extenders: only one extender can implement bind")
    return found
