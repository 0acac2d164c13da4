"""Names that are not the cluster's: asked of the resolvers in resolv.conf, remembered for as long as they say."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import structlog

from minik8s.clock import Clock

log = structlog.get_logger("dns")

TIMEOUT = 3.0
MOST_TTL, LEAST_TTL, NEGATIVE_TTL = 3600, 1, 30
MOST_ENTRIES = 10000
MOST_PENDING = 1000


class NoAnswer(Exception):
    """No upstream answered; the message says which were asked."""


def servers_of(text: str, own: Iterable[str]) -> list[tuple[str, int]]:
    """The name servers of `--upstream`: a resolv.conf file or addresses (`1.1.1.1,9.9.9.9:5353`); never ourselves."""
    if text.startswith("/"):
        try:
            lines = Path(text).read_text().splitlines()
        except OSError:
            lines = []
        words = [line.split() for line in lines]
        addresses = [w[1] for w in words if len(w) > 1 and w[0] == "nameserver"]
    else:
        addresses = [part.strip() for part in text.split(",") if part.strip()]
    found = []
    for address in addresses:
        host, colon, port = address.rpartition(":")
        pair = (host, int(port)) if colon and port.isdigit() and ":" not in host else (address, 53)
        if pair[0] not in own:
            found.append(pair)
    return found


class Upstream:
    """Forwards questions, each once however many ask at the same time, with a cache bounded in time and size."""

    def __init__(self, servers: list[tuple[str, int]], clock: Clock) -> None:
        self.servers = servers
        self.probe = f"{secrets.token_hex(16)}.loop-probe."
        """A name nobody else asks for: if it comes back to us, upstream leads to ourselves."""
        self.looped = False
        self._clock = clock
        self._cache: dict[tuple[str, int], tuple[float, float, dns.message.Message]] = {}
        self._pending: dict[tuple[str, int], asyncio.Task[dns.message.Message]] = {}

    async def resolve(self, name: str, kind: int) -> dns.message.Message:
        """The upstream's answer, TTLs counted down. Raises NoAnswer."""
        key = (name.lower(), kind)
        now = self._clock.monotonic()
        held = self._cache.get(key)
        if held is not None and held[1] > now:
            return _aged(held[2], int(now - held[0]))
        task = self._pending.get(key)
        if task is None:
            if len(self._pending) >= MOST_PENDING:
                raise NoAnswer("too many questions wait for upstream")
            task = asyncio.create_task(self._ask(key))
            self._pending[key] = task
            task.add_done_callback(lambda done: self._done(key, done))
        return await asyncio.shield(task)

    def _done(self, key: tuple[str, int], task: asyncio.Task[dns.message.Message]) -> None:
        self._pending.pop(key, None)
        if not task.cancelled():
            task.exception()

    async def check_loop(self) -> None:
        """Ask the probe name once; the server sets `looped` when it hears it."""
        try:
            await self.resolve(self.probe, dns.rdatatype.HINFO)
        except NoAnswer:
            return

    async def _ask(self, key: tuple[str, int]) -> dns.message.Message:
        if self.looped or not self.servers:
            raise NoAnswer("upstream leads back here" if self.looped else "no upstream name server is configured")
        query = dns.message.make_query(key[0], dns.rdatatype.RdataType.make(key[1]), use_edns=0, payload=1232)
        for host, port in self.servers:
            try:
                answer, _ = await dns.asyncquery.udp_with_fallback(query, host, TIMEOUT, port)
            except (dns.exception.DNSException, OSError, EOFError) as error:
                log.debug("upstream did not answer", server=f"{host}:{port}", name=key[0], error=str(error))
                continue
            if answer.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
                self._keep(key, answer)
                return answer
        raise NoAnswer("no upstream answered: " + ", ".join(f"{h}:{p}" for h, p in self.servers))

    def _keep(self, key: tuple[str, int], answer: dns.message.Message) -> None:
        if len(self._cache) >= MOST_ENTRIES:
            for old in list(self._cache)[: MOST_ENTRIES // 10]:
                del self._cache[old]
        ttls = [rrset.ttl for rrset in answer.answer]
        ttl = max(min([*ttls, MOST_TTL]), LEAST_TTL) if ttls else NEGATIVE_TTL
        now = self._clock.monotonic()
        self._cache[key] = (now, now + ttl, answer)


def _aged(answer: dns.message.Message, seconds: int) -> dns.message.Message:
    if not seconds:
        return answer
    copied = dns.message.from_wire(answer.to_wire())
    for section in (copied.answer, copied.authority):
        for rrset in section:
            rrset.ttl = max(rrset.ttl - seconds, 0)
    return copied
