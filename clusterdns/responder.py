"""From the bytes of a question to the bytes of its answer."""

from __future__ import annotations

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import structlog

from clusterdns.upstream import NoAnswer, Upstream
from clusterdns.zone import Zone

log = structlog.get_logger("dns")

MOST_HOT = 20000
MOST_ALIASES = 8
REVERSE = (".in-addr.arpa", ".ip6.arpa")


class Responder:
    """Answers one message at a time; answers about the cluster are kept as bytes until the cluster changes."""

    def __init__(self, zone: Zone, upstream: Upstream, ttl: int = 30) -> None:
        self._zone, self._upstream, self._ttl = zone, upstream, ttl
        self._hot: dict[tuple[bool, bytes], bytes] = {}
        self._serial = 1

    def changed(self) -> None:
        """The cluster changed: forget what was kept."""
        self._hot.clear()
        self._serial += 1

    def hot(self, wire: bytes, tcp: bool = False) -> bytes | None:
        """The answer to a question seen before, without decoding anything; None when it is not known."""
        held = self._hot.get((tcp, wire[2:]))
        return wire[:2] + held if held is not None else None

    async def respond(self, wire: bytes, tcp: bool = False) -> bytes | None:
        """The answer; None for what deserves none (garbage, answers sent to us)."""
        known = self.hot(wire, tcp)
        if known is not None:
            return known
        try:
            query = dns.message.from_wire(wire)
        except (dns.exception.DNSException, ValueError):
            return _malformed(wire)
        if query.flags & dns.flags.QR:
            return None
        answer = dns.message.make_response(query, recursion_available=True)
        if query.opcode() != dns.opcode.QUERY or len(query.question) != 1:
            answer.set_rcode(dns.rcode.NOTIMP if query.opcode() != dns.opcode.QUERY else dns.rcode.FORMERR)
            return answer.to_wire()
        keep = await self._fill(answer, query.question[0])
        most = 65535 if tcp else max(512, min(query.payload or 512, 1232) if query.edns >= 0 else 512)
        out = _to_wire(answer, most)
        if keep and len(self._hot) < MOST_HOT:
            self._hot[(tcp, wire[2:])] = out[2:]
        return out

    async def _fill(self, answer: dns.message.Message, question: dns.rrset.RRset) -> bool:
        """Fill in the answer; returns whether it may be kept until the cluster changes."""
        name = question.name.to_text(omit_final_dot=True).lower()
        if name + "." == self._upstream.probe:
            self._upstream.looped = True
            log.error("the upstream name servers lead back here: forwarding is off (see --upstream)")
            answer.set_rcode(dns.rcode.SERVFAIL)
            return False
        if question.rdclass != dns.rdataclass.IN:
            answer.set_rcode(dns.rcode.REFUSED)
            return False
        if self._zone.covers(name):
            return await self._local(answer, question, name)
        if question.rdtype == dns.rdatatype.PTR and name.endswith(REVERSE):
            names = self._zone.reverse(name)
            if names:
                answer.flags |= dns.flags.AA
                data = [f"{n}." for n in names]
                answer.answer.append(dns.rrset.from_text_list(question.name, self._ttl, "IN", "PTR", data))
                return True
        await self._forward(answer, question.name, question.rdtype)
        return False

    async def _local(self, answer: dns.message.Message, question: dns.rrset.RRset, name: str) -> bool:
        kind = dns.rdatatype.to_text(question.rdtype)
        answer.flags |= dns.flags.AA
        owner = question.name
        for _ in range(MOST_ALIASES):
            found = self._zone.lookup(name, kind)
            alias = next((data for record, data in found.records if record == "CNAME"), "")
            if not alias:
                break
            answer.answer.append(dns.rrset.from_text(owner, self._ttl, "IN", "CNAME", alias))
            if kind == "CNAME":
                return True
            owner, name = dns.name.from_text(alias), alias.rstrip(".").lower()
            if not self._zone.covers(name):
                await self._forward(answer, owner, question.rdtype)
                return False
        data = [text for record, text in found.records if record == kind]
        if name == self._zone.domain and kind in ("SOA", "NS"):
            data = [_soa(self._zone.domain, self._serial)] if kind == "SOA" else [f"ns.dns.{self._zone.domain}."]
        if data:
            answer.answer.append(dns.rrset.from_text_list(owner, self._ttl, "IN", kind, data))
            for target, (record, text) in found.extra:
                answer.additional.append(dns.rrset.from_text(f"{target}.", self._ttl, "IN", record, text))
            return True
        if not found.exists:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        soa = _soa(self._zone.domain, self._serial)
        answer.authority.append(dns.rrset.from_text(f"{self._zone.domain}.", min(self._ttl, 5), "IN", "SOA", soa))
        return True

    async def _forward(self, answer: dns.message.Message, name: dns.name.Name, kind: int) -> None:
        try:
            found = await self._upstream.resolve(name.to_text(), kind)
        except NoAnswer as error:
            log.debug("cannot forward", name=name.to_text(), error=str(error))
            answer.set_rcode(dns.rcode.SERVFAIL)
            return
        answer.set_rcode(found.rcode())
        answer.answer.extend(found.answer)
        answer.authority.extend(found.authority)


def _soa(domain: str, serial: int) -> str:
    return f"ns.dns.{domain}. hostmaster.{domain}. {serial} 7200 1800 86400 5"


def _to_wire(answer: dns.message.Message, most: int) -> bytes:
    try:
        return answer.to_wire(max_size=most)
    except dns.exception.TooBig:
        pass
    answer.additional.clear()
    try:
        return answer.to_wire(max_size=most)
    except dns.exception.TooBig:
        answer.flags |= dns.flags.TC
        answer.answer.clear()
        answer.authority.clear()
        return answer.to_wire()


def _malformed(wire: bytes) -> bytes | None:
    if len(wire) < 12 or wire[2] & 0x80:
        return None
    return wire[:2] + bytes([0x80 | wire[2] & 0x79, 0x80 | dns.rcode.FORMERR]) + bytes(8)
