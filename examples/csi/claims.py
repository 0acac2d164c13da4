"""The controller's part, on each node for itself: claims get volumes, claims grow, volumes nobody wants are removed.

Drivers whose storage is reached over a network leave this to the sidecars of Kubernetes (external-provisioner,
external-resizer) and offer CSI's controller service. With folders of a node it is the node itself that acts: the
scheduler writes into a claim which node it chose for the claim's first Pod.
"""

import threading
import time

from kubernetes import client, watch
from kubernetes.utils import parse_quantity
from node_service import NAME, TOPOLOGY

SELECTED, PROVISIONER = "volume.kubernetes.io/selected-node", "volume.kubernetes.io/storage-provisioner"
MADE_BY = "pv.kubernetes.io/provisioned-by"


class Claims:
    """Follows claims and persistent volumes; each look at one may come again at any time."""

    def __init__(self, api, volumes, node):
        self.core, self.storage = client.CoreV1Api(api), client.StorageV1Api(api)
        self.volumes, self.node = volumes, node

    def start(self):
        """Follow them from now on."""
        for follow in (
            (self.core.list_persistent_volume_claim_for_all_namespaces, self.claim),
            (self.core.list_persistent_volume, self.volume),
        ):
            threading.Thread(target=self._follow, args=follow, daemon=True).start()

    def claim(self, claim):
        """Make a claim's volume, or let it grow."""
        annotations = claim.metadata.annotations or {}
        if claim.metadata.deletion_timestamp is not None or annotations.get(PROVISIONER) != NAME:
            return
        if claim.spec.volume_name:
            if claim.status.phase == "Bound":
                self._grow(claim)
        elif annotations.get(SELECTED) == self.node:
            self._make(claim)

    def volume(self, volume):
        """Remove what was given back."""
        ours = volume.spec.csi is not None and volume.spec.csi.driver == NAME
        if not ours or (volume.spec.csi.volume_attributes or {}).get("node") != self.node:
            return
        released = volume.status.phase == "Released" and volume.spec.persistent_volume_reclaim_policy == "Delete"
        if released and volume.metadata.deletion_timestamp is None:
            self.volumes.remove(volume.spec.csi.volume_handle)
            self.core.delete_persistent_volume(volume.metadata.name)

    def _make(self, claim):
        if claim.spec.volume_mode == "Block":
            raise ValueError("a folder cannot be used as a device")
        kind = self.storage.read_storage_class(claim.spec.storage_class_name)
        name, wanted = f"pvc-{claim.metadata.uid}", claim.spec.resources.requests["storage"]
        self.volumes.make(name, int(parse_quantity(wanted)))
        here = {"key": TOPOLOGY, "operator": "In", "values": [self.node]}
        of = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "namespace": claim.metadata.namespace}
        spec = {
            "accessModes": claim.spec.access_modes,
            "capacity": {"storage": wanted},
            "claimRef": of | {"name": claim.metadata.name, "uid": claim.metadata.uid},
            "csi": {"driver": NAME, "volumeHandle": name, "volumeAttributes": {"node": self.node}},
            "mountOptions": kind.mount_options,
            "nodeAffinity": {"required": {"nodeSelectorTerms": [{"matchExpressions": [here]}]}},
            "persistentVolumeReclaimPolicy": kind.reclaim_policy,
            "storageClassName": claim.spec.storage_class_name,
            "volumeMode": claim.spec.volume_mode,
        }
        try:
            self.core.create_persistent_volume(
                {"metadata": {"name": name, "annotations": {MADE_BY: NAME}}, "spec": spec}
            )
        except client.ApiException as error:
            if error.status != 409:  # made when this was looked at before
                raise

    def _grow(self, claim):
        """Promise more; the kubelet of the node where it is used then has `NodeExpandVolume` make it true."""
        wanted = claim.spec.resources.requests["storage"]
        if parse_quantity(wanted) <= parse_quantity((claim.status.capacity or {}).get("storage", "0")):
            return
        volume = self.core.read_persistent_volume(claim.spec.volume_name)
        if (volume.spec.csi.volume_attributes or {}).get("node") != self.node:
            return
        if parse_quantity(volume.spec.capacity["storage"]) < parse_quantity(wanted):
            self.core.patch_persistent_volume(volume.metadata.name, {"spec": {"capacity": {"storage": wanted}}})
        if (claim.status.allocated_resource_statuses or {}).get("storage", "").startswith("Node"):
            return
        status = {
            "allocatedResources": {"storage": wanted},
            "allocatedResourceStatuses": {"storage": "NodeResizePending"},
            "conditions": [{"type": "FileSystemResizePending", "status": "True"}],
        }
        self.core.patch_namespaced_persistent_volume_claim_status(
            claim.metadata.name, claim.metadata.namespace, {"status": status}
        )

    def _follow(self, listed, look):
        while True:
            try:
                # All there are, then every change; once a minute anew, so that what failed is tried again.
                for event in watch.Watch().stream(listed, timeout_seconds=60):
                    if event["type"] in ("ADDED", "MODIFIED"):
                        self._look(look, event["object"])
            except Exception as error:
                print(f"the API server does not answer: {error}", flush=True)
                time.sleep(1)

    def _look(self, look, found):
        try:
            look(found)
        except (client.ApiException, OSError, ValueError) as error:
            print(f"{found.metadata.name}: {error}", flush=True)
