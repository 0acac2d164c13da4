"""How to reach an API server and as whom."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

SERVICE_ACCOUNT_DIR = Path("/var/run/secrets/kubernetes.io/serviceaccount")


class ConfigError(Exception):
    """The configuration is missing, unreadable or contradicts itself; the message says where."""


@dataclasses.dataclass(frozen=True, slots=True)
class ExecPlugin:
    """A program that hands out credentials (`users[].user.exec` of a kubeconfig)."""

    command: str
    args: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    api_version: str = "client.authentication.k8s.io/v1"
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = "IfAvailable"


@dataclasses.dataclass(frozen=True, slots=True)
class ClientConfig:
    """Where the server is and what proves who we are.

    Files (`*_file`) are read again when they change; `*_data` are PEM bytes that win over files. `qps` limits
    requests a second with a `burst` above it; 0 is no limit. `timeout` is seconds for one answer, 0 for no limit;
    watches and streams have no limit of their own.
    """

    server: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    token: str = ""
    token_file: str = ""
    namespace: str = "default"
    user_agent: str = "minik8s"
    qps: float = 0
    burst: int = 0
    timeout: float = 75
    ca_data: bytes = b""
    cert_data: bytes = b""
    key_data: bytes = b""
    username: str = ""
    password: str = ""
    insecure: bool = False
    tls_server_name: str = ""
    proxy_url: str = ""
    exec_plugin: ExecPlugin | None = None
    impersonate_user: str = ""
    impersonate_uid: str = ""
    impersonate_groups: tuple[str, ...] = ()
    impersonate_extra: tuple[tuple[str, str], ...] = ()

    def anonymous(self) -> ClientConfig:
        """The same server without any proof of who asks, for delegated requests with the caller's own token."""
        return dataclasses.replace(
            self,
            cert_file="",
            key_file="",
            cert_data=b"",
            key_data=b"",
            token="",
            token_file="",
            username="",
            password="",
            exec_plugin=None,
        )


def in_cluster(user_agent: str = "minik8s") -> ClientConfig:
    """The configuration a Pod finds in its service-account volume and environment.

    Raises ConfigError outside a Pod.
    """
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "")
    token = SERVICE_ACCOUNT_DIR / "token"
    if not host or not port or not token.exists():
        raise ConfigError(
            f"not inside a Pod: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be set and {token} must exist"
        )
    namespace = SERVICE_ACCOUNT_DIR / "namespace"
    ca = SERVICE_ACCOUNT_DIR / "ca.crt"
    return ClientConfig(
        server=f"https://{f'[{host}]' if ':' in host else host}:{port}",
        ca_file=str(ca) if ca.exists() else "",
        token_file=str(token),
        namespace=namespace.read_text().strip() if namespace.exists() else "default",
        user_agent=user_agent,
    )


def load(
    kubeconfig: str = "", context: str = "", master: str = "", namespace: str = "", user_agent: str = "minik8s"
) -> ClientConfig:
    """What a daemon or command uses: `--kubeconfig`, else $KUBECONFIG, else inside a Pod, else ~/.kube/config.

    `master` overrides the server's URL and `namespace` the context's. Raises ConfigError.
    """
    from minik8s.client import kubeconfig as files

    if not kubeconfig and not os.environ.get("KUBECONFIG") and not context:
        try:
            return _override(in_cluster(user_agent), master, namespace)
        except ConfigError:
            pass
    merged = files.load(kubeconfig)
    if master and not merged.contexts:
        return ClientConfig(server=master, namespace=namespace or "default", user_agent=user_agent)
    return _override(files.to_client_config(merged, context, user_agent), master, namespace)


def _override(config: ClientConfig, master: str, namespace: str) -> ClientConfig:
    return dataclasses.replace(config, server=master or config.server, namespace=namespace or config.namespace)
