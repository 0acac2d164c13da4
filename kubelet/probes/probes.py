"""The probes of one Pod: a task for each, and what they found of each running instance."""

from __future__ import annotations

import asyncio
import dataclasses
import random
from collections.abc import Callable, Iterable
from datetime import datetime

from kubelet.context import NodeContext
from kubelet.pods.declared import AnyContainer, full_name
from kubelet.pods.observed import Instance
from kubelet.probes import handlers
from kubelet.probes.handlers import Answer, Outcome
from minik8s.api.core_v1 import Pod, Probe

STARTUP, LIVENESS, READINESS = "Startup", "Liveness", "Readiness"
ATTEMPTS = 3
"""A question whose outcome is unknown is asked this often before it counts as such."""


@dataclasses.dataclass(slots=True)
class _Verdict:
    """What is known of one instance; None while a probe has said nothing."""

    startup: bool | None = None
    liveness: bool | None = None
    readiness: bool | None = None


class Probes:
    """Asks the running containers of a Pod; `changed` is called when a verdict turned."""

    def __init__(self, context: NodeContext, changed: Callable[[], None]) -> None:
        self._context, self._changed = context, changed
        self._verdicts: dict[str, _Verdict] = {}
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._hooked: set[str] = set()
        self.pod: Pod | None = None
        self.address = ""

    def adopt(self, instance_id: str, started: bool, ready: bool) -> None:
        """An instance found running after a restart of the kubelet: it stays what it was until probes say otherwise."""
        self._verdicts[instance_id] = _Verdict(startup=started or None, readiness=ready or None)

    def hooking(self, instance_id: str, busy: bool) -> None:
        """An instance's postStart hook runs (or ended): until then it has not started."""
        if busy:
            self._hooked.add(instance_id)
        else:
            self._hooked.discard(instance_id)

    def update(self, pod: Pod, running: Iterable[tuple[AnyContainer, Instance]], address: str, ending: bool) -> None:
        """Probe these instances and no others; a Pod that ends is asked only whether it is ready."""
        self.pod, self.address = pod, address
        alive = set()
        for container, instance in running:
            alive.add(instance.id)
            if instance.id in self._hooked:
                continue
            for kind, probe in (
                (STARTUP, container.startup_probe),
                (LIVENESS, container.liveness_probe),
                (READINESS, container.readiness_probe),
            ):
                if probe is None or (ending and kind != READINESS):
                    continue
                if kind != STARTUP and not self.started(container, instance):
                    continue
                if kind == STARTUP and self._of(instance.id).startup is not None:
                    continue
                key = (instance.id, kind)
                if key not in self._tasks:
                    self._tasks[key] = asyncio.create_task(
                        self._run(kind, container, probe, instance), name=f"probe-{kind}-{instance.name}"
                    )
        for key, task in list(self._tasks.items()):
            if key[0] not in alive or (ending and key[1] != READINESS):
                task.cancel()
                del self._tasks[key]
        for gone in [i for i in self._verdicts if i not in alive]:
            del self._verdicts[gone]

    def started(self, container: AnyContainer, instance: Instance) -> bool:
        """Whether it has started: its hook is through and its startup probe, if any, succeeded."""
        if instance.id in self._hooked:
            return False
        return container.startup_probe is None or self._of(instance.id).startup is True

    def ready(self, container: AnyContainer, instance: Instance) -> bool:
        """Whether it may get traffic."""
        return container.readiness_probe is None or self._of(instance.id).readiness is True

    def failed(self, container: AnyContainer, instance: Instance) -> tuple[str, int | None]:
        """Why it must die, and in how many seconds where the probe says so; ("", None) when it need not."""
        verdict = self._of(instance.id)
        for word, probe, said in (
            ("startup", container.startup_probe, verdict.startup),
            ("liveness", container.liveness_probe, verdict.liveness),
        ):
            if probe is not None and said is False:
                return f"failed {word} probe", probe.termination_grace_period_seconds
        return "", None

    def close(self) -> None:
        """Ask no more."""
        for task in self._tasks.values():
            task.cancel()
        self._tasks.clear()

    def _of(self, instance_id: str) -> _Verdict:
        return self._verdicts.setdefault(instance_id, _Verdict())

    async def _run(self, kind: str, container: AnyContainer, probe: Probe, instance: Instance) -> None:
        clock = self._context.clock
        delay = probe.initial_delay_seconds - _age(instance.details.started_at, clock.now())
        if delay > 0:
            await clock.sleep(delay)
        period = float(probe.period_seconds or 10)
        run, last = 0, None
        while True:
            answer = await self._ask(kind, container, probe, instance)
            if answer.outcome is not Outcome.UNKNOWN:
                run = run + 1 if answer.outcome is last else 1
                last = answer.outcome
                good = answer.outcome is Outcome.SUCCESS
                enough = probe.success_threshold or 1 if good else probe.failure_threshold or 3
                if run >= enough:
                    self._conclude(kind, instance, good)
                    if kind == STARTUP or (kind == LIVENESS and not good):
                        # A startup probe ends with its verdict; who failed liveness is being killed.
                        return
            await clock.sleep(period)

    def _conclude(self, kind: str, instance: Instance, good: bool) -> None:
        verdict = self._of(instance.id)
        field = kind.lower()
        if getattr(verdict, field) is not good:
            setattr(verdict, field, good)
            self._changed()

    async def _ask(self, kind: str, container: AnyContainer, probe: Probe, instance: Instance) -> Answer:
        answer = Answer(Outcome.UNKNOWN)
        for _ in range(ATTEMPTS):
            answer = await self._question(container, probe, instance)
            if answer.outcome is not Outcome.UNKNOWN:
                break
            await self._context.clock.sleep(0.1 + random.random() / 10)
        pod = self.pod
        if answer.warning and pod is not None:
            self._context.event(pod, "Warning", "ProbeWarning", f"{kind} probe warning: {answer.text}", container.name)
        if answer.outcome is not Outcome.SUCCESS and pod is not None:
            if answer.outcome is Outcome.UNKNOWN:
                text = f"{kind} probe errored and resulted in unknown state: {answer.text}"
            else:
                text = f"{kind} probe failed: {answer.text}"
            self._context.event(pod, "Warning", "Unhealthy", text, container.name)
        return answer

    async def _question(self, container: AnyContainer, probe: Probe, instance: Instance) -> Answer:
        if self._context.runtime.runs_nothing:
            return Answer(Outcome.SUCCESS, "")
        timeout = float(probe.timeout_seconds or 1)
        if probe.exec is not None:
            return await handlers.run_command(self._context.runtime, instance.id, probe.exec, timeout)
        if probe.http_get is not None:
            return await handlers.fetch(self.address, container, probe.http_get, timeout)
        if probe.tcp_socket is not None:
            return await handlers.open_port(self.address, container, probe.tcp_socket, timeout)
        if probe.grpc is not None:
            return await handlers.ask_grpc(self.address, probe.grpc, timeout)
        name = full_name(self.pod) if self.pod is not None else container.name
        return Answer(Outcome.UNKNOWN, f"missing probe handler for {name}:{container.name}")


def _age(started: datetime | None, now: datetime) -> float:
    return max((now - started).total_seconds(), 0.0) if started is not None else 0.0
