"""Pods: what the API server accepts, fills in and drops."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import POD, Kind, merged

PODS = Kind("v1", "pods")


def pod(**spec: Any) -> dict[str, Any]:
    """A pod with more in its spec than a container."""
    return {"spec": merged(POD, spec)}


def container(**fields: Any) -> dict[str, Any]:
    """A pod whose container has more."""
    return {"spec": {"containers": [{**POD["containers"][0], **fields}]}}


@pytest.mark.parametrize(("asked", "stored"), [(-1, 1), (-(2**31), 1), (0, 0), (5, 5)])
def test_a_negative_grace_period_is_a_second(asked: int, stored: int) -> None:
    assert PODS.stored(pod(terminationGracePeriodSeconds=asked))["spec"]["terminationGracePeriodSeconds"] == stored


def test_only_what_held_a_stop_signal_alone_goes_with_it() -> None:
    signal = {"name": "s", "image": "i", "lifecycle": {"stopSignal": "SIGUSR1"}}
    found = PODS.stored({"spec": {"containers": [signal, {"name": "c", "image": "i", "lifecycle": {}}]}})
    assert "lifecycle" not in found["spec"]["containers"][0]
    assert found["spec"]["containers"][1]["lifecycle"] == {}


def test_an_inline_volume_needs_a_driver_and_is_told_so_once() -> None:
    _, errors = PODS.create(pod(volumes=[{"name": "v", "csi": {}}]))
    assert errors == ["spec.volumes[0].csi.driver: Required value"]


def test_a_claim_template_names_no_grace_period_not_even_of_zero() -> None:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = {"metadata": {"deletionGracePeriodSeconds": 0}, "spec": spec}
    _, errors = PODS.create(pod(volumes=[{"name": "v", "ephemeral": {"volumeClaimTemplate": claim}}]))
    path = "spec.volumes[0].ephemeral.volumeClaimTemplate.metadata.deletionGracePeriodSeconds"
    assert errors == [f"{path}: Forbidden: cannot be set"]


@pytest.mark.parametrize(("system", "told"), [("linux", 1), ("windows", 0)])
def test_windows_knows_no_profile_of_app_armor(system: str, told: int) -> None:
    metadata = {"annotations": {"container.apparmor.security.beta.kubernetes.io/c": "runtime/default"}}
    assert len(PODS.warnings({"metadata": metadata, **pod(os={"name": system})})) == told


def test_a_toleration_that_was_changed_is_not_judged_besides() -> None:
    stored = PODS.stored(pod(tolerations=[{"key": "a", "operator": "Exists"}]))
    _, errors = PODS.update(stored, {"spec": {"tolerations": [{"key": "a", "operator": "x"}]}})
    told = 'spec.tolerations[0].operator: Unsupported value: "x": supported values: "Equal", "Exists"'
    assert errors.count(told) == 1
    assert "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds" in errors


def test_of_two_pod_addresses_the_one_is_right() -> None:
    stored = PODS.stored(pod(nodeName="n"))
    found, errors = PODS.update(stored, {"status": {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.2"}]}}, "status")
    assert (errors, found["status"]["podIPs"]) == ([], [{"ip": "10.0.0.1"}])
