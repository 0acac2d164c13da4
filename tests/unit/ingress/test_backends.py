from __future__ import annotations

import pytest

from ingress.backends import NoBackend, resolve
from minik8s.api.core_v1 import Service
from minik8s.api.discovery_v1 import EndpointSlice
from tests.support.ingresses import backend, endpoints, service


def found(wanted: str, held: Service | None, *slices: EndpointSlice) -> tuple[str, ...]:
    named = backend(wanted).service
    assert named is not None
    return resolve("default", named, held, slices).endpoints


def test_a_port_by_number_and_by_name() -> None:
    held = service("web", ports={"http": 80, "admin": 81})
    slices = (endpoints("web", "10.0.0.1:8080"), endpoints("web", "10.0.0.1:9090", port="admin", suffix="2"))
    assert found("web:80", held, *slices) == ("10.0.0.1:8080",)
    assert found("web:admin", held, *slices) == ("10.0.0.1:9090",)
    for wanted in ("web:82", "web:https"):
        with pytest.raises(NoBackend, match="has no port"):
            found(wanted, held, *slices)
    with pytest.raises(NoBackend, match="not found"):
        found("web", None)


def test_ready_ones_and_those_that_still_serve_when_none_is() -> None:
    held = service("web")
    ready = endpoints("web", "10.0.0.2:80", "10.0.0.1:80")
    unready = endpoints("web", "10.0.0.3:80", suffix="2", ready=False)
    ending = endpoints("web", "10.0.0.4:80", suffix="3", ready=False, serving=True, terminating=True)
    assert found("web", held, ready, unready, ending) == ("10.0.0.1:80", "10.0.0.2:80")
    assert found("web", held, unready, ending) == ("10.0.0.4:80",)
    assert found("web", held, unready) == ()


def test_addresses_are_written_as_nginx_reads_them_and_nothing_else_is() -> None:
    six = endpoints("web", "10.0.0.1:80")
    six.address_type, six.endpoints[0].addresses = "IPv6", ["fd00::1"]
    odd = endpoints("web", "10.0.0.1:80", suffix="2")
    odd.endpoints[0].addresses = ["10.0.0.1; } server {"]
    names = endpoints("web", "10.0.0.1:80", suffix="3")
    names.address_type = "FQDN"
    zone = endpoints("web", "10.0.0.1:80", suffix="4")
    zone.address_type, zone.endpoints[0].addresses = "IPv6", ["fe80::1%a; }"]
    far = endpoints("web", "10.0.0.1:70000", suffix="5")
    assert found("web", service("web"), six, odd, names, zone, far) == ("[fd00::1]:80",)


def test_external_names() -> None:
    def external(name: str, wanted: str = "away:443") -> tuple[str, int]:
        named = backend(wanted).service
        assert named is not None
        held = service("away", type="ExternalName", external_name=name)
        answer = resolve("default", named, held, ())
        return answer.external, answer.port

    assert external("Example.COM.") == ("example.com", 443)
    assert external("example.com", "away:http") == ("example.com", 80)
    for name in ("", "localhost", "a.localhost", "127.0.0.1", "x;y", "a b", "$host", "[::1]"):
        with pytest.raises(NoBackend):
            external(name)
    with pytest.raises(NoBackend, match="has no port"):
        external("example.com", "away:https")
