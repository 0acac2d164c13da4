"""What the controllers of one process are told by its flags."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """Settings by the names of kube-controller-manager's flags; times are seconds."""

    cluster_name: str = "kubernetes"
    cluster_cidr: tuple[str, ...] = ()
    service_cluster_ip_range: tuple[str, ...] = ()
    allocate_node_cidrs: bool = False
    node_cidr_mask_size: int = 0
    node_cidr_mask_size_ipv4: int = 0
    node_cidr_mask_size_ipv6: int = 0
    root_ca_file: str = ""
    service_account_private_key_file: str = ""
    cluster_signing_cert_file: str = ""
    cluster_signing_key_file: str = ""
    cluster_signing_duration: float = 8760 * 3600.0
    node_monitor_period: float = 5.0
    node_monitor_grace_period: float = 50.0
    node_startup_grace_period: float = 60.0
    node_eviction_rate: float = 0.1
    secondary_node_eviction_rate: float = 0.01
    unhealthy_zone_threshold: float = 0.55
    large_cluster_size_threshold: int = 50
    terminated_pod_gc_threshold: int = 12500
    max_endpoints_per_slice: int = 100
    mirroring_max_endpoints_per_subset: int = 1000
    namespace_sync_period: float = 300.0
    resource_quota_sync_period: float = 300.0
    pvclaimbinder_sync_period: float = 15.0
    horizontal_pod_autoscaler_sync_period: float = 15.0
    horizontal_pod_autoscaler_downscale_stabilization: float = 300.0
    horizontal_pod_autoscaler_tolerance: float = 0.1
    horizontal_pod_autoscaler_cpu_initialization_period: float = 300.0
    horizontal_pod_autoscaler_initial_readiness_delay: float = 30.0
    legacy_service_account_token_clean_up_period: float = 365 * 24 * 3600.0
    concurrent_syncs: dict[str, int] = dataclasses.field(default_factory=dict)
