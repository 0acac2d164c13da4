from __future__ import annotations

import asyncio

import msgspec
import pytest

from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Attributes, User
from apiserver.fairness.bootstrap import AUTOUPDATE
from apiserver.fairness.controller import Fairness
from apiserver.fairness.dumps import priority_levels
from apiserver.fairness.gate import list_seats
from apiserver.fairness.in_flight import MaxInFlight
from apiserver.fairness.shuffle import deal
from apiserver.fairness.tally import TIMED_OUT
from apiserver.fairness.upkeep import FlowControlUpkeep
from minik8s.api.flowcontrol_v1 import (
    FlowSchema,
    FlowSchemaSpec,
    PriorityLevelConfiguration,
    PriorityLevelConfigurationReference,
)
from minik8s.api.meta_v1 import ObjectMeta
from tests.support.memory_objects import MemoryObjects

AUTHENTICATED = "system:authenticated"


def asks(user: str = "alice", verb: str = "get", namespace: str = "ns", groups=(AUTHENTICATED,), **more) -> Attributes:
    return Attributes(User(user, tuple(groups)), verb, namespace, "", "v1", more.pop("resource", "pods"), **more)


@pytest.fixture
async def objects() -> MemoryObjects:
    found = MemoryObjects()
    await FlowControlUpkeep(found, found).ensure()
    return found


@pytest.mark.parametrize(
    ("attributes", "schema", "level"),
    [
        (asks(groups=("system:masters", AUTHENTICATED)), "exempt", "exempt"),
        (asks(), "global-default", "global-default"),
        (
            Attributes(User("x", ("system:unauthenticated",)), "get", path="/readyz/etcd", resource_request=False),
            "probes",
            "exempt",
        ),
        (asks("system:node:n", groups=("system:nodes", AUTHENTICATED)), "system-nodes", "system"),
        (
            asks("system:node:n", resource="nodes", subresource="status", groups=("system:nodes", AUTHENTICATED)),
            "system-node-high",
            "node-high",
        ),
        (asks("system:kube-scheduler"), "kube-scheduler", "workload-high"),
        (
            asks("system:serviceaccount:kube-system:x", groups=("system:serviceaccounts", AUTHENTICATED)),
            "kube-system-service-accounts",
            "workload-high",
        ),
        (
            asks("system:serviceaccount:ns:x", groups=("system:serviceaccounts", AUTHENTICATED)),
            "service-accounts",
            "workload-low",
        ),
        (asks(groups=()), "catch-all", "catch-all"),
    ],
)
def test_classification(objects, attributes, schema, level):
    found = Fairness(objects, 600).classify(attributes)
    assert (found[0].metadata.name, found[1].name) == (schema, level)


def test_leases_of_leaders_have_a_level_of_their_own(objects):
    fairness = Fairness(objects, 600)
    lease = Attributes(
        User("system:kube-scheduler", (AUTHENTICATED,)), "update", "kube-system", "coordination.k8s.io", "v1", "leases"
    )
    assert fairness.classify(lease)[1].name == "leader-election"


def test_seats_by_shares(objects):
    fairness = Fairness(objects, 600)
    fairness.classify(asks())
    seats = {level["name"]: (level["nominalSeats"], level["minimumSeats"]) for level in fairness.describe()}
    assert seats["workload-low"] == (245, 25)
    assert seats["leader-election"] == (25, 25)
    assert seats["catch-all"] == (13, 13)
    assert seats["exempt"] == (0, 0)


async def test_a_greedy_client_does_not_starve_others(objects):
    fairness = Fairness(objects, 60)
    taken = []
    waiting = []

    async def greedy() -> None:
        seat = await fairness.enter(asks("greedy"))
        taken.append(seat)

    for _ in range(200):
        waiting.append(asyncio.create_task(greedy()))
    await asyncio.sleep(0)
    borrowed = len(taken)
    assert 5 < borrowed < 60
    # What other levels never lend is there for them at once.
    leader = await fairness.enter(
        Attributes(
            User("system:kube-scheduler", (AUTHENTICATED,)), "update", "x", "coordination.k8s.io", "v1", "leases"
        )
    )
    node = await fairness.enter(asks("system:node:n", groups=("system:nodes", AUTHENTICATED)))
    # Within the level, another user's request comes before the greedy one's long queue.
    # However long the greedy one's queues are, it has six of them: the modest one is served among the next seven.
    modest = asyncio.create_task(fairness.enter(asks("modest")))
    await asyncio.sleep(0)
    rounds = 0
    while not modest.done():
        taken.pop().leave()
        rounds += 1
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert rounds <= 7
    modest.result().leave()
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for seat in [*taken, leader, node]:
        seat.leave()
    numbers = fairness.describe()
    assert sum(level["executingSeats"] for level in numbers) == 0
    assert sum(level["waitingRequests"] for level in numbers) == 0
    assert fairness._in_use == 0


async def test_full_queues_refuse(objects):
    fairness = Fairness(objects, 10)
    tasks = [asyncio.create_task(fairness.enter(asks("greedy"))) for _ in range(2000)]
    await asyncio.sleep(0)
    refused = [task for task in tasks if task.done() and task.exception() is not None]
    assert refused
    error = refused[0].exception()
    assert isinstance(error, StatusError)
    assert (error.code, error.status.details.retry_after_seconds) == (429, 1)
    # The flow's hand is six queues of fifty: not more than that waits.
    assert sum(1 for task in tasks if not task.done()) == 300
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_patience_ends(objects):
    fairness = Fairness(objects, 10, patience=0.01)
    seats = []
    while not fairness.classify(asks())[1].waiting:
        task = asyncio.create_task(fairness.enter(asks()))
        await asyncio.sleep(0)
        if task.done():
            seats.append(task.result())
    with pytest.raises(StatusError, match="Too many requests"):
        await task
    assert not fairness.classify(asks())[1].waiting
    for seat in seats:
        seat.leave()
        seat.leave()
    assert fairness._in_use == 0


async def test_rejecting_levels_do_not_queue(objects):
    fairness = Fairness(objects, 60)
    seats = []
    with pytest.raises(StatusError):
        for _ in range(100):
            seats.append(await fairness.enter(asks(groups=())))
    assert seats
    assert fairness.describe()[0]["rejectedRequests"] == 1


async def test_exempt_requests_are_never_held_up(objects):
    fairness = Fairness(objects, 10)
    admin = asks(groups=("system:masters",))
    seats = [await fairness.enter(admin) for _ in range(100)]
    for seat in seats:
        seat.leave()


async def test_configuration_changes_at_work(objects):
    fairness = Fairness(objects, 60)
    held = await fairness.enter(asks())
    config = objects.get(PriorityLevelConfiguration, "global-default")
    limited = msgspec.structs.replace(config.spec.limited, nominal_concurrency_shares=200)
    objects.put(msgspec.structs.replace(config, spec=msgspec.structs.replace(config.spec, limited=limited)))
    fairness.classify(asks())
    now = next(level for level in fairness.describe() if level["name"] == "global-default")
    assert now["nominalSeats"] > 20
    assert now["executingSeats"] == 1
    objects.remove(PriorityLevelConfiguration, "global-default")
    assert fairness.classify(asks())[1].name == "catch-all"
    held.leave()
    assert fairness._in_use == 0


def test_hands_are_distinct_and_stable():
    for value in (0, 1, 12345678901234567890, -5):
        hand = deal(value, 64, 6)
        assert len(set(hand)) == 6
        assert all(0 <= card < 64 for card in hand)
        assert deal(value, 64, 6) == hand
    assert sorted(deal(7, 4, 8)) == [0, 1, 2, 3]


async def test_plain_limits():
    gate = MaxInFlight(2, 1)
    first = await gate.enter(asks(verb="list"))
    await gate.enter(asks(verb="get"))
    with pytest.raises(StatusError):
        await gate.enter(asks(verb="get"))
    await gate.enter(asks(verb="create"))
    await gate.enter(asks(verb="get", groups=("system:masters",)))
    first.leave()
    await gate.enter(asks(verb="get"))
    unlimited = MaxInFlight(0, 0)
    for _ in range(10):
        await unlimited.enter(asks())


def test_wide_lists():
    assert list_seats(5) == 1
    assert list_seats(450) == 5
    assert list_seats(50_000) == 10


async def test_changes_are_told_of_at_once(objects):
    upkeep = FlowControlUpkeep(objects, objects)
    await upkeep.ensure()
    await upkeep.tell()
    telling = asyncio.ensure_future(upkeep.tell())
    await asyncio.sleep(0)
    assert not telling.done()
    spec = FlowSchemaSpec(priority_level_configuration=PriorityLevelConfigurationReference(name="nope"))
    objects.put(FlowSchema(metadata=ObjectMeta(name="lost"), spec=spec))
    assert await telling == 1
    (condition,) = objects.get(FlowSchema, "lost").status.conditions
    assert (condition.status, condition.reason) == ("True", "NotFound")
    objects.put(PriorityLevelConfiguration(metadata=ObjectMeta(name="nope")))
    assert await upkeep.tell() == 1
    (condition,) = objects.get(FlowSchema, "lost").status.conditions
    assert (condition.status, condition.reason) == ("False", "Found")


async def test_who_is_behind_a_wide_request_that_gives_up_runs_at_once(objects):
    fairness = Fairness(objects, 600)
    _, level = fairness.classify(asks())
    seats = []
    while fairness._may_run(level, 1):
        seats.append(await fairness.enter(asks()))
    seats.pop().leave()
    wide = asyncio.create_task(fairness.enter(asks(verb="list"), 10))
    await asyncio.sleep(0)
    narrow = asyncio.create_task(fairness.enter(asks()))
    await asyncio.sleep(0)
    assert level.queued == 2
    wide.cancel()
    await asyncio.gather(wide, return_exceptions=True)
    assert level.queued == 0
    (await narrow).leave()


async def test_levels_are_told_as_a_table(objects):
    fairness = Fairness(objects, 10)
    seat = await fairness.enter(asks())
    fairness.tallies.of("global-default", "global-default").refuse(TIMED_OUT, 1.0)
    rows = priority_levels(fairness.tallies).splitlines()
    assert rows[0].startswith("PriorityLevelName, ActiveQueues, IsIdle, IsQuiescing, WaitingRequests, ")
    assert [row.split(",")[0] for row in rows[1:]] == sorted(row.split(",")[0] for row in rows[1:])
    (row,) = (row for row in rows if row.startswith("global-default"))
    assert [cell.strip() for cell in row.split(",")] == (
        ["global-default", "0", "false", "false", "0", "1", "1", "0", "1", "0"]
    )
    # Columns stand below each other.
    assert row.index("false,") == rows[0].index("IsIdle,")
    seat.leave()
    (row,) = (row for row in priority_levels(fairness.tallies).splitlines() if row.startswith("global-default"))
    assert [cell.strip() for cell in row.split(",")][2:6] == ["true", "false", "0", "0"]


async def test_upkeep(objects):
    upkeep = FlowControlUpkeep(objects, objects)
    assert await upkeep.ensure() == 0
    found = objects.get(FlowSchema, "global-default")
    assert [(c.type, c.status, c.reason) for c in found.status.conditions] == [("Dangling", "False", "Found")]
    (entry,) = found.metadata.managed_fields
    told = (entry.manager, entry.operation, entry.subresource)
    assert told == ("api-priority-and-fairness-config-consumer-v1", "Apply", "status")
    assert b'"k:{\\"type\\":\\"Dangling\\"}"' in bytes(entry.fields_v1)
    # The user's own choice stays, unless the object says it is kept up; mandatory ones always are.
    changed = msgspec.structs.replace(found.spec, matching_precedence=5)
    objects.put(msgspec.structs.replace(found, spec=changed))
    assert await upkeep.ensure() == 1
    assert objects.get(FlowSchema, "global-default").spec.matching_precedence == 9900
    own = ObjectMeta(name="global-default", annotations={AUTOUPDATE: "false"}, generation=2)
    objects.put(msgspec.structs.replace(found, metadata=own, spec=changed))
    assert await upkeep.ensure() == 0
    objects.remove(PriorityLevelConfiguration, "catch-all")
    nowhere = PriorityLevelConfigurationReference(name="nowhere")
    lost = msgspec.structs.replace(found.spec, priority_level_configuration=nowhere)
    objects.put(FlowSchema(metadata=ObjectMeta(name="mine"), spec=lost))
    assert await upkeep.ensure() == 2
    assert objects.get(FlowSchema, "mine").status.conditions[0].status == "True"


async def test_flows_are_counted_as_kubernetes_names_them(objects):
    fairness = Fairness(objects, 10)
    seat = await fairness.enter(asks("greedy"))
    waiting = [asyncio.create_task(fairness.enter(asks("greedy"))) for _ in range(1000)]
    await asyncio.sleep(0)

    def figure(name: str) -> dict[str, float]:
        start = f"apiserver_flowcontrol_{name}{{"
        found = (line.rsplit(" ", 1) for line in fairness.tallies.lines() if line.startswith(start))
        return {labels.removeprefix(start).removesuffix("}"): float(value) for labels, value in found}

    labels = 'flow_schema="global-default",priority_level="global-default"'
    assert figure("current_inqueue_requests")[labels] > 0
    assert figure("current_executing_requests")[labels] >= 1
    rejected = figure("rejected_requests_total")[f'{labels},reason="queue-full"']
    assert rejected == sum(task.done() and task.exception() is not None for task in waiting) > 0
    for task in waiting:
        task.cancel()
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        if not isinstance(outcome, BaseException):
            outcome.leave()
    seat.leave()
    assert figure("current_inqueue_requests")[labels] == figure("current_executing_requests")[labels] == 0
    assert figure("rejected_requests_total")[f'{labels},reason="cancelled"'] > 0
    assert figure("request_wait_duration_seconds_count")[f'execute="false",{labels}'] > rejected
    assert figure("nominal_limit_seats")['priority_level="exempt"'] == 0
