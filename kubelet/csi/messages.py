"""What is said to plugins: the messages of plugin registration and of CSI's Identity and Node services.

Names and numbers are those of `pluginregistration/v1` and of CSI 1.12; enumerations are the integers they are on the
wire.
"""

from __future__ import annotations

from minik8s.machinery.messages import classes

_registration = classes(
    "pluginregistration",
    {
        "InfoRequest": {},
        "PluginInfo": {
            "type": (1, "string"),
            "name": (2, "string"),
            "endpoint": (3, "string"),
            "supported_versions": (4, "*string"),
        },
        "RegistrationStatus": {"plugin_registered": (1, "bool"), "error": (2, "string")},
        "RegistrationStatusResponse": {},
    },
)
InfoRequest, PluginInfo = _registration("InfoRequest"), _registration("PluginInfo")
RegistrationStatus = _registration("RegistrationStatus")
RegistrationStatusResponse = _registration("RegistrationStatusResponse")

_csi = classes(
    "csi.v1",
    {
        "BlockVolume": {},
        "MountVolume": {"fs_type": (1, "string"), "mount_flags": (2, "*string"), "volume_mount_group": (3, "string")},
        "AccessMode": {"mode": (1, "int32")},
        "VolumeCapability": {
            "block": (1, "^BlockVolume"),
            "mount": (2, "^MountVolume"),
            "access_mode": (3, "AccessMode"),
        },
        "CapacityRange": {"required_bytes": (1, "int64"), "limit_bytes": (2, "int64")},
        "Topology": {"segments": (1, "%string")},
        "NodeStageVolumeRequest": {
            "volume_id": (1, "string"),
            "publish_context": (2, "%string"),
            "staging_target_path": (3, "string"),
            "volume_capability": (4, "VolumeCapability"),
            "secrets": (5, "%string"),
            "volume_context": (6, "%string"),
        },
        "NodeUnstageVolumeRequest": {"volume_id": (1, "string"), "staging_target_path": (2, "string")},
        "NodePublishVolumeRequest": {
            "volume_id": (1, "string"),
            "publish_context": (2, "%string"),
            "staging_target_path": (3, "string"),
            "target_path": (4, "string"),
            "volume_capability": (5, "VolumeCapability"),
            "readonly": (6, "bool"),
            "secrets": (7, "%string"),
            "volume_context": (8, "%string"),
        },
        "NodeUnpublishVolumeRequest": {"volume_id": (1, "string"), "target_path": (2, "string")},
        "NodeGetVolumeStatsRequest": {
            "volume_id": (1, "string"),
            "volume_path": (2, "string"),
            "staging_target_path": (3, "string"),
        },
        "VolumeUsage": {
            "available": (1, "int64"),
            "total": (2, "int64"),
            "used": (3, "int64"),
            "unit": (4, "int32"),
        },
        "VolumeCondition": {"abnormal": (1, "bool"), "message": (2, "string")},
        "NodeGetVolumeStatsResponse": {"usage": (1, "*VolumeUsage"), "volume_condition": (2, "VolumeCondition")},
        "NodeExpandVolumeRequest": {
            "volume_id": (1, "string"),
            "volume_path": (2, "string"),
            "capacity_range": (3, "CapacityRange"),
            "staging_target_path": (4, "string"),
            "volume_capability": (5, "VolumeCapability"),
            "secrets": (6, "%string"),
        },
        "NodeExpandVolumeResponse": {"capacity_bytes": (1, "int64")},
        "RPC": {"type": (1, "int32")},
        "NodeServiceCapability": {"rpc": (1, "^RPC")},
        "NodeGetCapabilitiesResponse": {"capabilities": (1, "*NodeServiceCapability")},
        "NodeGetInfoResponse": {
            "node_id": (1, "string"),
            "max_volumes_per_node": (2, "int64"),
            "accessible_topology": (3, "Topology"),
        },
        # Requests and answers that say nothing.
        "Empty": {},
    },
)
Empty = _csi("Empty")
VolumeCapability = _csi("VolumeCapability")
NodeStageVolumeRequest, NodeUnstageVolumeRequest = _csi("NodeStageVolumeRequest"), _csi("NodeUnstageVolumeRequest")
NodePublishVolumeRequest = _csi("NodePublishVolumeRequest")
NodeUnpublishVolumeRequest = _csi("NodeUnpublishVolumeRequest")
NodeGetVolumeStatsRequest = _csi("NodeGetVolumeStatsRequest")
NodeGetVolumeStatsResponse = _csi("NodeGetVolumeStatsResponse")
NodeExpandVolumeRequest, NodeExpandVolumeResponse = _csi("NodeExpandVolumeRequest"), _csi("NodeExpandVolumeResponse")
NodeGetCapabilitiesResponse, NodeGetInfoResponse = _csi("NodeGetCapabilitiesResponse"), _csi("NodeGetInfoResponse")
