"""Resizes are judged against the node: whether it is there, what it runs, what it could hold."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.admission.plugin import AdmissionContext, Operation
from apiserver.admission.plugins.pod_resize import PodResizeValidator
from apiserver.auth.errors import StatusError
from minik8s.api import core_v1 as v1
from minik8s.api.meta_v1 import ObjectMeta


def _pod(generation: int, cpu: str = "1", memory: str = "1Gi", **spec: Any) -> v1.Pod:
    resources = v1.ResourceRequirements(requests={"cpu": cpu, "memory": memory})
    containers = [v1.Container(name="c", image="x", resources=resources)]
    metadata = ObjectMeta(name="p", namespace="ns", generation=generation)
    return v1.Pod(metadata=metadata, spec=v1.PodSpec(containers=containers, node_name="n", **spec))


def _node(**labels: str) -> v1.Node:
    return v1.Node(
        metadata=ObjectMeta(name="n", labels={key.replace("_", "/"): value for key, value in labels.items()}),
        status=v1.NodeStatus(allocatable={"cpu": "2", "memory": "2Gi"}),
    )


async def _refusal(context: AdmissionContext, request: Any) -> StatusError:
    with pytest.raises(StatusError) as raised:
        await PodResizeValidator(context).validate(request)
    assert raised.value.code == 403
    return raised.value


async def test_a_node_that_is_not_there(context, write) -> None:
    request = write(_pod(2), _pod(1), subresource="resize")
    plugin = PodResizeValidator(context)
    assert plugin.handles(Operation.UPDATE, "", "pods", "resize") and not plugin.handles(
        Operation.UPDATE, "", "pods", ""
    )
    error = await _refusal(context, request)
    assert error.status.message == 'pods "p" is forbidden: node "n" not found'
    # What leaves the spec alone is no resize.
    await plugin.validate(write(_pod(1), _pod(1), subresource="resize"))


async def test_what_a_node_could_never_hold(context, write, objects) -> None:
    objects.put(_node())
    await PodResizeValidator(context).validate(write(_pod(2, "2", "2Gi"), _pod(1), subresource="resize"))
    error = await _refusal(context, write(_pod(2, "3500m", "3Gi"), _pod(1), subresource="resize"))
    assert error.status.message.endswith(
        "node didn't have enough allocatable resources: cpu, requested: 3500, allocatable: 2000; "
        "memory, requested: 3221225472, allocatable: 2147483648"
    )
    assert error.status.details is not None
    assert [cause.reason for cause in error.status.details.causes] == ["NodeCapacity"]
    with_overhead = _pod(2, "2", "1Gi", overhead={"cpu": "1m"})
    assert (
        "cpu, requested: 2001"
        in (await _refusal(context, write(with_overhead, _pod(1), subresource="resize"))).status.message
    )


async def test_other_systems(context, write, objects) -> None:
    objects.put(_node(**{"kubernetes.io_os": "windows"}))
    error = await _refusal(context, write(_pod(2), _pod(1), subresource="resize"))
    assert 'only supported on linux nodes, node "n" is "windows"' in error.status.message
