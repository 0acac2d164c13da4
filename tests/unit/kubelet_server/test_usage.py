from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kubelet.pods_view import ContainerHandle
from kubelet.server import cgroups, machine_usage
from kubelet.server.cgroups import Usage
from kubelet.server.machine_usage import Interface
from kubelet.server.metrics_pages import cadvisor, only, resource, volume_counts, volumes
from kubelet.server.statistics import ContainerMeasured, Measured, PodMeasured
from kubelet.volumes.space import Space
from kubelet.volumes.statistics import Measured as VolumeMeasured
from minik8s.api.core_v1 import Pod


def write(root: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)


def test_version_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "cpuacct/p/c/cpuacct.usage": "5000000000\n",
            "cpu/p/c/cpu.stat": "nr_periods 10\nnr_throttled 3\nthrottled_time 700\n",
            "memory/p/c/memory.usage_in_bytes": "1000\n",
            "memory/p/c/memory.limit_in_bytes": "2000\n",
            "memory/p/c/memory.stat": "total_inactive_file 300\ntotal_rss 400\ntotal_cache 500\ntotal_pgfault 6\n",
            "pids/p/c/pids.current": "2\n",
        },
    )
    found = cgroups.read("/p/c", tmp_path)
    assert found == Usage(5_000_000_000, 1000, 700, 400, 500, 2000, 6, 0, 2, 10, 3, 700)
    assert cgroups.read("/gone", tmp_path) is None


def test_version_two(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "cgroup.controllers": "cpu memory\n",
            "p/c/cpu.stat": "usage_usec 5000000\nnr_periods 10\nnr_throttled 3\nthrottled_usec 7\n",
            "p/c/memory.current": "1000\n",
            "p/c/memory.max": "max\n",
            "p/c/memory.stat": "inactive_file 300\nanon 400\nfile 500\npgfault 6\npgmajfault 1\n",
            "p/c/pids.current": "2\n",
        },
    )
    found = cgroups.read("p/c/", tmp_path)
    assert found == Usage(5_000_000_000, 1000, 700, 400, 500, 0, 6, 1, 2, 10, 3, 7000)
    assert cgroups.read("/gone", tmp_path) is None


def test_swap_in_both_versions(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write(
        one,
        {
            "memory/p/memory.usage_in_bytes": "1000\n",
            "memory/p/memory.limit_in_bytes": "2000\n",
            "memory/p/memory.memsw.limit_in_bytes": "5000\n",
            "memory/p/memory.stat": "total_swap 40\n",
        },
    )
    files = {"cgroup.controllers": "memory\n", "p/memory.current": "1000\n", "p/memory.swap.current": "40\n"}
    write(two, files | {"p/memory.swap.max": "3000\n"})
    for root in (one, two):
        found = cgroups.read("p", root)
        assert found is not None and (found.swap, found.swap_limit) == (40, 3000)
    write(two, {"p/memory.swap.max": "max\n"})
    unlimited = cgroups.read("p", two)
    assert unlimited is not None and unlimited.swap_limit == 0


def test_this_machine_can_be_measured() -> None:
    usage = machine_usage.usage()
    assert usage.cpu > 0 and 0 < usage.working_set <= usage.memory < usage.limit and usage.processes > 1
    assert machine_usage.filesystem("/") is not None and machine_usage.filesystem("/no/such") is None


def measured() -> Measured:
    pod = Pod()
    pod.metadata.name, pod.metadata.namespace, pod.metadata.uid = "p", "ns", "u"
    handle = ContainerHandle("c", "abc", 0, True, "", started_at="2026-01-01T00:00:00.5Z")
    used = Usage(cpu=1_500_000_000, working_set=2**33 + 1, swap=3, swap_limit=9)
    container = ContainerMeasured(handle, 'we"ird', "/kubepods/p/abc", used)
    interface = Interface("eth0", 1, 2, 3, 4, 5, 6, 7, 8)
    of_pod = PodMeasured(pod, "/kubepods/p", Usage(cpu=2_000_000_000, working_set=5), [container], [interface])
    return Measured(datetime(2026, 1, 1, tzinfo=UTC), Usage(cpu=10**10, working_set=7, limit=100), [], [of_pod])


def samples(lines: list[str]) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families("".join(lines)):
        for sample in family.samples:
            found.setdefault(sample.name, []).append((sample.labels, sample.value))
    return found


def test_the_resource_page_is_what_metrics_server_reads() -> None:
    found = samples(resource(measured()))
    where = {"container": "c", "namespace": "ns", "pod": "p"}
    assert found["container_cpu_usage_seconds_total"] == [(where, 1.5)]
    assert found["container_memory_working_set_bytes"] == [(where, 2.0**33 + 1)]
    assert found["pod_cpu_usage_seconds_total"] == [({"namespace": "ns", "pod": "p"}, 2.0)]
    assert found["node_cpu_usage_seconds_total"] == [({}, 10.0)]
    assert found["container_swap_usage_bytes"] == [(where, 3.0)] and found["container_swap_limit_bytes"][0][1] == 9.0
    assert found["node_swap_usage_bytes"] == [({}, 0.0)] and len(found["pod_swap_usage_bytes"]) == 1
    # A start is no sample of a moment: it has no time.
    start = next(line for line in resource(measured()) if line.startswith("container_start_time_seconds{"))
    assert start.endswith("} 1767225600.5\n")
    assert found["resource_scrape_error"] == [({}, 0.0)]
    assert "node_memory_working_set_bytes 7.0 1767225600000\n" in resource(measured())


def test_the_cadvisor_page_has_machine_pod_and_container() -> None:
    found = samples(cadvisor(measured()))
    by_id = {labels["id"]: value for labels, value in found["container_cpu_usage_seconds_total"]}
    assert by_id == {"/": 10.0, "/kubepods/p": 2.0, "/kubepods/p/abc": 1.5}
    [(labels, value)] = found["container_network_receive_bytes_total"]
    assert (labels["interface"], labels["pod"], value) == ("eth0", "p", 1.0)
    assert found["container_network_transmit_packets_dropped_total"][0][1] == 8.0
    image = {labels["image"] for labels, _ in found["container_memory_working_set_bytes"]}
    assert image == {"", 'we"ird'}


@pytest.mark.parametrize("prefix", ["a_", "b_"])
def test_only_some_metrics(prefix: str) -> None:
    text = "# HELP a_x of a\n# TYPE a_x gauge\na_x 1\n# HELP b_y of b\n# TYPE b_y gauge\nb_y 2\n"
    kept = only(text, prefix)
    assert kept.count("\n") == 3 and prefix in kept and text.replace(kept, "").count(prefix) == 0


def test_the_volumes_of_claims_are_told_once() -> None:
    one, other = Pod(), Pod()
    for pod, uid in ((one, "u1"), (other, "u2")):
        pod.metadata.namespace, pod.metadata.uid = "ns", uid
    at = datetime(2026, 1, 1, tzinfo=UTC)
    space = Space(available=60, capacity=100, used=40, inodes_free=7, inodes=10, inodes_used=3)
    ill = Space(capacity=5, abnormal=True, message="broken")
    measured = {
        "u1": [VolumeMeasured("a", "shared", at, space), VolumeMeasured("own", "", at, Space(used=1))],
        "u2": [VolumeMeasured("b", "shared", at, Space(used=9)), VolumeMeasured("c", "ill", at, ill)],
        "gone": [VolumeMeasured("a", "lost", at, space)],
    }
    found = samples(volumes([one, other], measured))
    shared = {"namespace": "ns", "persistentvolumeclaim": "shared"}
    not_well = {"namespace": "ns", "persistentvolumeclaim": "ill"}
    assert found == {
        "kubelet_volume_stats_capacity_bytes": [(shared, 100.0), (not_well, 5.0)],
        "kubelet_volume_stats_available_bytes": [(shared, 60.0), (not_well, 0.0)],
        "kubelet_volume_stats_used_bytes": [(shared, 40.0), (not_well, 0.0)],
        "kubelet_volume_stats_inodes": [(shared, 10.0), (not_well, 0.0)],
        "kubelet_volume_stats_inodes_free": [(shared, 7.0), (not_well, 0.0)],
        "kubelet_volume_stats_inodes_used": [(shared, 3.0), (not_well, 0.0)],
        "kubelet_volume_stats_health_status_abnormal": [(not_well, 1.0)],
    }
    assert volumes([one, other], {}) == []


def test_volumes_are_counted_by_plugin() -> None:
    found = samples(list(volume_counts({("kubernetes.io/csi:d", "actual_state_of_world"): 2})))
    labels = {"plugin_name": "kubernetes.io/csi:d", "state": "actual_state_of_world"}
    assert found == {"volume_manager_total_volumes": [(labels, 2.0)]}
