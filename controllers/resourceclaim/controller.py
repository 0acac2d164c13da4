"""The resource claim controller. Keys are `pod:namespace/name` and `claim:namespace/name`."""

from __future__ import annotations

from controllers.options import Options
from controllers.resourceclaim.usage import (
    BY_CLAIM,
    BY_POD,
    FINALIZER,
    POD_CLAIM,
    by_claim,
    by_pod,
    claim_names,
    is_done,
)
from controllers.shared.errors import namespace_terminates
from minik8s.api.core_v1 import Pod, PodResourceClaim
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.api.resource_v1 import ResourceClaim, ResourceClaimConsumerReference, ResourceClaimTemplate
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.client.resources import key_of
from minik8s.machinery.copy import deep_copy

_POD, _CLAIM = "pod:", "claim:"
_FIELD_MANAGER = "ResourceClaimController"


class ResourceClaimController:
    """Makes claims from templates, reserves them for pods bound by hand, and frees what nobody uses any more."""

    name = "resourceclaim-controller"

    def setup(self, ctx: ControllerContext) -> None:
        """Watch pods that have claims, the claims, and the templates."""
        self._ctx = ctx
        self._pods: Informer[Pod] = ctx.informers.of(Pod, indexers={BY_CLAIM: by_claim})
        self._pods.on_change(self._pod_changed)
        self._claims: Informer[ResourceClaim] = ctx.informers.of(ResourceClaim, indexers={BY_POD: by_pod})
        self._claims.on_change(self._claim_changed)
        self._templates: Informer[ResourceClaimTemplate] = ctx.informers.of(ResourceClaimTemplate)
        self._templates.on_change(self._template_changed)

    def _pod_changed(self, old: Pod | None, new: Pod | None) -> None:
        pod = new or old
        assert pod is not None
        if not pod.spec.resource_claims:
            return
        if new is not None and not is_done(new):
            self._ctx.enqueue(_POD + key_of(new))
        if new is None or is_done(new):
            for claim in by_claim(pod):
                self._ctx.enqueue(_CLAIM + claim)
            for owned in self._claims.by_index(BY_POD, pod.metadata.uid):
                self._ctx.enqueue(_CLAIM + key_of(owned))

    def _claim_changed(self, old: ResourceClaim | None, new: ResourceClaim | None) -> None:
        claim = new or old
        assert claim is not None
        self._ctx.enqueue(_CLAIM + key_of(claim))
        if old is None or new is None or old.status != new.status:
            for pod in self._pods.by_index(BY_CLAIM, key_of(claim)):
                self._ctx.enqueue(_POD + key_of(pod))

    def _template_changed(self, old: ResourceClaimTemplate | None, new: ResourceClaimTemplate | None) -> None:
        if new is None:
            return
        for pod in self._pods.list(new.metadata.namespace):
            if any(one.resource_claim_template_name == new.metadata.name for one in pod.spec.resource_claims):
                self._ctx.enqueue(_POD + key_of(pod))

    async def reconcile(self, key: str) -> float | None:
        """Look at one pod or one claim."""
        if key.startswith(_POD):
            await self._look_at_pod(key.removeprefix(_POD))
        else:
            await self._look_at_claim(key.removeprefix(_CLAIM))
        return None

    async def _look_at_pod(self, key: str) -> None:
        pod = self._pods.get_key(key)
        if pod is None or is_done(pod) or pod.metadata.deletion_timestamp is not None:
            return
        known = dict(claim_names(pod))
        made: dict[str, str] = {}
        for wanted in pod.spec.resource_claims:
            if wanted.resource_claim_template_name and wanted.name not in known:
                name = await self._from_template(pod, wanted)
                if name:
                    made[wanted.name] = name
        if made:
            await self._write(pod, known | made)
        if pod.spec.node_name:
            for name in (known | made).values():
                await self._reserve(pod, name)

    async def _write(self, pod: Pod, names: dict[str, str]) -> None:
        """Say in the pod's status which claims were made for it."""
        meta = pod.metadata
        made = [one.name for one in pod.spec.resource_claims if one.resource_claim_template_name and one.name in names]
        config = {
            "apiVersion": pod.api_version,
            "kind": pod.kind,
            "metadata": {"name": meta.name, "namespace": meta.namespace, "uid": meta.uid},
            "status": {"resourceClaimStatuses": [{"name": one, "resourceClaimName": names[one]} for one in made]},
        }
        await self._ctx.client.patch(
            Pod, meta.name, config, meta.namespace, "apply", "status", field_manager=_FIELD_MANAGER, force=True
        )

    async def _from_template(self, pod: Pod, wanted: PodResourceClaim) -> str:
        """The name of the pod's claim: one made before whose name was not written yet, or a new one."""
        for held in self._claims.by_index(BY_POD, pod.metadata.uid):
            if held.metadata.annotations.get(POD_CLAIM) == wanted.name:
                return held.metadata.name
        name = wanted.resource_claim_template_name or ""
        template = self._templates.get(name, pod.metadata.namespace)
        if template is None:
            absent = f'resourceclaimtemplate.resource.k8s.io "{name}" not found'
            message = f'PodResourceClaim {wanted.name}: resource claim template "{name}": {absent}'
            self._ctx.recorder.event(pod, "Warning", "FailedResourceClaimCreation", message)
            return ""
        meta = template.spec.metadata
        claim = ResourceClaim(
            metadata=ObjectMeta(
                generate_name=f"{pod.metadata.name}-{wanted.name}-",
                namespace=pod.metadata.namespace,
                labels=dict(meta.labels),
                annotations={**meta.annotations, POD_CLAIM: wanted.name},
                owner_references=[_owner(pod)],
            ),
            spec=deep_copy(template.spec.spec),
        )
        try:
            return (await self._ctx.client.create(claim)).metadata.name
        except ApiError as error:
            if namespace_terminates(error):
                return ""
            message = f"PodResourceClaim {wanted.name}: failed to create ResourceClaim: {error}"
            self._ctx.recorder.event(pod, "Warning", "FailedResourceClaimCreation", message)
            raise

    async def _reserve(self, pod: Pod, name: str) -> None:
        """A pod whose node somebody else chose: the scheduler did not reserve its claims."""
        claim = self._claims.get(name, pod.metadata.namespace)
        if claim is None or claim.status.allocation is None:
            return
        if any(one.uid == pod.metadata.uid for one in claim.status.reserved_for):
            return
        changed = deep_copy(claim)
        changed.status.reserved_for.append(
            ResourceClaimConsumerReference(resource="pods", name=pod.metadata.name, uid=pod.metadata.uid)
        )
        await self._ctx.client.update(changed, "status")

    async def _look_at_claim(self, key: str) -> None:
        claim = self._claims.get_key(key)
        if claim is None:
            return
        try:
            claim, freed = await self._free(claim)
            if freed or claim.metadata.deletion_timestamp is not None:
                # Otherwise the scheduler may be about to allocate: it sets the finalizer first.
                await self._drop_finalizer(claim)
            await self._delete_unneeded(claim)
        except NotFound:
            return

    async def _free(self, claim: ResourceClaim) -> tuple[ResourceClaim, bool]:
        """Take out the pods that are done; after the last one the devices are given back, which the flag tells."""
        held = claim.status
        left = [one for one in held.reserved_for if await self._uses(claim, one)]
        over = not left and (bool(held.reserved_for) or claim.metadata.deletion_timestamp is not None)
        allocation = None if over else held.allocation
        if left == held.reserved_for and allocation == held.allocation:
            return claim, False
        changed = deep_copy(claim)
        changed.status.reserved_for, changed.status.allocation = left, allocation
        return await self._ctx.client.update(changed, "status"), over

    async def _uses(self, claim: ResourceClaim, one: ResourceClaimConsumerReference) -> bool:
        if one.api_group or one.resource != "pods":
            return True
        pod = self._pods.get(one.name, claim.metadata.namespace)
        if pod is None or pod.metadata.uid != one.uid:
            try:
                pod = await self._ctx.client.get(Pod, one.name, claim.metadata.namespace)
            except NotFound:
                return False
        return pod.metadata.uid == one.uid and not is_done(pod)

    async def _drop_finalizer(self, claim: ResourceClaim) -> None:
        if FINALIZER not in claim.metadata.finalizers or claim.status.allocation is not None:
            return
        changed = deep_copy(claim)
        changed.metadata.finalizers.remove(FINALIZER)
        await self._ctx.client.update(changed)

    async def _delete_unneeded(self, claim: ResourceClaim) -> None:
        """A claim made for a pod that is done is of no use; one of a pod that is gone the garbage collector takes."""
        if claim.metadata.deletion_timestamp is not None or claim.status.reserved_for:
            return
        for owner in by_pod(claim):
            reference = next(one for one in claim.metadata.owner_references if one.uid == owner)
            pod = self._pods.get(reference.name, claim.metadata.namespace)
            if pod is not None and pod.metadata.uid == owner and is_done(pod):
                meta = claim.metadata
                await self._ctx.client.delete(ResourceClaim, meta.name, meta.namespace, uid=meta.uid)


def _owner(pod: Pod) -> OwnerReference:
    """The pod manages its claim, which does not hold the pod's deletion back."""
    meta = pod.metadata
    return OwnerReference(api_version="v1", kind="Pod", name=meta.name, uid=meta.uid, controller=True)


def make(options: Options) -> ResourceClaimController:
    """The controller, for the catalog."""
    return ResourceClaimController()
