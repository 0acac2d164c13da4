from __future__ import annotations

from typing import Any

import msgspec
import pytest

from kubelet.pods.downward import DownwardError, Surroundings, field_value, resource_value
from kubelet.pods.environment import ConfigError, environment, expand, service_variables
from minik8s.api.core_v1 import ConfigMap, ObjectFieldSelector, Pod, ResourceFieldSelector, Secret, Service
from tests.unit.kubelet.sources import FixedSources
from tests.unit.kubelet.world import pod_of


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y$(B)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A $(", "$A $("),
        ("100$", "100$"),
    ],
)
def test_expansion(text: str, expanded: str) -> None:
    assert expand(text, {"A": "1"}) == expanded


def with_env(*env: dict[str, Any], **more: Any) -> Pod:
    return pod_of(containers=[{"name": "c", "image": "i", "env": list(env), **more}])


async def of(pod: Pod, sources: FixedSources | None = None, services: tuple[Service, ...] = ()) -> dict[str, str]:
    return await environment(pod, pod.spec.containers[0], services, sources or FixedSources(), lambda key: None)


async def test_later_variables_see_earlier_ones_and_override_the_rest() -> None:
    sources = FixedSources(config_maps={"m": ConfigMap(data={"A": "map", "B": "map"})})
    pod = with_env(
        {"name": "B", "value": "own"},
        {"name": "C", "value": "$(A)-$(B)-$(D)"},
        {"name": "D", "value": "late"},
        envFrom=[{"configMapRef": {"name": "m"}}, {"configMapRef": {"name": "none", "optional": True}}],
    )
    assert await of(pod, sources) == {"A": "map", "B": "own", "C": "map-own-$(D)", "D": "late"}


async def test_prefixes_and_secrets() -> None:
    sources = FixedSources(secrets={"s": Secret(data={"key": b"value"})})
    pod = with_env(
        {"name": "ONE", "valueFrom": {"secretKeyRef": {"name": "s", "key": "key"}}},
        envFrom=[{"prefix": "P_", "secretRef": {"name": "s"}}],
    )
    assert await of(pod, sources) == {"P_key": "value", "ONE": "value"}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"configMapKeyRef": {"name": "none", "key": "k"}}, 'configmap "none" not found'),
        ({"configMapKeyRef": {"name": "m", "key": "k"}}, "couldn't find key k in ConfigMap default/m"),
        ({"secretKeyRef": {"name": "none", "key": "k"}}, 'secret "none" not found'),
        ({"secretKeyRef": {"name": "s", "key": "k"}}, "couldn't find key k in Secret default/s"),
    ],
)
async def test_what_is_missing_is_named(source: dict[str, Any], message: str) -> None:
    sources = FixedSources(config_maps={"m": ConfigMap()}, secrets={"s": Secret()})
    with pytest.raises(ConfigError, match=message):
        await of(with_env({"name": "X", "valueFrom": source}), sources)
    (kind,) = source
    optional = {kind: source[kind] | {"optional": True}}
    assert await of(with_env({"name": "X", "valueFrom": optional}), sources) == {}


def test_service_variables() -> None:
    def service(name: str, namespace: str, ip: str) -> Service:
        ports = [{"name": "http", "port": 80, "protocol": "TCP"}, {"name": "dns-udp", "port": 53, "protocol": "UDP"}]
        return msgspec.convert(
            {"metadata": {"name": name, "namespace": namespace}, "spec": {"clusterIP": ip, "ports": ports}}, Service
        )

    services = [
        service("my-web", "default", "10.96.0.5"),
        service("kubernetes", "default", "10.96.0.1"),
        service("other", "elsewhere", "10.96.0.6"),
        service("headless", "default", "None"),
    ]
    found = service_variables(pod_of(), services)
    assert found["MY_WEB_SERVICE_HOST"] == "10.96.0.5"
    assert found["MY_WEB_SERVICE_PORT"] == found["MY_WEB_SERVICE_PORT_HTTP"] == "80"
    assert found["MY_WEB_SERVICE_PORT_DNS_UDP"] == "53"
    assert found["MY_WEB_PORT"] == found["MY_WEB_PORT_80_TCP"] == "tcp://10.96.0.5:80"
    assert found["MY_WEB_PORT_53_UDP_ADDR"] == "10.96.0.5"
    assert found["KUBERNETES_SERVICE_HOST"] == "10.96.0.1"
    assert not any(name.startswith(("OTHER", "HEADLESS")) for name in found)
    alone = service_variables(pod_of(enableServiceLinks=False), services)
    assert alone["KUBERNETES_SERVICE_HOST"] == "10.96.0.1" and "MY_WEB_SERVICE_HOST" not in alone


def test_downward_fields() -> None:
    pod = pod_of(serviceAccountName="sa")
    pod.metadata.labels = {"b": 'say "hi"', "a": "1"}
    around = Surroundings(("10.1.1.1", "fd::1"), ("10.0.0.1",), {"cpu": "4", "memory": "8Gi"})

    def field(path: str) -> str:
        return field_value(ObjectFieldSelector(field_path=path), pod, around)

    assert field("metadata.labels") == 'a="1"\nb="say \\"hi\\""'
    assert field("metadata.labels['a']") == "1"
    assert field("status.podIPs") == "10.1.1.1,fd::1"
    assert (field("status.podIP"), field("status.hostIP")) == ("10.1.1.1", "10.0.0.1")
    assert (field("spec.serviceAccountName"), field("spec.nodeName"), field("metadata.uid")) == ("sa", "n1", "uid-web")
    with pytest.raises(DownwardError, match=r"unsupported fieldPath: spec\.nothing"):
        field("spec.nothing")


def test_downward_resources() -> None:
    resources = {"limits": {"cpu": "1500m"}, "requests": {"memory": "100Mi"}}
    pod = pod_of(containers=[{"name": "c", "image": "i", "resources": resources}])
    around = Surroundings(allocatable={"cpu": "4", "memory": "8Gi"})

    def amount(resource: str, divisor: str = "") -> str:
        selector = ResourceFieldSelector(container_name="c", resource=resource, divisor=divisor)
        return resource_value(selector, pod, None, around)

    assert amount("limits.cpu") == "2"
    assert amount("limits.cpu", "1m") == "1500"
    assert amount("requests.memory", "1Mi") == "100"
    assert amount("limits.memory", "1Gi") == "8"
    assert amount("requests.cpu") == "0"


def test_a_container_without_a_limit_is_told_its_pods() -> None:
    resources = {"limits": {"cpu": "0"}}
    pod = pod_of(
        containers=[{"name": "c", "image": "i", "resources": resources}],
        resources={"limits": {"cpu": "2", "memory": "1Gi"}, "requests": {"cpu": "1"}},
    )
    around = Surroundings(allocatable={"cpu": "4", "memory": "8Gi", "ephemeral-storage": "20Gi"})

    def amount(resource: str) -> str:
        return resource_value(ResourceFieldSelector(container_name="c", resource=resource), pod, None, around)

    assert (amount("limits.cpu"), amount("limits.memory")) == ("2", str(1 << 30))
    assert amount("limits.ephemeral-storage") == str(20 << 30)
    assert amount("requests.cpu") == "0"
    assert pod.spec.resources is not None
    del pod.spec.resources.limits["memory"]
    assert amount("limits.memory") == str(8 << 30)
