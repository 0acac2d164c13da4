"""kubeadm's configuration kinds, v1beta4 in form; every field is known, and an unknown one is an error."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

import pydantic
from pydantic import Field
from pydantic.alias_generators import to_camel

from cluster.machines.tokens import DEFAULT_GROUP, USAGES, TokenError, split
from minik8s.daemon.flags import parse_duration

GROUP = "kubeadm.k8s.io"
VERSION = "v1.36.0"
DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")


class Part(pydantic.BaseModel):
    """A piece of a configuration."""

    model_config = pydantic.ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


def _duration(value: str) -> str:
    parse_duration(value)
    return value


class Arg(Part):
    """A flag of a daemon, without its dashes."""

    name: str
    value: str


class EnvVar(Part):
    """An environment variable of a daemon."""

    name: str
    value: str = ""


class Taint(Part):
    """A taint of a node."""

    key: str
    value: str = ""
    effect: str
    time_added: str | None = None

    @pydantic.field_validator("effect")
    @classmethod
    def _effect(cls, value: str) -> str:
        if value not in ("NoSchedule", "PreferNoSchedule", "NoExecute"):
            raise ValueError(f'unknown taint effect "{value}": must be NoSchedule, PreferNoSchedule or NoExecute')
        return value


class BootstrapToken(Part):
    """A token machines join with; `ttl` "0" is for ever."""

    token: str = ""
    description: str = ""
    ttl: str | None = None
    expires: str | None = None
    usages: list[str] = list(USAGES)
    groups: list[str] = [DEFAULT_GROUP]

    @pydantic.field_validator("token")
    @classmethod
    def _token(cls, value: str) -> str:
        try:
            if value:
                split(value)
        except TokenError as error:
            raise ValueError(str(error)) from None
        return value

    @pydantic.field_validator("ttl")
    @classmethod
    def _ttl(cls, value: str | None) -> str | None:
        return value if value is None else _duration(value)

    @pydantic.model_validator(mode="after")
    def _one_end(self) -> BootstrapToken:
        if self.ttl is not None and self.expires is not None:
            raise ValueError("ttl and expires are mutually exclusive")
        return self


class NodeRegistration(Part):
    """How a machine becomes a node. `taints` None is the default of its role, an empty list no taint."""

    name: str = ""
    cri_socket: str = ""
    taints: list[Taint] | None = None
    kubelet_extra_args: list[Arg] = []
    ignore_preflight_errors: list[str] = []
    image_pull_policy: str = ""
    image_pull_serial: bool | None = None

    @pydantic.field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if value and (len(value) > 253 or not DNS_LABEL.fullmatch(value)):
            raise ValueError(f"{value!r} is no node name: lower case letters, digits, '-' and '.' (RFC 1123 subdomain)")
        return value

    @pydantic.field_validator("cri_socket")
    @classmethod
    def _socket(cls, value: str) -> str:
        if value and not value.startswith(("unix:///", "tcp://", "/")):
            raise ValueError(f"{value!r} is no Docker endpoint: unix:///var/run/docker.sock is what is expected")
        return f"unix://{value}" if value.startswith("/") else value


class APIEndpoint(Part):
    """Where this machine's API server is reached."""

    advertise_address: str = ""
    bind_port: int = 6443

    @pydantic.field_validator("advertise_address")
    @classmethod
    def _address(cls, value: str) -> str:
        if value:
            ipaddress.ip_address(value)
        return value

    @pydantic.field_validator("bind_port")
    @classmethod
    def _port(cls, value: int) -> int:
        if not 1 <= value <= 65535:
            raise ValueError("port must be a valid number between 1 and 65535, inclusive")
        return value


class Patches(Part):
    """Patches of kubeadm's static Pods; there are none here to patch."""

    directory: str = ""


class Timeouts(Part):
    """How long is waited for what."""

    control_plane_component_health_check: str = "4m0s"
    kubelet_health_check: str = "4m0s"
    kubernetes_api_call: str = Field(default="1m0s", alias="kubernetesAPICall")
    etcd_api_call: str = Field(default="2m0s", alias="etcdAPICall")
    tls_bootstrap: str = "5m0s"
    discovery: str = "5m0s"
    upgrade_manifests: str = "5m0s"

    @pydantic.field_validator("*")
    @classmethod
    def _durations(cls, value: str) -> str:
        return _duration(value)

    def seconds(self, field: str) -> float:
        """One of them in seconds."""
        return parse_duration(str(getattr(self, field)))


class InitConfiguration(Part):
    """What `init` does on the machine it runs on."""

    bootstrap_tokens: list[BootstrapToken] = []
    dry_run: bool = False
    node_registration: NodeRegistration = NodeRegistration()
    local_api_endpoint: APIEndpoint = Field(default=APIEndpoint(), alias="localAPIEndpoint")
    certificate_key: str = ""
    skip_phases: list[str] = []
    patches: Patches | None = None
    timeouts: Timeouts = Timeouts()


class Component(Part):
    """A daemon of the control plane."""

    extra_args: list[Arg] = []
    extra_volumes: list[dict[str, Any]] = []
    extra_envs: list[EnvVar] = []


class APIServer(Component):
    """The API server; `certSANs` are further names and addresses it is called by."""

    cert_sans: list[str] = Field(default=[], alias="certSANs")


class LocalEtcd(Part):
    """An etcd member on each machine of the control plane."""

    image_repository: str = ""
    image_tag: str = ""
    data_dir: str = "/var/lib/etcd"
    extra_args: list[Arg] = []
    extra_envs: list[EnvVar] = []
    server_cert_sans: list[str] = Field(default=[], alias="serverCertSANs")
    peer_cert_sans: list[str] = Field(default=[], alias="peerCertSANs")


class ExternalEtcd(Part):
    """An etcd that somebody else keeps."""

    endpoints: list[str]
    http_endpoints: list[str] = Field(default=[], alias="httpEndpoints")
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    @pydantic.field_validator("endpoints")
    @classmethod
    def _urls(cls, value: list[str]) -> list[str]:
        if not value:
            raise ValueError("at least one endpoint is needed")
        for url in value:
            if not re.fullmatch(r"https?://[^/]+/?", url):
                raise ValueError(f"{url!r} is no URL of an etcd member: https://HOST:2379 is what is expected")
        return value


class Etcd(Part):
    """Where objects are kept: `local` or `external`."""

    local: LocalEtcd | None = None
    external: ExternalEtcd | None = None

    @pydantic.model_validator(mode="after")
    def _one(self) -> Etcd:
        if self.local is not None and self.external is not None:
            raise ValueError("local and external etcd are mutually exclusive")
        return self


class Networking(Part):
    """Addresses and names."""

    service_subnet: str = "10.96.0.0/12"
    pod_subnet: str = "10.244.0.0/16"
    dns_domain: str = "cluster.local"

    @pydantic.field_validator("service_subnet", "pod_subnet")
    @classmethod
    def _subnets(cls, value: str) -> str:
        for part in filter(None, value.split(",")):
            ipaddress.ip_network(part)
        return value

    @property
    def dns_ip(self) -> str:
        """The address of the Service kube-dns: the tenth of the range."""
        return str(ipaddress.ip_network(self.service_subnet.partition(",")[0])[10])


class DNS(Part):
    """The cluster's DNS."""

    image_repository: str = ""
    image_tag: str = ""
    disabled: bool = False


class Proxy(Part):
    """The Service proxy."""

    disabled: bool = False


class ClusterConfiguration(Part):
    """What is the same for all machines; kept in the cluster as `kube-system/kubeadm-config`."""

    etcd: Etcd = Etcd()
    networking: Networking = Networking()
    kubernetes_version: str = VERSION
    control_plane_endpoint: str = ""
    api_server: APIServer = APIServer()
    controller_manager: Component = Component()
    scheduler: Component = Component()
    dns: DNS = DNS()
    proxy: Proxy = Proxy()
    certificates_dir: str = "/etc/kubernetes/pki"
    image_repository: str = "registry.k8s.io"
    feature_gates: dict[str, bool] = {}
    cluster_name: str = "kubernetes"
    encryption_algorithm: str = "ECDSA-P256"
    certificate_validity_period: str = "8760h0m0s"
    ca_certificate_validity_period: str = Field(default="87600h0m0s", alias="caCertificateValidityPeriod")

    @pydantic.field_validator("certificate_validity_period", "ca_certificate_validity_period")
    @classmethod
    def _durations(cls, value: str) -> str:
        return _duration(value)

    @pydantic.field_validator("control_plane_endpoint")
    @classmethod
    def _endpoint(cls, value: str) -> str:
        if value and not re.fullmatch(r"(\[[0-9a-fA-F:]+\]|[^:/\s]+)(:[0-9]+)?", value):
            raise ValueError(f"{value!r} is not of the form HOST or HOST:PORT")
        return value


class BootstrapTokenDiscovery(Part):
    """Trust by a shared token and the hash of the CA's key."""

    token: str = ""
    api_server_endpoint: str = ""
    ca_cert_hashes: list[str] = []
    unsafe_skip_ca_verification: bool = Field(default=False, alias="unsafeSkipCAVerification")


class FileDiscovery(Part):
    """Trust by a kubeconfig file, or an https:// address of one."""

    kube_config_path: str


class Discovery(Part):
    """How a machine that joins finds the cluster and trusts it."""

    bootstrap_token: BootstrapTokenDiscovery | None = None
    file: FileDiscovery | None = None
    tls_bootstrap_token: str = ""


class JoinControlPlane(Part):
    """A further machine of the control plane."""

    local_api_endpoint: APIEndpoint = Field(default=APIEndpoint(), alias="localAPIEndpoint")
    certificate_key: str = ""


class JoinConfiguration(Part):
    """What `join` does on the machine it runs on."""

    dry_run: bool = False
    node_registration: NodeRegistration = NodeRegistration()
    ca_cert_path: str = "/etc/kubernetes/pki/ca.crt"
    discovery: Discovery = Discovery()
    control_plane: JoinControlPlane | None = None
    skip_phases: list[str] = []
    patches: Patches | None = None
    timeouts: Timeouts = Timeouts()
