"""The names of the cluster, computed purely: from Services and EndpointSlices to records."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable, Iterable, Sequence

from minik8s.api.core_v1 import Service
from minik8s.api.discovery_v1 import Endpoint, EndpointSlice

Record = tuple[str, str]
"""Type and data as a zone file spells it: ("A", "10.96.0.1")."""


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """What a name has: whether it exists at all, and its records of the type asked for."""

    exists: bool
    records: tuple[Record, ...] = ()
    extra: tuple[tuple[str, Record], ...] = ()
    """Records of other names that save the client a question."""


NOTHING = Answer(False)
EMPTY = Answer(True)


class Source:
    """Where the zone looks things up; informers in the daemon, plain dicts in tests."""

    def __init__(
        self,
        service: Callable[[str, str], Service | None],
        slices: Callable[[str, str], Iterable[EndpointSlice]],
        has_namespace: Callable[[str], bool],
        services_by_ip: Callable[[str], Iterable[Service]],
        slices_by_ip: Callable[[str], Iterable[EndpointSlice]],
        pod_exists: Callable[[str, str], bool] | None = None,
    ) -> None:
        self.service, self.slices, self.has_namespace = service, slices, has_namespace
        self.services_by_ip, self.slices_by_ip, self.pod_exists = services_by_ip, slices_by_ip, pod_exists


class Zone:
    """Answers for every name under the cluster's domain, and for the reverse of its addresses."""

    def __init__(self, domain: str, source: Source) -> None:
        self.domain = domain.strip(".").lower()
        self._source = source

    def covers(self, name: str) -> bool:
        """Whether a name (lower case, no dot at the end) is ours to answer."""
        return name == self.domain or name.endswith("." + self.domain)

    def lookup(self, name: str, kind: str) -> Answer:
        """The records of `kind` (A, AAAA, SRV, CNAME, TXT …) that a name under the domain has."""
        if name == self.domain:
            return EMPTY
        labels = name[: -len(self.domain) - 1].split(".")
        top = labels.pop()
        if top == "dns-version" and not labels:
            return Answer(True, (("TXT", '"1.1.0"'),) if kind == "TXT" else ())
        if top not in ("svc", "pod"):
            return EMPTY if (top, labels) in (("dns", []), ("dns", ["ns"])) else NOTHING
        if not labels:
            return EMPTY
        namespace = labels.pop()
        if not self._source.has_namespace(namespace):
            return NOTHING
        if not labels:
            return EMPTY
        return self._pod(labels, namespace, kind) if top == "pod" else self._service(labels, namespace, kind)

    def reverse(self, name: str) -> tuple[str, ...]:
        """The names of an address, for a name under in-addr.arpa or ip6.arpa; empty when it is none of ours."""
        address = _address_of(name)
        if not address:
            return ()
        found = [self._service_name(s) for s in self._source.services_by_ip(address)]
        if found:
            return tuple(found[:1])
        for piece in self._source.slices_by_ip(address):
            service = piece.metadata.labels.get("kubernetes.io/service-name", "")
            for endpoint in piece.endpoints:
                if service and address in endpoint.addresses and endpoint.hostname:
                    names = f"{endpoint.hostname}.{service}.{piece.metadata.namespace}.svc.{self.domain}"
                    found.append(names)
        return tuple(dict.fromkeys(found))

    def _pod(self, labels: list[str], namespace: str, kind: str) -> Answer:
        if len(labels) != 1:
            return NOTHING
        text = labels[0]
        address = text.replace("-", ".") if text.count("-") == 3 else text.replace("-", ":")
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return NOTHING
        exists = self._source.pod_exists
        if exists is not None and not exists(namespace, str(parsed)):
            return NOTHING
        return Answer(True, _addresses([str(parsed)], kind))

    def _service(self, labels: list[str], namespace: str, kind: str) -> Answer:
        service = self._source.service(namespace, labels.pop())
        if service is None:
            return NOTHING
        if service.spec.type == "ExternalName":
            if labels or not service.spec.external_name:
                return NOTHING
            return Answer(True, (("CNAME", service.spec.external_name.rstrip(".") + "."),))
        if service.spec.cluster_ip in ("", "None"):
            return self._headless(labels, service, kind)
        own = self._service_name(service)
        ips = service.spec.cluster_ips or [service.spec.cluster_ip]
        if not labels:
            if kind == "SRV":
                return self._srv(service, [(own, p.port, tuple(ips)) for p in service.spec.ports])
            return Answer(True, _addresses(ips, kind))
        if _is_port(labels):
            ports = [p for p in service.spec.ports if _same_port(labels, p.name, p.protocol)]
            if not ports:
                return NOTHING
            return self._srv(service, [(own, p.port, tuple(ips)) for p in ports]) if kind == "SRV" else EMPTY
        if len(labels) == 1 and labels[0].startswith("_"):
            return EMPTY
        return self._endpoint(labels, service, kind)

    def _headless(self, labels: list[str], service: Service, kind: str) -> Answer:
        targets = list(self._targets(service))
        if not labels:
            if kind == "SRV":
                return self._srv(service, [(n, port, (a,)) for n, a, ports in targets for _, _, port in ports])
            return Answer(True, _addresses([a for _, a, _ in targets], kind)) if targets else EMPTY
        if _is_port(labels):
            found = [
                (n, number, (a,))
                for n, a, ports in targets
                for name, protocol, number in ports
                if _same_port(labels, name, protocol)
            ]
            if not found:
                return NOTHING
            return self._srv(service, found) if kind == "SRV" else EMPTY
        return self._endpoint(labels, service, kind)

    def _endpoint(self, labels: list[str], service: Service, kind: str) -> Answer:
        if len(labels) != 1:
            return NOTHING
        wanted = f"{labels[0]}.{self._service_name(service)}"
        found = [address for name, address, _ in self._targets(service) if name == wanted]
        return Answer(True, _addresses(found, kind)) if found else NOTHING

    def _targets(self, service: Service) -> Iterable[tuple[str, str, list[tuple[str, str, int]]]]:
        own = self._service_name(service)
        seen = set()
        for piece in self._source.slices(service.metadata.namespace, service.metadata.name):
            ports = [(p.name or "", p.protocol or "TCP", p.port or 0) for p in piece.ports]
            for endpoint in piece.endpoints:
                for address in endpoint.addresses if _answers(service, endpoint) else []:
                    if (address, tuple(ports)) not in seen:
                        seen.add((address, tuple(ports)))
                        yield f"{_host(endpoint, address)}.{own}", address, ports

    def _srv(self, service: Service, targets: Sequence[tuple[str, int, tuple[str, ...]]]) -> Answer:
        records = tuple(dict.fromkeys(("SRV", f"0 100 {port} {name}.") for name, port, _ in targets))
        extra = dict.fromkeys(
            (name, record) for name, _, ips in targets for kind in ("A", "AAAA") for record in _addresses(ips, kind)
        )
        return Answer(True, records, tuple(extra))

    def _service_name(self, service: Service) -> str:
        return f"{service.metadata.name}.{service.metadata.namespace}.svc.{self.domain}"


def _answers(service: Service, endpoint: Endpoint) -> bool:
    return endpoint.conditions.ready is not False or service.spec.publish_not_ready_addresses


def _host(endpoint: Endpoint, address: str) -> str:
    return (endpoint.hostname or address.replace(".", "-").replace(":", "-")).lower()


def _is_port(labels: list[str]) -> bool:
    return len(labels) == 2 and all(label.startswith("_") for label in labels)


def _same_port(labels: list[str], name: str, protocol: str) -> bool:
    return labels == [f"_{name.lower()}", f"_{(protocol or 'TCP').lower()}"]


def _addresses(addresses: Iterable[str], kind: str) -> tuple[Record, ...]:
    if kind not in ("A", "AAAA"):
        return ()
    return tuple((kind, a) for a in dict.fromkeys(addresses) if a and (":" in a) == (kind == "AAAA"))


def _address_of(name: str) -> str:
    try:
        if name.endswith(".in-addr.arpa"):
            return str(ipaddress.IPv4Address(".".join(reversed(name.removesuffix(".in-addr.arpa").split(".")))))
        if name.endswith(".ip6.arpa"):
            digits = "".join(reversed(name.removesuffix(".ip6.arpa").split(".")))
            return str(ipaddress.IPv6Address(int(digits, 16))) if len(digits) == 32 else ""
    except ValueError:
        return ""
    return ""
