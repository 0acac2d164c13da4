"""What a Pod and its events say about its scheduling."""

from __future__ import annotations

import structlog

from minik8s.api.core_v1 import Pod
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound
from minik8s.client.events import EventRecorder
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.times import format_time
from scheduler.pods.info import PodInfo

log = structlog.get_logger("scheduler")

UNSCHEDULABLE, SCHEDULER_ERROR, GATED = "Unschedulable", "SchedulerError", "SchedulingGated"
_RECORDERS = 4
"""Senders of events beside each other: one alone waits for each answer and falls behind a fast scheduler."""


class Reports:
    """Writes conditions and events; a failure to do so is never the Pod's."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client
        self._recorders: dict[str, list[EventRecorder]] = {}

    def event(
        self, pod: Pod, type: str, reason: str, message: str, action: str = "", related: object = None, by: str = ""
    ) -> None:
        """An event about a Pod by the profile `by`."""
        by = by or pod.spec.scheduler_name
        recorders = self._recorders.get(by)
        if recorders is None:
            recorders = [EventRecorder(self._client, by, series=True) for _ in range(_RECORDERS)]
            self._recorders[by] = recorders
        recorder = recorders[hash(pod.metadata.uid) % _RECORDERS]
        recorder.event(pod, type, reason, message, action, related)

    def scheduled(self, pod: PodInfo, node: str, by: str) -> None:
        """The Pod was bound."""
        text = f"Successfully assigned {pod.key} to {node}"
        self.event(pod.pod, "Normal", "Scheduled", text, "Binding", by=by)

    def failed(self, pod: PodInfo, message: str, by: str) -> None:
        """The attempt failed."""
        self.event(pod.pod, "Warning", "FailedScheduling", message, "Scheduling", by=by)

    async def nominated(self, pod: PodInfo, node: str) -> None:
        """Write where the Pod will be bound."""
        if pod.pod.status.nominated_node_name != node:
            await self._patch(pod.pod, {"nominatedNodeName": node})

    async def condition(self, pod: Pod, reason: str, message: str, nominate: str | None, announced: str = "") -> None:
        """Set PodScheduled to False, and the nominated node unless None; writes only what changed.

        `announced` is a nomination that was written after `pod` was read.
        """
        status: dict[str, object] = {}
        held = get_condition(pod.status.conditions, "PodScheduled")
        if held is None or (held.status, held.reason, held.message) != ("False", reason, message):
            changed = held is None or held.status != "False"
            since = format_time(self._client.clock.now()) if changed or held is None else held.last_transition_time
            condition = {
                "type": "PodScheduled",
                "status": "False",
                "reason": reason,
                "message": message,
                "lastProbeTime": None,
                "lastTransitionTime": since,
            }
            if pod.metadata.generation:
                condition["observedGeneration"] = pod.metadata.generation  # type: ignore[assignment]
            status["conditions"] = [condition]
        if nominate is not None and nominate != (announced or pod.status.nominated_node_name):
            status["nominatedNodeName"] = nominate or None
        if status:
            await self._patch(pod, status)

    async def _patch(self, pod: Pod, status: dict[str, object]) -> None:
        meta = pod.metadata
        patch = {"metadata": {"uid": meta.uid}, "status": status}
        try:
            await self._client.patch(Pod, meta.name, patch, meta.namespace, "strategic", "status")
        except NotFound:
            return
        except (ApiError, ConnectionFailed) as error:
            log.warning("cannot write a pod's status", pod=f"{meta.namespace}/{meta.name}", error=str(error))

    async def close(self) -> None:
        """Stop sending events."""
        for recorders in self._recorders.values():
            for recorder in recorders:
                await recorder.close()

    async def flush(self) -> None:
        """Wait until all events are sent."""
        for recorders in self._recorders.values():
            for recorder in recorders:
                await recorder.flush()
