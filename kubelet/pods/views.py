"""What of a Pod its worker acts on, and what it builds the next status on."""

from __future__ import annotations

import copy

from kubelet.pods.conditions import OURS
from kubelet.pods.declared import is_terminal, qos_class
from kubelet.pods.status import Findings
from minik8s.api.core_v1 import Pod, PodStatus


def shown(pod: Pod, reported: PodStatus) -> Pod:
    """The Pod with the status reported last, and the conditions others wrote in the meantime."""
    found = copy.copy(pod)
    if reported is pod.status:
        return found
    mixed = copy.copy(reported)
    known = {c.type for c in reported.conditions}
    fresh = {c.type: c for c in pod.status.conditions}
    mixed.conditions = [c for c in reported.conditions if c.type in OURS or c.type not in fresh]
    mixed.conditions += [c for c in fresh.values() if c.type not in OURS]
    mixed.conditions += [c for c in fresh.values() if c.type in OURS and c.type not in known]
    found.status = mixed
    return found


def rejected(pod: Pod, findings: Findings, start: str) -> PodStatus:
    """The status of a Pod that never began: there is nothing to say about its containers."""
    return PodStatus(
        phase="Failed",
        reason=findings.reason,
        message=findings.message,
        qos_class=qos_class(pod),
        start_time=start,
        conditions=pod.status.conditions,
        observed_generation=pod.metadata.generation,
    )


def wishes(pod: Pod) -> tuple[object, ...]:
    """What of a Pod its worker acts on: all but the status it writes itself."""
    meta = pod.metadata
    others = [c for c in pod.status.conditions if c.type not in OURS]
    return (
        pod.spec, meta.labels, meta.annotations, meta.deletion_timestamp, meta.deletion_grace_period_seconds,
        meta.generation, others, is_terminal(pod),
    )  # fmt: skip


def verdicts(status: PodStatus) -> dict[str, str]:
    """What the kubelet's own conditions say."""
    return {c.type: c.status for c in status.conditions if c.type in OURS}
