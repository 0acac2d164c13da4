"""Why a Pod does not run, or is not ready."""

from __future__ import annotations

from typing import Any

from minik8s.client.api import ApiClient
from minik8s.why import reading, volumes
from minik8s.why.causes import Cause, condition

Object = dict[str, Any]
_IMAGES = ("ErrImagePull", "ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError")


async def causes(client: ApiClient, pod: Object) -> list[Cause]:
    """What holds a Pod back; [] when it does what it shall."""
    spec, status = pod["spec"], pod.get("status") or {}
    phase = status.get("phase", "Pending")
    if phase == "Succeeded":
        return []
    if phase == "Failed":
        reason = status.get("reason") or "a container failed and the restart policy is " + spec.get("restartPolicy", "")
        message = f": {status['message']}" if status.get("message") else ""
        return [Cause(f"it has failed ({reason}{message})", _ended(status))]
    if not spec.get("nodeName"):
        return await _unscheduled(client, pod)
    node = await _node(client, spec["nodeName"])
    found = [*node, *await _containers(client, pod)]
    if found:
        return found
    ready = condition(pod, "Ready")
    if phase == "Running" and ready.get("status") == "True":
        return []
    gates = [
        Cause(
            f'readiness gate "{gate["conditionType"]}" is '
            f"{condition(pod, gate['conditionType']).get('status', 'not set')}"
        )
        for gate in spec.get("readinessGates") or ()
        if condition(pod, gate["conditionType"]).get("status") != "True"
    ]
    if gates:
        return gates
    warned = await reading.warnings(client, pod)
    if not status.get("containerStatuses") and not warned:
        return [Cause(f"node {spec['nodeName']} has not begun to run it yet")]
    return [Cause(f"the node says {text}") for text in warned[:3]]


async def _unscheduled(client: ApiClient, pod: Object) -> list[Cause]:
    spec = pod["spec"]
    if gates := spec.get("schedulingGates"):
        names = ", ".join(gate["name"] for gate in gates)
        return [Cause(f"its scheduling gates are not lifted: {names}")]
    scheduled = condition(pod, "PodScheduled")
    name = spec.get("schedulerName", "default-scheduler")
    if not scheduled:
        return [Cause(f'scheduler "{name}" has not looked at it yet (does it run? minik8s status)')]
    behind = [Cause(text) for text in _verdicts(str(scheduled.get("message", "")))]
    said = " ".join(cause.text for cause in behind)
    behind += [
        cause
        for cause in await volumes.causes(client, pod)
        if not cause.text.endswith("does not exist") or not behind or cause.text.split()[1] not in said
    ]
    if nominated := (pod.get("status") or {}).get("nominatedNodeName"):
        behind.append(Cause(f"it waits for Pods of lower priority to leave node {nominated}"))
    return [Cause("no node takes it", behind)]


def _verdicts(message: str) -> list[str]:
    """`0/3 nodes are available: 1 Insufficient cpu, 2 node(s) …. preemption: …` in parts."""
    if not message:
        return []
    head, _, rest = message.partition(": ")
    if "nodes are available" not in head:
        return [message]
    # Behind the counts stand the words of plugins that looked for a way out: `… no new claims to deallocate, `.
    nodes, _, preemption = rest.partition("preemption: ")
    nodes, _, others = nodes.rstrip(" .,").partition(". ")
    parts = [part.strip() for part in nodes.split(", ") if part.strip()]
    parts += [part for part in others.split(", ") if part and part != "no new claims to deallocate"]
    if preemption and "not helpful" not in preemption:
        parts.append(f"preemption: {preemption.rstrip('.')}")
    return [f"{head}:", *parts] if not parts else parts


async def _node(client: ApiClient, name: str) -> list[Cause]:
    node = await reading.one(client, "v1", "nodes", name)
    if node is None:
        return [Cause(f"its node {name} does not exist any more")]
    ready = condition(node, "Ready")
    if ready.get("status") != "True":
        return [
            Cause(f"its node {name} is not ready: {ready.get('message') or ready.get('reason') or 'no word from it'}")
        ]
    return []


async def _containers(client: ApiClient, pod: Object) -> list[Cause]:
    """Init containers first: the others wait for them."""
    spec, status = pod["spec"], pod.get("status") or {}
    for part, states, what in (
        ("initContainers", "initContainerStatuses", "init container"),
        ("containers", "containerStatuses", "container"),
    ):
        known = {each["name"]: each for each in status.get(states) or ()}
        found: list[Cause] = []
        for container in spec.get(part) or ():
            held = known.get(container["name"])
            if held is not None:
                sidecar = container.get("restartPolicy") == "Always"
                cause = await _container(client, pod, container, held, what, part == "initContainers" and not sidecar)
                found += [cause] if cause is not None else []
        if found:
            return found
    return []


async def _container(
    client: ApiClient, pod: Object, spec: Object, status: Object, what: str, must_end: bool
) -> Cause | None:
    name, state = spec["name"], status.get("state") or {}
    if waiting := state.get("waiting"):
        reason, message = waiting.get("reason", ""), waiting.get("message", "")
        if reason in ("PodInitializing", "ContainerCreating"):
            behind = [
                *await volumes.causes(client, pod),
                *(Cause(t) for t in (await reading.warnings(client, pod))[:3]),
            ]
            if reason == "PodInitializing" and not behind:
                return None
            return Cause(f"{what} {name} is being created", behind)
        if reason in _IMAGES:
            return Cause(
                f"{what} {name} has no image: {spec.get('image')} ({reason})", [Cause(message)] if message else []
            )
        behind = _last(status) or ([Cause(message)] if message else [])
        if reason == "CrashLoopBackOff":
            times = status.get("restartCount", 0)
            return Cause(f"{what} {name} ends again and again ({times} restarts); the next try waits", behind)
        return Cause(f"{what} {name} cannot start: {reason}", behind)
    if terminated := state.get("terminated"):
        if terminated.get("exitCode") == 0 and (must_end or pod["spec"].get("restartPolicy") != "Always"):
            return None
        return Cause(f"{what} {name} has ended: {_ending(terminated)}")
    if must_end and "running" in state:
        return Cause(f"init container {name} still runs; the containers wait for its end")
    if what == "container" and not status.get("ready"):
        return await _not_ready(client, pod, spec, status)
    return None


async def _not_ready(client: ApiClient, pod: Object, spec: Object, status: Object) -> Cause:
    name = spec["name"]
    probe = "startup" if spec.get("startupProbe") and not status.get("started") else "readiness"
    said = [text for text in await reading.warnings(client, pod) if probe in text.lower() and "probe" in text.lower()]
    behind = [Cause(said[0].partition(": ")[2].rstrip(": "))] if said else _last(status)
    if not spec.get(f"{probe}Probe"):
        return Cause(f"container {name} is not ready", behind)
    return Cause(f"the {probe} probe of container {name} does not pass", behind)


def _ending(state: Object) -> str:
    code, signal = state.get("exitCode"), state.get("signal")
    how = f"signal {signal}" if signal else f"exit code {code}"
    reason = state.get("reason", "")
    extra = " (it took more memory than its limit)" if reason == "OOMKilled" else ""
    message = f": {state['message'].strip()}" if state.get("message") else ""
    return f"{reason + ', ' if reason and reason not in ('Error', 'Completed') else ''}{how}{extra}{message}"


def _last(status: Object) -> list[Cause]:
    last = (status.get("lastState") or {}).get("terminated")
    return [Cause(f"its last run ended with {_ending(last)} (minik8s logs -p shows what it wrote)")] if last else []


def _ended(status: Object) -> list[Cause]:
    found = []
    for each in [*(status.get("initContainerStatuses") or ()), *(status.get("containerStatuses") or ())]:
        terminated = (each.get("state") or {}).get("terminated")
        if terminated and terminated.get("exitCode"):
            found.append(Cause(f"container {each['name']} ended with {_ending(terminated)}"))
    return found
