"""What is counted beside requests: access, admission, waiting, sizes, allocations, the process."""

from __future__ import annotations

import ipaddress
from types import SimpleNamespace
from typing import Any

import pytest

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.audit.record import Auditor
from apiserver.auth.errors import StatusError, forbidden
from apiserver.auth.protocols import Decision, User, Verdict
from apiserver.measures.access import ERROR, FAILURE, SUCCESS, AccessTallies
from apiserver.measures.allocators import DYNAMIC, STATIC, Allocations, AllocatorTallies
from apiserver.measures.process import of_process
from apiserver.measures.waiting import Waited, current
from apiserver.metrics import Metrics
from apiserver.services.cluster_ips import usable
from apiserver.webhooks.metrics import WebhookMetrics


def _samples(lines: Any) -> dict[str, float]:
    found = {}
    for line in lines:
        if not line.startswith("#"):
            name, _, value = line.rpartition(" ")
            found[name] = float(value)
    return found


def test_access_is_counted_by_result() -> None:
    tallies = AccessTallies()
    for name in ("admin", "ann@example.com", "ann", "bob"):
        tallies.authenticated(SUCCESS, 0.0001, name)
    tallies.authenticated(FAILURE, 0.0001)
    tallies.authenticated(ERROR, 0.003)
    tallies.authorized(Decision(Verdict.ALLOW, error="a rule is broken"), 0.0001)
    tallies.authorized(Decision(Verdict.NO_OPINION), 0.0001)
    tallies.authorized(Decision(Verdict.NO_OPINION, error="a rule is broken"), 0.0001)
    found = _samples(tallies.lines())
    assert found['authenticated_user_requests{username="admin"}'] == 1
    assert found['authenticated_user_requests{username="email_id"}'] == 1
    assert found['authenticated_user_requests{username="other"}'] == 2
    assert {key: value for key, value in found.items() if key.startswith("auth") and "attempts" in key} == {
        'authentication_attempts{result="success"}': 4,
        'authentication_attempts{result="failure"}': 1,
        'authentication_attempts{result="error"}': 1,
        'authorization_attempts_total{result="allowed"}': 1,
        'authorization_attempts_total{result="no-opinion"}': 1,
        'authorization_attempts_total{result="error"}': 1,
    }
    assert found['authentication_duration_seconds_bucket{result="error",le="0.002"}'] == 0
    assert found['authentication_duration_seconds_bucket{result="error",le="0.004"}'] == 1


class _Refuses:
    name, mutates, validates = "Refuses", True, True

    def handles(self, *_: Any) -> bool:
        return True

    async def mutate(self, request: AdmissionRequest) -> None:
        return

    async def validate(self, request: AdmissionRequest) -> None:
        raise forbidden("", "pods", "p", "no")


async def test_steps_of_admission_are_counted_whatever_comes_of_them() -> None:
    chain = AdmissionChain([_Refuses()])
    request = AdmissionRequest(operation=Operation.CREATE, resource="pods", user=User("ann"))
    await chain.mutate(request)
    with pytest.raises(StatusError):
        await chain.validate(request)
    name = "apiserver_admission_step_admission_duration_seconds_count"
    assert {key: value for key, value in _samples(chain.tallies.lines()).items() if "_count" in key} == {
        f'{name}{{operation="CREATE",rejected="false",type="admit"}}': 1,
        f'{name}{{operation="CREATE",rejected="true",type="validate"}}': 1,
    }


def test_webhooks_that_validate_are_waited_for_at_once() -> None:
    waited = Waited()
    token = current.set(waited)
    metrics = WebhookMetrics()
    for kind, seconds in (("admit", 1.0), ("admit", 2.0), ("validating", 4.0), ("validating", 3.0)):
        metrics.called("w", kind, "CREATE", seconds, 200, rejected=False)
    current.reset(token)
    metrics.called("w", "admit", "CREATE", 8.0, 200, rejected=False)
    assert waited.seconds == 7.0


class _Call:
    """What `Metrics` reads of a request."""

    def __init__(self, verb: str, size: int = 0, received: int = 0, resource: str = "pods", **query: str) -> None:
        self.info = SimpleNamespace(
            verb=verb,
            group="",
            version="v1",
            resource=resource,
            subresource="",
            name="",
            namespace="ns",
            is_resource=True,
        )
        self.query, self.size, self.received, self.code, self.long_running = query, size, received, 200, verb == "watch"

    def header(self, name: bytes) -> str:
        return ""


def _metrics() -> Metrics:
    served = SimpleNamespace(subresources=[])
    catalog: Any = SimpleNamespace(find=lambda *_: served)
    cache = SimpleNamespace(watchers=[], revision=7, received=3, lists=2, listed=9)
    pods = SimpleNamespace(group="", version="v1", plural="pods", kind="Pod", watch_events=0, cache=_Sized(cache))
    resources: Any = SimpleNamespace(by_path={"pods": pods})
    return Metrics(catalog, resources)


class _Sized:
    def __init__(self, cache: SimpleNamespace) -> None:
        self.__dict__.update(cache.__dict__)

    def __len__(self) -> int:
        return 4


def test_levels_leave_out_what_was_waited_for_and_dry_runs_are_no_kind_of_their_own() -> None:
    metrics = _metrics()
    for call in (_Call("list", size=5000), _Call("create", received=60_000), _Call("create", received=1, dryRun="All")):
        end = metrics.begin(call)  # type: ignore[arg-type]
        waited = current.get()
        assert waited is not None
        waited.add(1000.0 if call.size else 0.0)
        end()
    end = metrics.begin(_Call("watch"))  # type: ignore[arg-type]
    end()
    found = _samples(metrics.exposition().decode().splitlines())
    labels = '{component="apiserver",group="",resource="pods",scope="namespace",subresource="",verb="%s",version="v1"}'
    assert found["apiserver_request_sli_duration_seconds_count" + labels % "POST"] == 2
    assert found["apiserver_request_sli_duration_seconds_sum" + labels % "LIST"] < -999
    assert "apiserver_request_sli_duration_seconds_count" + labels % "WATCH" not in found
    assert found["apiserver_response_sizes_sum" + labels % "LIST"] == 5000
    assert "apiserver_response_sizes_count" + labels % "POST" not in found
    bodies = 'apiserver_request_body_size_bytes_%s{group="",resource="pods",verb="create"%s}'
    assert found[bodies % ("sum", "")] == 60_001
    assert found[bodies % ("bucket", ',le="50000"')] == 1
    assert found['apiserver_watch_cache_resource_version{group="",resource="pods"}'] == 7
    assert found['apiserver_cache_list_total{group="",index="",resource="pods"}'] == 2
    assert found['apiserver_cache_list_returned_objects_total{group="",resource="pods"}'] == 9


def test_who_asks_for_what_is_on_its_way_out_is_counted() -> None:
    metrics = _metrics()
    name = "apiserver_requested_deprecated_apis"
    end = metrics.begin(_Call("list"))  # type: ignore[arg-type]
    end()
    assert not [each for each in _samples(metrics.exposition().decode().splitlines()) if each.startswith(name)]
    for verb in ("list", "get"):
        end = metrics.begin(_Call(verb, resource="endpoints"))  # type: ignore[arg-type]
        end()
    found = _samples(metrics.exposition().decode().splitlines())
    labels = '{group="",removed_release="",resource="endpoints",subresource="",version="v1"}'
    assert {each: count for each, count in found.items() if each.startswith(name)} == {name + labels: 1}


def test_allocations_are_counted_by_range_and_scope() -> None:
    addresses, ports = Allocations(), Allocations()
    addresses.took(DYNAMIC, "10.0.0.0/28")
    addresses.refused(STATIC, "10.0.0.0/28")
    ports.took(STATIC)
    network = ipaddress.ip_network("10.0.0.0/28")
    held = ["10.0.0.1", "10.0.0.9", "10.1.0.1", "fd00::1"]
    tallies = AllocatorTallies(addresses, ports, lambda: [(network, *usable(network))], lambda: held)
    ips, of_ports = "kube_apiserver_clusterip_allocator_", "kube_apiserver_nodeport_allocator_"
    assert _samples(tallies.lines()) == {
        f'{ips}allocated_ips{{cidr="10.0.0.0/28"}}': 2,
        f'{ips}available_ips{{cidr="10.0.0.0/28"}}': 12,
        f'{ips}allocation_total{{cidr="10.0.0.0/28",scope="dynamic"}}': 1,
        f'{ips}allocation_errors_total{{cidr="10.0.0.0/28",scope="static"}}': 1,
        f'{of_ports}allocation_total{{scope="static"}}': 1,
    }


def test_audit_events_are_counted_where_they_are_written() -> None:
    written: list[Any] = []
    sink: Any = SimpleNamespace(write=lambda event, omit: written.append(event))
    auditor = Auditor(None, sink)
    auditor.tallies.write("event", False)  # type: ignore[arg-type]
    assert written == ["event"] and _samples(auditor.tallies.lines()) == {"apiserver_audit_event_total": 1}


def test_the_process_tells_its_version() -> None:
    lines: list[str] = []
    of_process(lines)
    found = _samples(lines)
    assert found['version_info{binary="1.36",component="kube",emulation="1.36",min_compat="1.35"}'] == 1
    assert 0 < found["process_resident_memory_bytes"] < found["process_virtual_memory_max_bytes"]
    assert any(name.startswith("kubernetes_build_info{build_date=") for name in found)
