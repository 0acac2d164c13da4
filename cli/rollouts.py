"""How far the rollout of a workload is, in kubectl's words."""

from __future__ import annotations

from typing import Any

from cli.errors import CommandError

State = dict[str, Any]


def progress(obj: State, revision: int = 0) -> tuple[str, bool]:
    """(what to say, whether it is done). Raises CommandError when it cannot become done."""
    tell = {"Deployment": _deployment, "DaemonSet": _daemon_set, "StatefulSet": _stateful_set}.get(obj.get("kind", ""))
    if tell is None:
        raise CommandError(f"error: no status viewer has been implemented for {obj.get('kind')}")
    return tell(obj, revision)


def _observed(obj: State) -> bool:
    status: State = obj.get("status") or {}
    return bool(status.get("observedGeneration", 0) >= obj["metadata"].get("generation", 0))


def _deployment(obj: State, revision: int) -> tuple[str, bool]:
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    if revision:
        now = (obj["metadata"].get("annotations") or {}).get("deployment.kubernetes.io/revision", "")
        if now and int(now) != revision:
            raise CommandError(f"error: desired revision ({revision}) is different from the running revision ({now})")
    if not _observed(obj):
        return "Waiting for deployment spec update to be observed...", False
    for condition in status.get("conditions") or ():
        if condition["type"] == "Progressing" and condition.get("reason") == "ProgressDeadlineExceeded":
            raise CommandError(f'error: deployment "{name}" exceeded its progress deadline')
    wanted = obj["spec"].get("replicas", 1)
    updated, total, ready = (status.get(k, 0) for k in ("updatedReplicas", "replicas", "availableReplicas"))
    rollout = f'Waiting for deployment "{name}" rollout to finish: '
    if updated < wanted:
        return f"{rollout}{updated} out of {wanted} new replicas have been updated...", False
    if total > updated:
        return f"{rollout}{total - updated} old replicas are pending termination...", False
    if ready < updated:
        return f"{rollout}{ready} of {updated} updated replicas are available...", False
    return f'deployment "{name}" successfully rolled out', True


def _daemon_set(obj: State, revision: int) -> tuple[str, bool]:
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    if (obj["spec"].get("updateStrategy") or {}).get("type") == "OnDelete":
        raise CommandError("error: rollout status is only available for RollingUpdate strategy type")
    if not _observed(obj):
        return "Waiting for daemon set spec update to be observed...", False
    wanted = status.get("desiredNumberScheduled", 0)
    updated, ready = status.get("updatedNumberScheduled", 0), status.get("numberAvailable", 0)
    if updated < wanted:
        return (
            f'Waiting for daemon set "{name}" rollout to finish: {updated} out of {wanted} new pods have been '
            "updated...",
            False,
        )
    if ready < wanted:
        return (
            f'Waiting for daemon set "{name}" rollout to finish: {ready} of {wanted} updated pods are available...',
            False,
        )
    return f'daemon set "{name}" successfully rolled out', True


def _stateful_set(obj: State, revision: int) -> tuple[str, bool]:
    status, strategy = obj.get("status") or {}, obj["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        raise CommandError("error: rollout status is only available for RollingUpdate strategy type")
    if not _observed(obj):
        return "Waiting for statefulset spec update to be observed...", False
    wanted, ready = obj["spec"].get("replicas", 1), status.get("readyReplicas", 0)
    if ready < wanted:
        return f"Waiting for {wanted - ready} pods to be ready...", False
    partition = (strategy.get("rollingUpdate") or {}).get("partition", 0)
    updated = status.get("updatedReplicas", 0)
    if partition:
        if updated < wanted - partition:
            return (
                f"Waiting for partitioned roll out to finish: {updated} out of {wanted - partition} new pods have "
                "been updated...",
                False,
            )
        return f"partitioned roll out complete: {updated} new pods have been updated...", True
    if status.get("updateRevision") != status.get("currentRevision"):
        return (
            f"waiting for statefulset rolling update to complete {updated} pods at revision "
            f"{status.get('updateRevision')}...",
            False,
        )
    return (
        f"statefulset rolling update complete {status.get('currentReplicas', 0)} pods at revision "
        f"{status.get('currentRevision')}...",
        True,
    )
