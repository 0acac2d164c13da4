"""The serial worker of one Pod: wakes when something happened, looks, does what is to be done, reports."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import structlog

from kubelet import metrics
from kubelet.context import NodeContext
from kubelet.pods import allocation, ending, killer, resize, restart_all, sandbox, starter, views
from kubelet.pods.declared import find_container, full_name, grace_seconds, is_static, is_terminal, used_volumes
from kubelet.pods.messages import termination_message
from kubelet.pods.observed import Instance
from kubelet.pods.plan import Health, Plan, plan_for
from kubelet.pods.state import PodState
from kubelet.pods.status import Verdicts, status_of
from kubelet.pods.status_writer import StatusWriter
from kubelet.pods.users import user_of
from kubelet.probes.probes import Probes
from kubelet.runtime.types import Details, NotFoundInRuntime, RuntimeFailure, RuntimeUnavailable
from kubelet.volumes.types import LimitExceeded, VolumeError, VolumeFailed, VolumeWaits
from minik8s.api.core_v1 import Pod, PodStatus
from minik8s.machinery.conditions import get_condition
from minik8s.machinery.times import format_time, parse_time

log = structlog.get_logger("worker")

EARLY_REPORT_SECONDS = 0.7
"""A Pod that runs sooner is reported once, as running; one that takes longer is first reported as pending."""
_FINISHED = "finished"
_UNKNOWN_SECONDS = 1.0
_DEFERRED_SECONDS = 60.0
"""Pods that leave say so; those that only ended are noticed this late."""


class PodWorker:
    """One Pod. `run` returns when nothing of it is left; `finished` is told then."""

    def __init__(
        self,
        context: NodeContext,
        pod: Pod,
        details: Iterable[Details] = (),
        reject: tuple[str, str] = ("", ""),
        fits: allocation.Fits = lambda pod: "",
    ) -> None:
        self._fits = fits
        self._deferred: Pod | None = None
        self._context = context
        self._wakes = asyncio.Event()
        self._timer: asyncio.Task[None] | None = None
        self._gone = False
        self._ended = self._cleaned = False
        self._grace: float | None = None
        self.mirror_uid = ""
        self.status: PodStatus = pod.status
        self.state = PodState(context, pod, self.wake, StatusWriter(context.client, pod), Probes(context, self.wake))
        state = self.state
        state.findings.host_ips = context.settings.node_ips
        if context.cgroups is not None:
            state.cgroup = context.cgroups.parent_of(pod)
        for found in details:
            state.observed.put(found)
        self._adopt()
        if held := allocation.remembered(pod):
            self.state.pod = allocation.holding(pod, held)
            self._allocate(pod)
        if is_static(pod):
            self.state.writer.close()
        self._rejected = bool(reject[0])
        if reject[0]:
            self.fail(reject[0], f"Pod was rejected: {reject[1]}")
        self._wakes.set()

    def wake(self) -> None:
        """Look at the Pod soon."""
        self._wakes.set()

    def changed(self, pod: Pod) -> None:
        """The wanted Pod is another one now."""
        before = self.state.pod
        self._allocate(pod)
        self.state.writer.saw(pod)
        if views.wishes(before) != views.wishes(self.state.pod):
            self.state.volumes_fresh = False
            self.wake()
        elif self.state.writer.idle and views.verdicts(pod.status) != views.verdicts(self.status):
            # Somebody wrote over our conditions, as the node's controller does while a node is away.
            self.wake()

    def _allocate(self, pod: Pod) -> None:
        """Take the Pod as it is now, but with the resources it has for as long as others do not fit."""
        before, findings = self.state.pod, self.state.findings
        self._deferred = None
        if not allocation.resized(before, pod):
            findings.resize_pending = ""
            self.state.pod = pod
            return
        trouble = self._fits(pod)
        if trouble == "":
            findings.resize_pending, findings.resizing = "", True
            self.state.pod = pod
            self.state.event_once("Normal", "ResizeStarted", f"Pod resize started: {allocation.summary(pod)}")
            return
        self._deferred = pod
        self.state.pod = allocation.holding(pod, allocation.held_by(before))
        if trouble is None:
            pending = get_condition(pod.status.conditions, "PodResizePending")
            findings.resize_pending = findings.resize_pending or (pending.message if pending is not None else "")
            self.state.look_again(_UNKNOWN_SECONDS)
            return
        findings.resize_pending = trouble
        key = str(pod.metadata.generation)
        text = f"Pod resize Deferred: {allocation.summary(pod, trouble)}"
        self.state.event_once("Warning", "ResizeDeferred", text, key=key)

    def room(self) -> None:
        """Another Pod left or shrank: a resize that was put off may fit now."""
        if self._deferred is not None:
            self._allocate(self._deferred)
            self.wake()

    def mirrored(self, mirror: Pod | None) -> None:
        """The API's picture of this static Pod: its status goes there."""
        self.mirror_uid = mirror.metadata.uid if mirror is not None else ""
        self.state.writer.close()
        if mirror is None:
            return
        self.state.writer = StatusWriter(self._context.client, mirror)
        if self.status.phase or self.status.conditions:
            self.state.writer.set(self.status)

    def removed(self) -> None:
        """The Pod is no longer in the API (or its manifest is gone): it is to end, with nothing to report."""
        self._gone = True
        self.state.writer.close()
        self.wake()

    def refresh_volumes(self) -> None:
        """What its volumes hold has changed."""
        self.state.volumes_fresh = False
        self.wake()

    def happened(self, container_id: str) -> None:
        """The engine says something about one of its containers."""
        self.state.stale.add(container_id)
        self.wake()

    def fail(self, reason: str, message: str, grace: float | None = None) -> None:
        """The Pod may not run (any longer) here: rejected, evicted, past its deadline."""
        findings = self.state.findings
        if not findings.failed:
            findings.failed, findings.reason, findings.message = True, reason, message
            self._grace = grace
            self.wake()

    def disrupted(self, message: str) -> None:
        """The Pod is ended by this node, through no fault of its own."""
        self.state.findings.disruption = message

    @property
    def ended(self) -> bool:
        """Whether nothing of the Pod runs or will run."""
        return self._ended

    async def run(self) -> None:
        """Work until the Pod is gone."""
        state = self.state
        try:
            while True:
                await self._wakes.wait()
                self._wakes.clear()
                state.again_at = None
                try:
                    if await self._sync() == _FINISHED:
                        return
                except RuntimeUnavailable as error:
                    log.debug("the engine does not answer", pod=full_name(state.pod), error=str(error))
                    state.look_again(2.0)
                except RuntimeFailure as error:
                    log.info("sync failed", pod=full_name(state.pod), error=str(error))
                    state.event_once("Warning", "FailedSync", f"error determining status: {error}")
                    state.stale.update(state.observed.ids())
                    state.look_again(2.0)
                except (OSError, VolumeError) as error:
                    log.warning("sync failed", pod=full_name(state.pod), error=str(error))
                    state.look_again(5.0)
                self._arm()
        finally:
            self._let_go()

    async def _sync(self) -> str:
        state = self.state
        await self._refresh()
        if self._deferred is not None:
            state.look_again(_DEFERRED_SECONDS)
            self._allocate(self._deferred)
        self._check_deadline()
        await self._read_messages()
        pod = state.pod
        if self._is_ending():
            return await self._end()
        await resize.apply(state)
        early = self._report_early() if not state.observed.sandboxes else None
        try:
            await self._go_on()
        finally:
            if early is not None:
                early.cancel()
        self._update_probes(ending=False)
        # A container may have ended as soon as it was started: its last words belong in the first report of it.
        await self._read_messages()
        self.report()
        # The first report says when the Pod started: the deadline counts from there.
        self._check_deadline()
        if self.status.phase in ("Succeeded", "Failed") and not is_terminal(pod):
            self.wake()
        return ""

    async def _go_on(self) -> None:
        """One step towards what is wanted."""
        state, context = self.state, self._context
        if restart_all.wanted(state.pod, state.observed, self.status):
            await self._restart_all()
        plan = plan_for(state.pod, state.observed, self._health())
        if plan.stop_all:
            for instance in state.observed.running:
                self._kill(instance, f"Stopping container {instance.name}", None)
            return
        if (plan.make_sandbox or plan.start or not state.volumes_fresh) and not await self._mount():
            return
        found = state.observed.sandbox
        if plan.make_sandbox:
            if context.cgroups is not None:
                await asyncio.to_thread(context.cgroups.prepare, state.pod, context.config.pod_pids_limit)
            found = await sandbox.make(state)
            if found is None:
                return
            plan = plan_for(state.pod, state.observed, self._health())
        for kill in plan.kill:
            self._kill(kill.instance, kill.message, kill.probe_grace)
        if found is not None:
            await self._start(plan, found)

    async def _restart_all(self) -> None:
        """Before and after is reported: a kubelet that dies in between goes on where this one was."""
        self.state.findings.restarting_all = True
        self.report()
        await restart_all.clear(self.state)
        self.report()
        self.state.findings.restarting_all = False

    async def _start(self, plan: Plan, found: Details) -> None:
        starting = {wanted.container.name for wanted in plan.start}
        for name in [n for n in self.state.findings.waiting if n not in starting]:
            del self.state.findings.waiting[name]
        for wanted in plan.start:
            if wanted.after is not None and wanted.after.id in self.state.kills:
                continue
            await starter.start(self.state, wanted, found)
        if plan.start and any(i.running for i in self.state.observed):
            # A sidecar or an init container began: what comes after it may begin as well.
            again = plan_for(self.state.pod, self.state.observed, self._health())
            if {w.container.name for w in again.start} - starting:
                self.wake()

    async def _mount(self) -> bool:
        state = self.state
        if self._context.volumes is None or state.volumes_fresh:
            return True
        # What changes while they are made sets this back: they are made once more then.
        state.volumes_fresh = True
        try:
            state.volumes = await self._context.volumes.mount(state.pod, used_volumes(state.pod))
        except VolumeWaits as error:
            state.volumes_fresh = False
            if error.again_in is not None:
                state.look_again(error.again_in)
            return state.volumes is not None
        except VolumeError as error:
            state.volumes_fresh = False
            if isinstance(error, LimitExceeded):
                self.fail("VolumeAttachmentLimitExceeded", str(error))
                return False
            again = error.again_in if isinstance(error, VolumeFailed) else None
            reason = error.reason if isinstance(error, VolumeFailed) else "FailedMount"
            state.event_once("Warning", reason, str(error))
            state.look_again(2.0 if again is None else again)
            return state.volumes is not None
        except BaseException:
            state.volumes_fresh = False
            raise
        return True

    def _kill(self, instance: Instance, message: str, grace: int | None) -> None:
        container = find_container(self.state.pod.spec, instance.name)
        wanted = grace if grace is not None else grace_seconds(self.state.pod)
        killer.begin(self.state, container, instance, float(wanted), message)

    def _health(self) -> Health:
        spec, probes = self.state.pod.spec, self.state.probes

        def started(instance: Instance) -> bool:
            container = find_container(spec, instance.name)
            return container is None or probes.started(container, instance)

        def failed(instance: Instance) -> tuple[str, int | None]:
            container = find_container(spec, instance.name)
            return (
                ("", None)
                if container is None or instance.id in self.state.kills
                else probes.failed(container, instance)
            )

        return Health(started, failed)

    def _is_ending(self) -> bool:
        pod = self.state.pod
        return (
            self._gone
            or pod.metadata.deletion_timestamp is not None
            or self.state.findings.failed
            or is_terminal(pod)
            or self.status.phase in ("Succeeded", "Failed")
        )

    async def _end(self) -> str:
        state = self.state
        self._update_probes(ending=True)
        forced = self._gone and state.pod.metadata.deletion_timestamp is not None
        done = await ending.step(state, grace=0.0 if forced else self._grace)
        if done:
            self._ended = state.findings.ended = True
        if not self._gone:
            self.report()
        if not done:
            return ""
        deleting = state.pod.metadata.deletion_timestamp is not None
        if not self._cleaned:
            if not await ending.clean(state):
                return ""
            self._cleaned = True
        if deleting and not self._gone:
            await ending.delete(state)
            self._gone = True
        if self._gone:
            await ending.remove(state)
            return _FINISHED
        return ""

    async def _refresh(self) -> None:
        state = self.state
        while state.stale:
            container_id = state.stale.pop()
            try:
                state.observed.put(await self._context.runtime.inspect(container_id))
            except NotFoundInRuntime:
                state.observed.drop(container_id)
            except RuntimeFailure:
                state.stale.add(container_id)
                raise

    async def _read_messages(self) -> None:
        """What containers say besides their state: as whom they run, their last words, their image's digest."""
        findings = self.state.findings
        for instance in self.state.observed:
            if instance.exited and instance.id not in findings.messages:
                findings.messages[instance.id] = await asyncio.to_thread(termination_message, instance.details)
            if instance.running and instance.id not in findings.users and self._context.volumes is not None:
                # Asked once, of the first process: what it makes of itself later is its own affair.
                findings.users[instance.id] = user_of(instance.details.pid)
        for image in {i.details.image_id for i in self.state.observed} - findings.digests.keys():
            found = await self._context.runtime.image(image) if image else None
            findings.digests[image] = starter.image_id(found, self._context.engine) if found is not None else ""

    def _check_deadline(self) -> None:
        state = self.state
        seconds, start = state.pod.spec.active_deadline_seconds, state.pod.status.start_time or self.status.start_time
        if seconds is None or start is None or self._is_ending():
            return
        left = seconds - (self._context.clock.now() - parse_time(start)).total_seconds()
        if left > 0:
            state.look_again(left)
            return
        text = "Pod was active on the node longer than the specified deadline"
        state.event("Normal", "DeadlineExceeded", text)
        self.fail("DeadlineExceeded", text)

    def _update_probes(self, ending: bool) -> None:
        state = self.state
        running = []
        for instance in state.observed.running:
            container = find_container(state.pod.spec, instance.name)
            if container is not None and instance.id not in state.kills:
                running.append((container, instance))
        state.probes.update(state.pod, running, state.address, ending)

    def report(self) -> None:
        """Compute the status and have it sent if it is another one."""
        state, probes = self.state, self.state.probes
        if is_terminal(state.pod) and state.observed.empty:
            # It ended before this kubelet began, and nothing of it is left to look at.
            self.status = state.pod.status
            return
        if self._rejected:
            start = self.status.start_time or format_time(self._context.clock.now())
            self._tell(views.rejected(state.pod, state.findings, start))
            return

        def started(instance: Instance) -> bool:
            container = find_container(state.pod.spec, instance.name)
            return container is not None and probes.started(container, instance)

        def ready(instance: Instance) -> bool:
            container = find_container(state.pod.spec, instance.name)
            return container is not None and probes.ready(container, instance)

        context, pod = self._context, views.shown(state.pod, self.status)
        verdicts = Verdicts(started, ready)
        made = status_of(pod, state.observed, state.findings, verdicts, context.clock.now(), context.engine)
        self._tell(made)

    def _tell(self, made: PodStatus) -> None:
        metrics.count_ended(self.status, made)
        self.status = made
        self.state.writer.set(made)

    def _report_early(self) -> asyncio.Task[None]:
        async def later() -> None:
            await self._context.clock.sleep(EARLY_REPORT_SECONDS)
            self.report()

        return asyncio.create_task(later(), name="early-report")

    def _adopt(self) -> None:
        """What runs already goes on as the API knows it."""
        state = self.state
        box = state.observed.sandbox
        if box is not None:
            if state.pod.spec.host_network:
                state.findings.ips = self._context.settings.node_ips
            elif self._context.cni is not None:
                state.findings.ips = self._context.cni.addresses(box.id)
            else:
                state.findings.ips = tuple(ip.ip for ip in state.pod.status.pod_ips)
            state.cgroup = box.cgroup_parent or state.cgroup
        statuses = (*state.pod.status.container_statuses, *state.pod.status.init_container_statuses)
        for status in statuses:
            instance = state.observed.newest(status.name)
            if instance is not None and instance.running and status.container_id.endswith(instance.id):
                state.probes.adopt(instance.id, bool(status.started), status.ready)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.state.again_at is None:
            return
        wait = self.state.again_at - self._context.clock.monotonic()

        async def later() -> None:
            await self._context.clock.sleep(max(wait, 0.01))
            self.wake()

        self._timer = asyncio.create_task(later(), name="pod-timer")

    def _let_go(self) -> None:
        state = self.state
        state.probes.close()
        if self._timer is not None:
            self._timer.cancel()
        for task in (*state.kills.values(), *state.hooks.values()):
            task.cancel()
