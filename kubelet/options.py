"""KubeletConfiguration: what the file of `--config` says; flags win over it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import pydantic
from pydantic.alias_generators import to_camel

from minik8s.daemon.flags import parse_duration
from minik8s.machinery import quantity

KINDS = (("kubelet.config.k8s.io/v1beta1", "KubeletConfiguration"),)


class _Part(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="ignore", alias_generator=to_camel, populate_by_name=True)


class Anonymous(_Part):
    """Whether who shows nothing is let in, as system:anonymous."""

    enabled: bool = False


class Webhook(_Part):
    """Whether the API server is asked about tokens, and for how long an answer holds."""

    enabled: bool = True
    cache_ttl: str = pydantic.Field(default="2m", alias="cacheTTL")


class X509(_Part):
    """The CA of client certificates."""

    client_ca_file: str = pydantic.Field(default="", alias="clientCAFile")


class Authentication(_Part):
    """Who may ask the kubelet's server."""

    anonymous: Anonymous = Anonymous()
    webhook: Webhook = Webhook()
    x509: X509 = X509()


class AuthorizationWebhook(_Part):
    """For how long the API server's verdicts hold."""

    cache_authorized_ttl: str = pydantic.Field(default="5m", alias="cacheAuthorizedTTL")
    cache_unauthorized_ttl: str = pydantic.Field(default="30s", alias="cacheUnauthorizedTTL")


class Authorization(_Part):
    """Who decides what they may: Webhook or AlwaysAllow."""

    mode: str = "Webhook"
    webhook: AuthorizationWebhook = AuthorizationWebhook()


class TaintConfig(_Part):
    """A taint to register with."""

    key: str
    value: str = ""
    effect: str = ""


class KubeletConfiguration(_Part):
    """The configuration of a kubelet; fields this kubelet has no use for are accepted and told."""

    address: str = "0.0.0.0"
    port: int = 10250
    enable_server: bool = True
    healthz_bind_address: str = "127.0.0.1"
    healthz_port: int = 0
    tls_cert_file: str = ""
    tls_private_key_file: str = ""
    rotate_certificates: bool = False
    authentication: Authentication = Authentication()
    authorization: Authorization = Authorization()
    static_pod_path: str = ""
    cluster_dns: list[str] = pydantic.Field(default_factory=list, alias="clusterDNS")
    cluster_domain: str = ""
    resolv_conf: str = "/etc/resolv.conf"
    cgroup_driver: str = "cgroupfs"
    cgroup_root: str = ""
    cgroups_per_qos: bool = pydantic.Field(default=True, alias="cgroupsPerQOS")
    max_pods: int = 110
    pod_pids_limit: int = -1
    sync_frequency: str = "1m"
    node_status_update_frequency: str = "10s"
    node_status_report_frequency: str = "5m"
    node_lease_duration_seconds: int = 40
    register_node: bool = True
    register_with_taints: list[TaintConfig] = []
    image_gc_high_threshold_percent: int = pydantic.Field(default=85, alias="imageGCHighThresholdPercent")
    image_gc_low_threshold_percent: int = pydantic.Field(default=80, alias="imageGCLowThresholdPercent")
    image_minimum_gc_age: str = pydantic.Field(default="2m", alias="imageMinimumGCAge")
    eviction_hard: dict[str, str] | None = None
    eviction_soft: dict[str, str] = {}
    eviction_soft_grace_period: dict[str, str] = {}
    eviction_pressure_transition_period: str = "5m"
    eviction_max_pod_grace_period: int = 0
    system_reserved: dict[str, str] = {}
    kube_reserved: dict[str, str] = {}
    container_log_max_size: str = "10Mi"
    container_log_max_files: int = 5
    streaming_connection_idle_timeout: str = "4h"
    serialize_image_pulls: bool = True
    max_parallel_image_pulls: int | None = None
    allowed_unsafe_sysctls: list[str] = []
    cpu_cfs_quota: bool = pydantic.Field(default=True, alias="cpuCFSQuota")
    fail_swap_on: bool = False
    seccomp_default: bool = False
    make_iptables_util_chains: bool = pydantic.Field(default=True, alias="makeIPTablesUtilChains")
    volume_stats_agg_period: str = "1m"
    feature_gates: dict[str, bool] = {}
    provider_id: str = pydantic.Field(default="", alias="providerID")

    @pydantic.field_validator(
        "sync_frequency", "node_status_update_frequency", "node_status_report_frequency", "image_minimum_gc_age",
        "eviction_pressure_transition_period", "streaming_connection_idle_timeout",
        "volume_stats_agg_period",
    )  # fmt: skip
    @classmethod
    def _duration(cls, value: str) -> str:
        parse_duration(value)
        return value

    @pydantic.field_validator("eviction_hard", "eviction_soft")
    @classmethod
    def _thresholds(cls, value: dict[str, str] | None) -> dict[str, str] | None:
        for signal, amount in (value or {}).items():
            share = amount.removesuffix("%")
            if share == amount:
                _amount(signal, amount)
            elif not re.fullmatch(r"[0-9]+(\.[0-9]+)?", share) or float(share) > 100:
                raise ValueError(f"{signal}: {amount!r} is no share from 0% to 100%")
        return value

    @pydantic.field_validator("eviction_soft_grace_period")
    @classmethod
    def _graces(cls, value: dict[str, str]) -> dict[str, str]:
        for grace in value.values():
            parse_duration(grace)
        return value

    @pydantic.field_validator("system_reserved", "kube_reserved")
    @classmethod
    def _reserved(cls, value: dict[str, str]) -> dict[str, str]:
        for resource, amount in value.items():
            _amount(resource, amount)
        return value

    @pydantic.field_validator("container_log_max_size")
    @classmethod
    def _size(cls, value: str) -> str:
        _amount("size", value)
        return value

    @pydantic.field_validator("cgroup_driver")
    @classmethod
    def _driver(cls, value: str) -> str:
        if value not in ("cgroupfs", "systemd"):
            raise ValueError(f"unknown cgroup driver {value!r}: must be cgroupfs or systemd")
        return value

    def seconds(self, field: str) -> float:
        """A duration field in seconds."""
        return parse_duration(str(getattr(self, field)))

    def document(self) -> dict[str, Any]:
        """As /configz shows it."""
        return self.model_dump(by_alias=True)


def _amount(what: str, text: str) -> None:
    try:
        quantity.value(text)
    except quantity.QuantityError:
        raise ValueError(f"{what}: {text!r} is no quantity such as 100Mi or 1.5Gi") from None


@dataclasses.dataclass(frozen=True, slots=True)
class Settings:
    """Where this node's things are: what flags say and no file does."""

    node_name: str
    node_ips: tuple[str, ...]
    root_dir: Path
    cni_conf_dir: Path
    cni_bin_dirs: tuple[Path, ...]
    docker_endpoint: str = ""
    node_labels: dict[str, str] = dataclasses.field(default_factory=dict)
    hostname: str = ""
    node_annotations: dict[str, str] = dataclasses.field(default_factory=dict)
    internal_dns: str = ""

    def pod_dir(self, uid: str) -> Path:
        """A Pod's own folder."""
        return self.root_dir / "pods" / uid
