"""Pods: how many containers are ready, the one word for the state, restarts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from apiserver.tables.printer import Printer, columns
from apiserver.tables.text import EPOCH, NONE, age, duration, moment

_FINISHED = {
    "Succeeded": [
        {
            "type": "Completed",
            "status": "True",
            "reason": "Succeeded",
            "message": "The pod has completed successfully.",
        }
    ],
    "Failed": [{"type": "Completed", "status": "True", "reason": "Failed", "message": "The pod failed."}],
}


class _Seen:
    """What the containers say, put together."""

    def __init__(self, pod: Any) -> None:
        status, spec = pod.status, pod.spec
        self.reason = status.reason or status.phase
        self.ready = 0
        self.restarts = 0
        self.restarted = EPOCH
        self.side_restarts = 0
        self.side_restarted = EPOCH
        if any(each.type == "PodScheduled" and each.reason == "SchedulingGated" for each in status.conditions):
            self.reason = "SchedulingGated"
        self.side = {each.name for each in spec.init_containers if each.restart_policy == "Always"}
        self.total = len(spec.containers) + len(self.side)
        initializing = self._initialize(pod)
        if not initializing or _is_true(status.conditions, "Initialized"):
            self._run(status)
        if pod.metadata.deletion_timestamp is not None:
            if status.reason == "NodeLost":
                self.reason = "Unknown"
            elif status.phase not in ("Succeeded", "Failed"):
                self.reason = "Terminating"

    def _initialize(self, pod: Any) -> bool:
        """Whether an init container is still to finish."""
        for place, each in enumerate(pod.status.init_container_statuses):
            state = each.state
            self.restarts += each.restart_count
            self.restarted = max(self.restarted, _ended(each))
            if each.name in self.side:
                self.side_restarts += each.restart_count
                self.side_restarted = max(self.side_restarted, _ended(each))
            ended = state.terminated
            if ended is not None and ended.exit_code == 0:
                continue
            if each.name in self.side and each.started:
                self.ready += bool(each.ready)
                continue
            if ended is not None:
                self.reason = "Init:" + (ended.reason or _exit(ended))
            elif state.waiting is not None and state.waiting.reason not in ("", "PodInitializing"):
                self.reason = "Init:" + state.waiting.reason
            else:
                self.reason = f"Init:{place}/{len(pod.spec.init_containers)}"
            return True
        return False

    def _run(self, status: Any) -> None:
        self.restarts, self.restarted = self.side_restarts, self.side_restarted
        running = False
        for each in reversed(status.container_statuses):
            state = each.state
            self.restarts += each.restart_count
            self.restarted = max(self.restarted, _ended(each))
            if state.waiting is not None and state.waiting.reason:
                self.reason = state.waiting.reason
            elif state.terminated is not None:
                self.reason = state.terminated.reason or _exit(state.terminated)
            elif each.ready and state.running is not None:
                running = True
                self.ready += 1
        if self.reason == "Completed" and running:
            self.reason = "Running" if _is_true(status.conditions, "Ready") else "NotReady"


def _is_true(conditions: Any, kind: str) -> bool:
    return any(each.type == kind and each.status == "True" for each in conditions)


def _ended(status: Any) -> datetime:
    ended = status.last_state.terminated
    found = moment(ended.finished_at) if ended is not None else None
    return EPOCH if found is None else found


def _exit(ended: Any) -> str:
    return f"Signal:{ended.signal}" if ended.signal else f"ExitCode:{ended.exit_code}"


def _cells(pod: Any, now: datetime) -> list[Any]:
    seen = _Seen(pod)
    restarts = str(seen.restarts)
    if seen.restarts and seen.restarted > EPOCH:
        restarts += f" ({duration((now - seen.restarted).total_seconds())} ago)"
    gates = NONE
    if wanted := pod.spec.readiness_gates:
        conditions = {each.type: each.status for each in reversed(pod.status.conditions)}
        met = sum(conditions.get(gate.condition_type) == "True" for gate in wanted)
        gates = f"{met}/{len(wanted)}"
    addresses = pod.status.pod_ips
    return [
        pod.metadata.name,
        f"{seen.ready}/{seen.total}",
        seen.reason,
        restarts,
        age(pod, now),
        (addresses[0].ip if addresses else "") or NONE,
        pod.spec.node_name or NONE,
        pod.status.nominated_node_name or NONE,
        gates,
    ]


def _conditions(pod: Any) -> list[dict[str, str]]:
    return _FINISHED.get(pod.status.phase, [])


PODS = Printer(
    columns("Name", "Ready", "Status", "Restarts", "Age", wide="IP,Node,Nominated Node,Readiness Gates"),
    _cells,
    _conditions,
)
PRINTERS = {"pods": PODS}
