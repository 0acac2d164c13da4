from __future__ import annotations

from typing import Any

import msgspec

from controllers.resourcequota.controller import ResourceQuotaController
from minik8s.api.core_v1 import ConfigMap, Pod, ResourceQuota
from minik8s.api.object_meta import ObjectMeta
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster
from tests.unit.controllers import build


def quota(*names: str, **spec: Any) -> ResourceQuota:
    wanted = {"hard": dict.fromkeys(names, "10"), **spec}
    return msgspec.convert({"metadata": {"name": "q", "namespace": "default"}, "spec": wanted}, ResourceQuota)


def used(cluster: FakeCluster) -> dict[str, str]:
    found = cluster.object(ResourceQuota, "q")
    assert found is not None
    return found.status.used


def pod(name: str, cpu: str = "") -> Pod:
    found = build.pod(name)
    if cpu:
        found.spec.containers[0].resources.requests = {"cpu": cpu}
    return found


async def test_usage_is_counted_and_follows_what_goes() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a", "500m"), pod("b", "1"), build.service(type="LoadBalancer"))
    names = ("pods", "requests.cpu", "services.loadbalancers", "count/deployments.apps", "configmaps", "nonsense")
    cluster.add(build.deployment(), ConfigMap(metadata=ObjectMeta(name="c")), quota(*names))
    async with running(cluster, ResourceQuotaController()) as at_work:
        assert used(cluster) == {
            "pods": "2",
            "requests.cpu": "1500m",
            "services.loadbalancers": "1",
            "count/deployments.apps": "1",
            "configmaps": "1",
        }
        cluster.remove(Pod, "a")
        cluster.remove(ConfigMap, "c")
        cluster.modify(Pod, "b", lambda p: setattr(p.status, "phase", "Succeeded"))
        await at_work.settle()
        assert (used(cluster)["pods"], used(cluster)["requests.cpu"], used(cluster)["configmaps"]) == ("0", "0", "0")


async def test_extended_resources_are_counted_and_released() -> None:
    cluster = FakeCluster()
    greedy = pod("a")
    greedy.spec.containers[0].resources.requests = {"example.com/dongle": "2"}
    cluster.add(greedy, quota("requests.example.com/dongle", "requests.kubernetes.io/other"))
    async with running(cluster, ResourceQuotaController()) as at_work:
        assert used(cluster) == {"requests.example.com/dongle": "2"}
        cluster.remove(Pod, "a")
        await at_work.settle()
        assert used(cluster) == {"requests.example.com/dongle": "0"}


async def test_scopes_leave_out_what_is_not_within() -> None:
    cluster = FakeCluster()
    cluster.add(pod("a", "500m"), pod("b"), quota("pods", "services", scopes=["BestEffort"]))
    async with running(cluster, ResourceQuotaController()):
        assert used(cluster) == {"pods": "1", "services": "0"}


async def test_what_was_charged_wrongly_is_put_right_in_time() -> None:
    cluster = FakeCluster()
    cluster.add(quota("pods"))
    async with running(cluster, ResourceQuotaController(300)) as at_work:
        cluster.modify(ResourceQuota, "q", lambda q: q.status.used.update(pods="7"))
        await at_work.settle()
        assert used(cluster) == {"pods": "7"}
        await at_work.advance(301)
        assert used(cluster) == {"pods": "0"}


async def test_a_quota_counts_itself_by_the_cache_that_told_of_it() -> None:
    cluster = FakeCluster()
    async with running(cluster, ResourceQuotaController()) as at_work:
        controller = at_work.runner._running[0][0]
        assert isinstance(controller, ResourceQuotaController)
        cluster.add(quota("resourcequotas"))
        await at_work.settle()
        assert used(cluster) == {"resourcequotas": "1"}
        assert controller._counted._informers["", "resourcequotas"] is controller._quotas
