"""`config print`: configuration files to begin with."""

from __future__ import annotations

from typing import Any

from cluster.machines import files
from cluster.machines.kinds import (
    APIEndpoint,
    BootstrapToken,
    ClusterConfiguration,
    Etcd,
    InitConfiguration,
    JoinConfiguration,
    LocalEtcd,
    NodeRegistration,
)
from cluster.machines.settings import DEFAULT_TAINT, DOCKER, Settings, cluster_kubelet, cluster_proxy
from cluster.options import ClusterError

COMPONENTS = ("KubeletConfiguration", "KubeProxyConfiguration")
_TOKEN = "abcdef.0123456789abcdef"


def init_defaults(components: list[str]) -> str:
    """InitConfiguration and ClusterConfiguration, and those of components asked for. Raises ClusterError."""
    init = InitConfiguration(
        bootstrap_tokens=[BootstrapToken(token=_TOKEN, ttl="24h0m0s")],
        node_registration=NodeRegistration(name="node", cri_socket=DOCKER, taints=[DEFAULT_TAINT]),
    )
    init.local_api_endpoint = APIEndpoint(advertise_address="1.2.3.4", bind_port=6443)
    cluster = ClusterConfiguration(etcd=Etcd(local=LocalEtcd()))
    settings = Settings(init, cluster, {}, {})
    found = [
        _pruned(files.document_of(init, "InitConfiguration", everything=True)),
        _pruned(files.document_of(cluster, "ClusterConfiguration", everything=True)),
    ]
    return files.dump(*found, *_components(components, settings))


def join_defaults(components: list[str]) -> str:
    """JoinConfiguration, and those of components asked for. Raises ClusterError."""
    token = {"token": _TOKEN, "apiServerEndpoint": "kube-apiserver:6443", "unsafeSkipCAVerification": True}
    join = files.validate(
        JoinConfiguration,
        {
            "discovery": {"bootstrapToken": token, "tlsBootstrapToken": _TOKEN},
            "nodeRegistration": {"name": "node", "criSocket": DOCKER},
        },
        "the defaults",
        "JoinConfiguration",
    )
    settings = Settings(InitConfiguration(), ClusterConfiguration(), {}, {})
    document = _pruned(files.document_of(join, "JoinConfiguration", everything=True))
    return files.dump(document, *_components(components, settings))


def _components(names: list[str], settings: Settings) -> list[dict[str, Any]]:
    for name in names:
        if name not in COMPONENTS:
            raise ClusterError(f"unsupported component config {name!r}: there are {', '.join(COMPONENTS)}")
    made = {"KubeletConfiguration": cluster_kubelet, "KubeProxyConfiguration": cluster_proxy}
    return [made[name](settings) for name in names]


def _pruned(document: Any) -> Any:
    """Without what is empty: a file to begin with shows what is there to choose, not every door."""
    if isinstance(document, dict):
        kept = {key: _pruned(value) for key, value in document.items()}
        return {key: value for key, value in kept.items() if value not in ("", [], {}) and value is not False} | {
            key: value for key, value in kept.items() if value is True
        }
    return [_pruned(one) for one in document] if isinstance(document, list) else document
