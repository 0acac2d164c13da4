"""The members of the control plane's own etcd: a machine that joins is added, one that is reset is taken out."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from cluster.machines.places import Places
from cluster.machines.settings import bracket
from cluster.options import ClusterError
from minik8s.client.credentials import client_context

_SECONDS = 10.0
_PATIENCE_SECONDS = 30.0
_PASSING = ("unhealthy cluster", "too many learner")
"""What etcd says while it takes no change yet: a member is new, or still learns."""
_RETRY_SECONDS = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """One member; a name is empty until it has started. A learner follows and has no vote yet."""

    id: str
    name: str
    peers: tuple[str, ...]
    learner: bool = False


class Members:
    """Asks any of the members at `addresses`, by etcd's JSON interface, with this machine's client certificate."""

    def __init__(self, places: Places, addresses: Sequence[str]) -> None:
        self._addresses = addresses
        folder = places.pki / "etcd"
        try:
            self._tls: ssl.SSLContext = client_context(
                ca_file=str(folder / "ca.crt"),
                cert_file=str(folder / "healthcheck-client.crt"),
                key_file=str(folder / "healthcheck-client.key"),
            )
        except OSError as error:
            raise ClusterError(f"cannot use the certificates in {folder}: {error}") from None

    async def all(self) -> list[Member]:
        """All members. Raises ClusterError."""
        return _members(await self._ask("list", {}))

    async def add(self, peer: str) -> list[Member]:
        """Add one by its peer URL as a learner, unless it is there; returns all. Raises ClusterError.

        A learner that never comes takes no vote with it: the others go on. Members take no other while one of them is
        new, or a learner: that is waited for.
        """
        there = await self.all()
        if any(peer in member.peers for member in there):
            return there
        return _members(await self._change("add", {"peerURLs": [peer], "isLearner": True}))

    async def promote(self, peer: str) -> str:
        """Give a learner its vote; why not yet, or ""."""
        try:
            mine = next(m for m in await self.all() if peer in m.peers)
            if mine.learner:
                await self._ask("promote", {"ID": mine.id})
            return ""
        except StopIteration:
            return f"{peer} is no member"
        except ClusterError as error:
            return str(error)

    async def remove(self, peer: str) -> bool:
        """Take one out, unless it is the last; returns whether it was there. Raises ClusterError."""
        there = await self.all()
        mine = [member for member in there if peer in member.peers]
        if not mine or len(there) == 1:
            return False
        await self._change("remove", {"ID": mine[0].id})
        return True

    async def _change(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                return await self._ask(what, body)
            except ClusterError as error:
                waits = any(reason in str(error) for reason in _PASSING)
                if not waits or time.monotonic() > deadline:
                    raise
            await asyncio.sleep(_RETRY_SECONDS)

    async def _ask(self, what: str, body: dict[str, Any]) -> dict[str, Any]:
        trouble = "no member is known"
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            for address in self._addresses:
                url = f"https://{bracket(address)}:2379/v3/cluster/member/{what}"
                try:
                    async with session.post(url, json=body, ssl=self._tls) as answer:
                        found: dict[str, Any] = await answer.json(content_type=None)
                        if answer.status == 200:
                            return found
                        trouble = f"{url}: {found.get('message') or found.get('error') or answer.status}"
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    trouble = f"{url}: {error or type(error).__name__}"
        raise ClusterError(f"etcd does not answer: {trouble}")


def _members(answer: dict[str, Any]) -> list[Member]:
    return [
        Member(str(m.get("ID", "")), m.get("name", ""), tuple(m.get("peerURLs", ())), bool(m.get("isLearner")))
        for m in answer.get("members", ())
    ]


def peer_url(address: str) -> str:
    """Where a machine's etcd is reached by its fellows."""
    return f"https://{bracket(address)}:2380"


def initial_cluster(members: Sequence[Member], name: str, own: str) -> str:
    """`--initial-cluster` for the machine called `name`, whose peer URL is `own`."""
    return ",".join(f"{name if own in m.peers else m.name}={url}" for m in members for url in m.peers)
