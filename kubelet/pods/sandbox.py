"""A Pod's sandbox: made, wired, taken down."""

from __future__ import annotations

import asyncio

import structlog

from kubelet import labels, metrics
from kubelet.cni import CNIError
from kubelet.pods import naming
from kubelet.pods.declared import full_name, sysctl_name
from kubelet.pods.state import PodState
from kubelet.runtime.types import Details, NotFoundInRuntime, RuntimeFailure, RuntimeUnavailable, SandboxSpec, State

log = structlog.get_logger("sandbox")


async def make(state: PodState) -> Details | None:
    """Make and wire a sandbox; None when it failed, which is told and tried again. Raises RuntimeUnavailable."""
    context, pod, meta = state.context, state.pod, state.pod.metadata
    wired = context.cni is not None and not pod.spec.host_network
    if wired and context.cni is not None:
        try:
            await asyncio.to_thread(context.cni.check)
        except CNIError as error:
            text = (
                "network is not ready: container runtime network not ready: NetworkReady=false "
                f"reason:NetworkPluginNotReady message:docker: network plugin is not ready: {error}"
            )
            state.event_once("Warning", "NetworkNotReady", text)
            state.look_again(1.0)
            return None
    attempt = 1 + max((int(s.labels.get(labels.RESTART_COUNT, "0")) for s in state.observed.sandboxes), default=-1)
    spec = SandboxSpec(
        name=labels.container_name("POD", meta.name, meta.namespace, meta.uid, attempt),
        hostname=naming.sandbox_host_name(pod, context.config.cluster_domain, context.settings.hostname),
        labels={
            labels.TYPE: labels.SANDBOX_TYPE,
            labels.NODE: context.settings.node_name,
            labels.POD_NAME: meta.name,
            labels.POD_NAMESPACE: meta.namespace,
            labels.POD_UID: meta.uid,
            labels.CONTAINER_NAME: "POD",
            labels.RESTART_COUNT: str(attempt),
        },
        cgroup_parent=state.cgroup,
        host_network=pod.spec.host_network,
        host_ipc=pod.spec.host_ipc,
        host_pid=pod.spec.host_pid,
        sysctls=_sysctls(state),
    )
    sandbox_id = ""
    try:
        sandbox_id = await context.runtime.run_sandbox(spec)
        details = await context.runtime.inspect(sandbox_id)
        ips: tuple[str, ...] = context.settings.node_ips
        if wired and context.cni is not None:
            ips = await context.cni.add(sandbox_id, details.netns, pod)
        elif not pod.spec.host_network:
            ips = await context.runtime.addresses(sandbox_id)
    except RuntimeUnavailable:
        raise
    except (RuntimeFailure, CNIError) as error:
        text = f"Failed to create pod sandbox: {_wired(error, sandbox_id, pod.metadata)}"
        state.event("Warning", "FailedCreatePodSandBox", text)
        if sandbox_id:
            await context.runtime.remove_container(sandbox_id)
        state.failures += 1
        state.look_again(min(2.0**state.failures, 60.0))
        return None
    state.failures = 0
    metrics.pod_started()
    for old in state.observed.sandboxes:
        await forget(state, old)
    state.observed.put(details)
    state.findings.ips = ips
    await write_names(state)
    return details


async def write_names(state: PodState) -> None:
    """/etc/hosts and /etc/resolv.conf of a Pod's containers."""
    context, pod = state.context, state.pod
    if context.volumes is None:
        return
    domain, node = context.config.cluster_domain, context.settings.hostname
    hosts = naming.hosts_file(pod, state.findings.ips, domain, node)
    resolver = naming.resolv_conf(pod, context.config)
    if naming.misses_cluster_dns(pod, context.config):
        text = (
            'kubelet does not have ClusterDNS IP configured and cannot create Pod using "ClusterFirst" policy. '
            'Falling back to "Default" policy.'
        )
        state.event_once("Warning", "MissingClusterDNS", f'pod: "{full_name(pod)}". {text}')
    await asyncio.to_thread(naming.write_files, context.settings.pod_dir(pod.metadata.uid), hosts, resolver)


async def stop(state: PodState) -> None:
    """Take the wires away and stop what holds the namespaces. Raises RuntimeFailure."""
    context = state.context
    for sandbox in list(state.observed.sandboxes):
        await unwire(state, sandbox)
        if sandbox.state is State.RUNNING:
            try:
                await context.runtime.kill_container(sandbox.id, "SIGKILL")
            except NotFoundInRuntime:
                state.observed.drop(sandbox.id)
                continue
            state.observed.put(await context.runtime.inspect(sandbox.id))


async def unwire(state: PodState, sandbox: Details) -> None:
    """Take a sandbox's wires away; trouble is logged, and what is left is found again later."""
    if state.context.cni is None:
        return
    try:
        await state.context.cni.delete(sandbox.id, sandbox.netns)
    except CNIError as error:
        log.warning("wires cannot be taken away", pod=full_name(state.pod), error=str(error))


async def forget(state: PodState, sandbox: Details) -> None:
    """Remove a sandbox that was replaced."""
    await unwire(state, sandbox)
    await state.context.runtime.remove_container(sandbox.id)
    state.observed.drop(sandbox.id)


def _sysctls(state: PodState) -> dict[str, str]:
    context = state.pod.spec.security_context
    return {sysctl_name(s.name): s.value for s in context.sysctls} if context is not None else {}


def _wired(error: Exception, sandbox_id: str, meta: object) -> str:
    if not isinstance(error, CNIError):
        return f"rpc error: code = Unknown desc = {error}"
    name, namespace = getattr(meta, "name", ""), getattr(meta, "namespace", "")
    return (
        "rpc error: code = Unknown desc = failed to set up sandbox container "
        f'"{sandbox_id}" network for pod "{name}": networkPlugin cni failed to set up pod "{name}_{namespace}" '
        f"network: {error}"
    )
