"""Ingresses and what they lead to, made short; certificates of an authority of the test's own."""

from __future__ import annotations

from typing import Any

from minik8s import pki
from minik8s.api.core_v1 import Secret, Service, ServicePort, ServiceSpec
from minik8s.api.discovery_v1 import Endpoint, EndpointConditions, EndpointPort, EndpointSlice
from minik8s.api.networking_v1 import (
    HTTPIngressPath,
    HTTPIngressRuleValue,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressClassSpec,
    IngressRule,
    IngressServiceBackend,
    IngressSpec,
    IngressTLS,
    ServiceBackendPort,
)
from minik8s.api.object_meta import ObjectMeta

CONTROLLER = "minik8s.io/ingress"
RulePath = tuple[str, str, str]
"""Path type (`P`, `E` or `I`), path, Service (`name` or `name:port`, the port 80 unless said)."""
_TYPES = {"P": "Prefix", "E": "Exact", "I": "ImplementationSpecific"}


def ingress_class(name: str = "minik8s", controller: str = CONTROLLER, default: bool = False) -> IngressClass:
    annotations = {"ingressclass.kubernetes.io/is-default-class": "true"} if default else {}
    meta = ObjectMeta(name=name, annotations=annotations)
    return IngressClass(metadata=meta, spec=IngressClassSpec(controller=controller))


def backend(text: str) -> IngressBackend:
    name, _, port = text.partition(":")
    wanted = (
        ServiceBackendPort(name=port) if port and not port.isdigit() else ServiceBackendPort(number=int(port or 80))
    )
    return IngressBackend(service=IngressServiceBackend(name=name, port=wanted))


def ingress(
    name: str,
    rules: dict[str, list[RulePath]] | None = None,
    namespace: str = "default",
    default: str = "",
    tls: dict[str, list[str]] | None = None,
    created: str = "2026-01-01T00:00:00Z",
    class_name: str | None = "minik8s",
    **annotations: str,
) -> Ingress:
    """`rules` are paths by host, `tls` hosts by Secret; annotations are ingress-nginx's with _ for -."""
    made = [
        IngressRule(
            host=host,
            http=HTTPIngressRuleValue(
                paths=[HTTPIngressPath(path=p, path_type=_TYPES[t], backend=backend(b)) for t, p, b in paths]
            ),
        )
        for host, paths in (rules or {}).items()
    ]
    spec = IngressSpec(
        ingress_class_name=class_name,
        default_backend=backend(default) if default else None,
        rules=made,
        tls=[IngressTLS(secret_name=secret, hosts=hosts) for secret, hosts in (tls or {}).items()],
    )
    meta = ObjectMeta(
        name=name,
        namespace=namespace,
        creation_timestamp=created,
        annotations={f"nginx.ingress.kubernetes.io/{k.replace('_', '-')}": v for k, v in annotations.items()},
    )
    return Ingress(metadata=meta, spec=spec)


def service(name: str, namespace: str = "default", ports: dict[str, int] | None = None, **spec: Any) -> Service:
    wanted = [ServicePort(name=n, port=p, protocol="TCP") for n, p in (ports or {"http": 80}).items()]
    meta = ObjectMeta(name=name, namespace=namespace)
    return Service(metadata=meta, spec=ServiceSpec(ports=wanted, **spec))


def endpoints(
    of: str, *addresses: str, namespace: str = "default", port: str = "http", suffix: str = "1", **conditions: bool
) -> EndpointSlice:
    """Of a Service: `address:port`, one port for all."""
    number = int(addresses[0].rpartition(":")[2]) if addresses else 80
    return EndpointSlice(
        metadata=ObjectMeta(name=f"{of}-{suffix}", namespace=namespace, labels={"kubernetes.io/service-name": of}),
        address_type="IPv4",
        ports=[EndpointPort(name=port, port=number, protocol="TCP")],
        endpoints=[
            Endpoint(addresses=[a.rpartition(":")[0]], conditions=EndpointConditions(**(conditions or {"ready": True})))
            for a in addresses
        ],
    )


def secret(name: str, namespace: str = "default", **data: bytes) -> Secret:
    """Data by key with _ for a dot."""
    meta = ObjectMeta(name=name, namespace=namespace)
    return Secret(metadata=meta, data={key.replace("_", "."): value for key, value in data.items()})


class Authority:
    """Signs certificates of hosts."""

    def __init__(self) -> None:
        self._ca = pki.new_ca("test")
        self.pem = self._ca.cert_pem.decode()

    def secret(self, name: str, *hosts: str, namespace: str = "default") -> Secret:
        pair = pki.issue(self._ca, pki.Request(hosts[0], hosts=hosts, server=True))
        return secret(name, namespace, tls_crt=pair.cert_pem, tls_key=pair.key_pem)
