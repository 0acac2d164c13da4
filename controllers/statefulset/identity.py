"""Who a StatefulSet's pod is: its ordinal, its name, the claims that are its own."""

from __future__ import annotations

import re

from controllers.shared import pods
from controllers.shared.history import HASH_LABEL
from minik8s.api.apps_v1 import ControllerRevision, StatefulSet
from minik8s.api.core_v1 import PersistentVolumeClaim, PersistentVolumeClaimVolumeSource, Pod, Volume
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.copy import deep_copy

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]+)")


def ordinal_of(owner: StatefulSet, pod: Pod) -> int:
    """The pod's number; -1 when its name is not one of the set's."""
    found = _NAME.fullmatch(pod.metadata.name)
    return int(found[2]) if found is not None and found[1] == owner.metadata.name else -1


def start(owner: StatefulSet) -> int:
    """The first ordinal."""
    return owner.spec.ordinals.start if owner.spec.ordinals is not None else 0


def replicas(owner: StatefulSet) -> int:
    """`spec.replicas`; 1 where nothing is said."""
    return 1 if owner.spec.replicas is None else owner.spec.replicas


def pod_name(owner: StatefulSet, ordinal: int) -> str:
    """The name of one pod."""
    return f"{owner.metadata.name}-{ordinal}"


def revision_of(pod: Pod) -> str:
    """The name of the revision a pod was made from."""
    return pod.metadata.labels.get(HASH_LABEL, "")


def claim_name(owner: StatefulSet, template: PersistentVolumeClaim, ordinal: int) -> str:
    """The name of one claim of one pod."""
    return f"{template.metadata.name}-{pod_name(owner, ordinal)}"


def claims_for(owner: StatefulSet, ordinal: int) -> dict[str, PersistentVolumeClaim]:
    """The claims of one pod, by the volume they are mounted as."""
    found = {}
    for template in owner.spec.volume_claim_templates:
        claim = deep_copy(template)
        labels = owner.spec.selector.match_labels if owner.spec.selector is not None else {}
        claim.metadata = ObjectMeta(
            name=claim_name(owner, template, ordinal),
            namespace=owner.metadata.namespace,
            labels={**claim.metadata.labels, **labels},
            annotations=claim.metadata.annotations,
            finalizers=claim.metadata.finalizers,
        )
        found[template.metadata.name] = claim
    return found


def make_pod(owner: StatefulSet, revision: ControllerRevision, ordinal: int) -> Pod:
    """A new pod; `owner` carries the template of that revision."""
    pod = pods.pod_from_template(owner.spec.template, owner, pod_name(owner, ordinal))
    pod.metadata.labels[HASH_LABEL] = revision.metadata.name
    pod.spec.hostname = pod.metadata.name
    pod.spec.subdomain = owner.spec.service_name
    put_identity(owner, pod)
    return pod


def has_identity(owner: StatefulSet, pod: Pod) -> bool:
    """Whether the pod's labels and volumes are those of its ordinal."""
    changed = deep_copy(pod)
    put_identity(owner, changed)
    return changed == pod


def put_identity(owner: StatefulSet, pod: Pod) -> None:
    """Set the labels and the volumes that belong to a pod's ordinal."""
    ordinal = ordinal_of(owner, pod)
    pod.metadata.labels[POD_NAME] = pod.metadata.name
    pod.metadata.labels[POD_INDEX] = str(ordinal)
    wanted = claims_for(owner, ordinal)
    held = {volume.name: volume for volume in pod.spec.volumes}
    if all(_mounts(held.get(name), claim) for name, claim in wanted.items()):
        return
    own = [
        Volume(name=name, persistent_volume_claim=PersistentVolumeClaimVolumeSource(claim_name=claim.metadata.name))
        for name, claim in wanted.items()
    ]
    pod.spec.volumes = own + [volume for volume in pod.spec.volumes if volume.name not in wanted]


def _mounts(volume: Volume | None, claim: PersistentVolumeClaim) -> bool:
    source = volume.persistent_volume_claim if volume is not None else None
    return source is not None and source.claim_name == claim.metadata.name
