"""The services that a kubelet calls: who the driver is, and volumes brought into Pods and out of them."""

import os

import grpc
from volumes import bind, unbind

csi, csi_services = grpc.protos_and_services("csi.proto")
registration, registration_services = grpc.protos_and_services("registration.proto")

NAME = "hostpath.csi.example.com"
TOPOLOGY = f"{NAME}/node"
UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


class Identity(csi_services.IdentityServicer):
    """Who answers here."""

    def GetPluginInfo(self, request, context):
        """Name and version."""
        return csi.GetPluginInfoResponse(name=NAME, vendor_version="1")

    def GetPluginCapabilities(self, request, context):
        """No controller service: `claims.py` does that part without one."""
        return csi.GetPluginCapabilitiesResponse()

    def Probe(self, request, context):
        """It answers, so it is well."""
        return csi.ProbeResponse()


class Node(csi_services.NodeServicer):
    """Stage: a volume is shown once on the node. Publish: what is staged is shown in one Pod's folder.

    Every call may come again, after it was done and after this driver was killed in the middle of it.
    """

    def __init__(self, volumes, node):
        self.volumes, self.node = volumes, node

    def NodeGetInfo(self, request, context):
        """A volume is used where it lies: the topology says so to the scheduler."""
        topology = csi.Topology(segments={TOPOLOGY: self.node})
        return csi.NodeGetInfoResponse(node_id=self.node, max_volumes_per_node=100, accessible_topology=topology)

    def NodeGetCapabilities(self, request, context):
        """What of the optional is there."""
        kinds = csi.NodeServiceCapability.Type
        able = (kinds.STAGE_UNSTAGE_VOLUME, kinds.GET_VOLUME_STATS, kinds.EXPAND_VOLUME, kinds.VOLUME_CONDITION)
        return csi.NodeGetCapabilitiesResponse(capabilities=[{"rpc": {"type": kind}} for kind in able])

    def NodeStageVolume(self, request, context):
        """Show a volume where the kubelet wants it for all Pods."""
        self._check(request, context)
        bind(self.volumes.data(request.volume_id), request.staging_target_path)
        return csi.NodeStageVolumeResponse()

    def NodeUnstageVolume(self, request, context):
        """Undo that."""
        unbind(request.staging_target_path)
        return csi.NodeUnstageVolumeResponse()

    def NodePublishVolume(self, request, context):
        """Show a volume in a Pod. One that is written into the Pod itself begins here."""
        if request.volume_context.get("csi.storage.k8s.io/ephemeral") == "true":
            try:
                size = amount(request.volume_context.get("size", "1Gi"))
            except ValueError as error:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))
            self.volumes.make(request.volume_id, size, inline=True)
            source = self.volumes.data(request.volume_id)
        else:
            self._check(request, context)
            source = request.staging_target_path
        bind(source, request.target_path, request.readonly)
        return csi.NodePublishVolumeResponse()

    def NodeUnpublishVolume(self, request, context):
        """Undo that; with the Pod its own volume ends."""
        unbind(request.target_path)
        note = self.volumes.note(request.volume_id)
        if note is not None and note["inline"]:
            self.volumes.remove(request.volume_id)
        return csi.NodeUnpublishVolumeResponse()

    def NodeExpandVolume(self, request, context):
        """A claim wants more."""
        self._check(request, context)
        self.volumes.grow(request.volume_id, request.capacity_range.required_bytes)
        return csi.NodeExpandVolumeResponse(capacity_bytes=self.volumes.note(request.volume_id)["size"])

    def NodeGetVolumeStats(self, request, context):
        """How full it is, of the size that was asked for."""
        if not self.volumes.exists(request.volume_id):
            condition = csi.VolumeCondition(abnormal=True, message="the folder of the volume is gone")
            return csi.NodeGetVolumeStatsResponse(volume_condition=condition)
        size = self.volumes.note(request.volume_id)["size"]
        used, inodes = self.volumes.used(request.volume_id)
        disk = os.statvfs(self.volumes.data(request.volume_id))
        return csi.NodeGetVolumeStatsResponse(
            usage=[
                {"unit": csi.VolumeUsage.BYTES, "total": size, "used": used, "available": max(size - used, 0)},
                {"unit": csi.VolumeUsage.INODES, "total": disk.f_files, "used": inodes, "available": disk.f_ffree},
            ],
            volume_condition={"message": "it is well"},
        )

    def _check(self, request, context):
        if request.HasField("volume_capability") and request.volume_capability.HasField("block"):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "a folder cannot be used as a device")
        if not self.volumes.exists(request.volume_id):
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no volume {request.volume_id} on this node")


class Registration(registration_services.RegistrationServicer):
    """Shows the driver to the kubelet; `told` hears the outcome, "" when all is well."""

    def __init__(self, endpoint, told):
        self.endpoint, self.told = endpoint, told

    def GetInfo(self, request, context):
        """Which plugin this is, and where it listens."""
        return registration.PluginInfo(
            type="CSIPlugin", name=NAME, endpoint=self.endpoint, supported_versions=["1.0.0"]
        )

    def NotifyRegistrationStatus(self, request, context):
        """The kubelet took it in, or did not."""
        self.told(request.error if not request.plugin_registered else "")
        return registration.RegistrationStatusResponse()


def amount(text):
    """Bytes of an amount such as 500Mi. Raises ValueError."""
    unit = UNITS.get(text[-2:], 0)
    number = text[:-2] if unit else text
    if not number.isdecimal():
        raise ValueError(f"{text!r} is no size: say 1Gi, 500Mi or a number of bytes")
    return int(number) * (unit or 1)
