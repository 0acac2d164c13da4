"""Generic ephemeral volumes: a claim for each, made with its pod and gone with it."""

from __future__ import annotations

from controllers.options import Options
from minik8s.api.core_v1 import PersistentVolumeClaim, PersistentVolumeClaimTemplate, Pod
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.owners import is_controlled_by, owner_reference


class EphemeralVolumes:
    """Makes the claims of pods with ephemeral volumes."""

    name = "ephemeral-volume-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch pods, and claims that may have gone."""
        self._ctx = ctx
        self._pods: Informer[Pod] = ctx.watch(Pod, keys=lambda pod: [key_of(pod)] if _templates(pod) else [])
        self._claims: Informer[PersistentVolumeClaim] = ctx.watch(PersistentVolumeClaim, keys=_owning_pod)

    async def reconcile(self, key: str) -> float | None:
        """Make what one pod lacks."""
        pod = self._pods.get_key(key)
        if pod is None or pod.metadata.deletion_timestamp is not None:
            return None
        for name, template in _templates(pod).items():
            held = self._claims.get(name, pod.metadata.namespace)
            if held is None:
                held = await self._make(pod, name, template)
            if not is_controlled_by(held, pod):
                message = f"ephemeral volume: PVC {key_of(held)} was not created for pod {key} (pod is not owner)"
                self._ctx.recorder.event(pod, "Warning", "FailedBinding", message)
        return None

    async def _make(self, pod: Pod, name: str, template: PersistentVolumeClaimTemplate) -> PersistentVolumeClaim:
        made = deep_copy(template)
        claim = PersistentVolumeClaim(
            metadata=ObjectMeta(
                name=name,
                namespace=pod.metadata.namespace,
                labels=made.metadata.labels,
                annotations=made.metadata.annotations,
                owner_references=[owner_reference(pod)],
            ),
            spec=made.spec,
        )
        try:
            return await self._ctx.client.create(claim)
        except AlreadyExists:
            return await self._ctx.client.get(PersistentVolumeClaim, name, pod.metadata.namespace)
        except Exception as error:
            message = f"ephemeral volume: create PVC {name}: {error}"
            self._ctx.recorder.event(pod, "Warning", "FailedBinding", message)
            raise


def _templates(pod: Pod) -> dict[str, PersistentVolumeClaimTemplate]:
    return {
        f"{pod.metadata.name}-{volume.name}": volume.ephemeral.volume_claim_template
        for volume in pod.spec.volumes
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None
    }


def _owning_pod(claim: PersistentVolumeClaim) -> list[str]:
    return [f"{claim.metadata.namespace}/{one.name}" for one in claim.metadata.owner_references if one.kind == "Pod"]


def make(options: Options) -> EphemeralVolumes:
    """The controller, for the catalog."""
    return EphemeralVolumes()
