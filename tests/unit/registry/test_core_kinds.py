"""What Kubernetes 1.36 makes of the core group's objects: what it fills in, and how it words what it refuses."""

from typing import Any

import msgspec
import pytest

from apiserver.registry import strategy
from apiserver.registry.core import config_maps, namespaces, pods, secrets, services
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import ConfigMap, Namespace, Pod, Secret, Service
from minik8s.api.objects import Object

REQUEST = Request(now="2026-01-02T03:04:05Z", group_version="v1")


def made(of: Strategy[Any], cls: type[Object], document: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    obj: Any = msgspec.convert({"metadata": {"name": "x", "namespace": "default"}, **document}, cls)
    of.default(obj, REQUEST)
    errors = strategy.create(of, obj, REQUEST)
    return msgspec.json.decode(msgspec.json.encode(obj)), [str(error) for error in errors]


def pod(**container: Any) -> dict[str, Any]:
    return {"spec": {"containers": [{"name": "c", "image": "busybox", **container}]}}


def test_a_pod_is_filled_in() -> None:
    found, errors = made(pods.STRATEGY, Pod, pod(ports=[{"containerPort": 80}]))
    assert errors == []
    spec = found["spec"]
    container = spec["containers"][0]
    assert (spec["restartPolicy"], spec["dnsPolicy"], spec["terminationGracePeriodSeconds"]) == (
        "Always",
        "ClusterFirst",
        30,
    )
    assert container["imagePullPolicy"] == "Always"
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]
    assert (container["terminationMessagePath"], container["terminationMessagePolicy"]) == (
        "/dev/termination-log",
        "File",
    )
    assert found["status"]["phase"] == "Pending"
    assert found["status"]["qosClass"] == "BestEffort"


@pytest.mark.parametrize(
    ("container", "quality"),
    [
        ({"resources": {"requests": {"cpu": "100m"}}}, "Burstable"),
        ({"resources": {"limits": {"cpu": "100m", "memory": "1Gi"}}}, "Guaranteed"),
        ({}, "BestEffort"),
    ],
)
def test_the_quality_of_service_follows_from_the_resources(container: dict[str, Any], quality: str) -> None:
    found, errors = made(pods.STRATEGY, Pod, pod(**container))
    assert errors == []
    assert found["status"]["qosClass"] == quality


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"spec": {}}, "spec.containers: Required value"),
        (pod(name=""), "spec.containers[0].name: Required value"),
        (pod(image=""), "spec.containers[0].image: Required value"),
        (
            pod(imagePullPolicy="Sometimes"),
            'spec.containers[0].imagePullPolicy: Unsupported value: "Sometimes": supported values: '
            '"Always", "IfNotPresent", "Never"',
        ),
        (
            pod(ports=[{"containerPort": 70000}]),
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            pod(volumeMounts=[{"name": "v", "mountPath": "/v"}]),
            'spec.containers[0].volumeMounts[0].name: Not found: "v"',
        ),
    ],
)
def test_a_bad_pod_is_refused_in_kubernetes_words(document: dict[str, Any], message: str) -> None:
    _, errors = made(pods.STRATEGY, Pod, document)
    assert message in errors


def test_a_service_is_filled_in() -> None:
    found, errors = made(services.STRATEGY, Service, {"spec": {"ports": [{"port": 80}], "selector": {"a": "b"}}})
    assert errors == []
    spec = found["spec"]
    assert spec["ports"] == [{"port": 80, "protocol": "TCP", "targetPort": 80}]
    assert (spec["type"], spec["sessionAffinity"], spec["internalTrafficPolicy"]) == ("ClusterIP", "None", "Cluster")


def test_a_service_without_ports_is_refused() -> None:
    _, errors = made(services.STRATEGY, Service, {"spec": {}})
    assert errors == ["spec.ports: Required value"]


def test_a_new_namespace_is_active_and_kept_by_its_finalizer() -> None:
    found, errors = made(namespaces.STRATEGY, Namespace, {"metadata": {"name": "x"}})
    assert errors == []
    assert (found["spec"]["finalizers"], found["status"]["phase"]) == (["kubernetes"], "Active")
    assert namespaces.STRATEGY.namespaced is False


def test_what_is_immutable_stays() -> None:
    old = ConfigMap(data={"a": "b"}, immutable=True)
    old.metadata.name, old.metadata.namespace, old.metadata.resource_version = "x", "default", "1"
    new = msgspec.json.decode(msgspec.json.encode(old), type=ConfigMap)
    new.data = {"a": "c"}
    errors = strategy.update(config_maps.STRATEGY, new, old, REQUEST)
    assert [str(error) for error in errors] == ["data: Forbidden: field is immutable when `immutable` is set"]


def test_a_secret_is_opaque_and_must_hold_what_its_type_says() -> None:
    found, errors = made(secrets.STRATEGY, Secret, {"data": {"a": "YQ=="}})
    assert (found["type"], errors) == ("Opaque", [])
    _, errors = made(secrets.STRATEGY, Secret, {"type": "kubernetes.io/tls"})
    assert errors == ["data[tls.crt]: Required value", "data[tls.key]: Required value"]


@pytest.mark.parametrize("name", ["A", "a_b", "-a", "a" * 254])
def test_a_bad_name_is_refused(name: str) -> None:
    _, errors = made(config_maps.STRATEGY, ConfigMap, {"metadata": {"name": name, "namespace": "default"}})
    assert errors
    assert errors[0].startswith(f'metadata.name: Invalid value: "{name}": ')
