from __future__ import annotations

from typing import Any

import msgspec

from controllers.devicetaints.controller import DeviceTaintEviction
from minik8s.api.core_v1 import Pod
from minik8s.api.resource_v1 import DeviceTaint, ResourceClaim, ResourceSlice
from minik8s.machinery.times import format_time
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def claim(name: str, pod: str, **result: Any) -> ResourceClaim:
    given = {"request": "r", "driver": "d.example", "pool": "p", "device": "gpu-0"} | result
    status = {
        "allocation": {"devices": {"results": [given]}},
        "reservedFor": [{"resource": "pods", "name": pod, "uid": pod}],
    }
    return msgspec.convert({"metadata": {"name": name, "namespace": "default"}, "status": status}, ResourceClaim)


def pod(name: str, uses: str) -> Pod:
    claims = [{"name": "gpu", "resourceClaimName": uses}]
    return build.pod(name, spec={"resourceClaims": claims}, metadata={"uid": name})


def device_slice() -> ResourceSlice:
    pool = {"name": "p", "generation": 1, "resourceSliceCount": 1}
    spec = {"driver": "d.example", "pool": pool, "devices": [{"name": "gpu-0"}, {"name": "gpu-1"}]}
    return msgspec.convert({"metadata": {"name": "s"}, "spec": spec}, ResourceSlice)


async def test_pods_leave_a_tainted_device_when_their_toleration_ends() -> None:
    cluster = FakeCluster()
    cluster.add(device_slice())
    patient = [{"operator": "Exists", "tolerationSeconds": 60}]
    for name, result in (
        ("plain", {}),
        ("patient", {"tolerations": patient}),
        ("steady", {"tolerations": [{"key": "broken", "operator": "Equal", "value": "yes"}]}),
        ("elsewhere", {"device": "gpu-1"}),
    ):
        cluster.add(claim(f"c-{name}", name, **result), pod(name, f"c-{name}"))

    def left() -> set[str]:
        return {p.metadata.name for p in cluster.objects(Pod) if p.metadata.deletion_timestamp is None}

    async with running(cluster, DeviceTaintEviction()) as at_work:
        assert len(left()) == 4
        stamp = format_time(cluster.clock.now())
        taint = DeviceTaint(key="broken", value="yes", effect="NoExecute", time_added=stamp)
        cluster.modify(ResourceSlice, "s", lambda s: s.spec.devices[0].taints.append(taint))
        await at_work.settle()
        assert left() == {"patient", "steady", "elsewhere"}
        gone = cluster.object(Pod, "plain")
        assert gone is not None
        assert [c.reason for c in gone.status.conditions if c.type == "DisruptionTarget"] == [
            "DeletionByDeviceTaintManager"
        ]
        await at_work.advance(59)
        assert "patient" in left()
        await at_work.advance(2)
        assert left() == {"steady", "elsewhere"}
