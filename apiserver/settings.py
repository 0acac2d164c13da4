"""What the command line of the API server says: kube-apiserver's flags, as far as they are known here."""

from __future__ import annotations

import dataclasses
import ipaddress
from collections.abc import Callable
from typing import Any, TypeVar

import click

from apiserver.aggregation.settings import AggregationSettings, aggregation_flags, aggregation_settings
from apiserver.auth.setup import AuthSettings
from apiserver.bootstrap.endpoints import own_address
from apiserver.chain.flags import RequestSettings, request_flags, request_settings
from apiserver.flags import (
    AdmissionSettings,
    accepted_flags,
    admission_flags,
    admission_settings,
    auth_flags,
    auth_settings,
)
from apiserver.storage.flags import storage_flags, storage_settings
from apiserver.storage.setup import StorageSettings
from apiserver.streams.flags import kubelet_flags, kubelet_settings
from apiserver.streams.kubelets import KubeletSettings
from minik8s.daemon import flags

F = TypeVar("F", bound=Callable[..., Any])

_SERVING: tuple[Callable[[Any], Any], ...] = (
    click.option("--secure-port", default=6443, show_default=True),
    click.option("--bind-address", default="0.0.0.0", show_default=True),
    click.option("--advertise-address", default=""),
    click.option("--cert-dir", default="/var/run/kubernetes", show_default=True),
    click.option("--tls-cert-file", default=""),
    click.option("--tls-private-key-file", default=""),
    flags.flag(
        "--heavy-request-worker",
        default=True,
        help="carry out requests that cost much in a process of their own, started when one comes",
    ),
)


@dataclasses.dataclass(frozen=True, slots=True)
class ServerSettings:
    """Everything the flags say. `cert` and `key` are "" where the server has to make them below `cert_dir`."""

    host: str
    port: int
    advertised: str
    cert_dir: str
    cert: str
    key: str
    heavy_worker: bool
    auth: AuthSettings
    admission: AdmissionSettings
    kubelets: KubeletSettings
    aggregation: AggregationSettings
    requests: RequestSettings
    storage: StorageSettings


def advertised(advertise_address: str, bind_address: str) -> str:
    """The address by which others find this server; "" for one that only this machine can reach."""
    if advertise_address:
        return advertise_address
    if bind_address in ("0.0.0.0", "::", ""):
        return own_address()
    return "" if bind_address.startswith("127.") or bind_address == "::1" else bind_address


def server_flags(command: F) -> F:
    """The flags of `ServerSettings`."""
    for each in (
        flags.logging_flags,
        aggregation_flags,
        kubelet_flags,
        storage_flags,
        request_flags,
        accepted_flags,
        admission_flags,
        auth_flags,
        *reversed(_SERVING),
    ):
        command = each(command)
    return command


def server_settings(given: dict[str, Any]) -> ServerSettings:
    """What the flags of `server_flags` say. Raises click.ClickException."""
    host, port = given.pop("bind_address"), given.pop("secure_port")
    advertise = given.pop("advertise_address")
    if not 1 <= port <= 65535:
        raise click.ClickException(
            f"--secure-port {port} must be between 1 and 65535, inclusive. It cannot be turned off with 0"
        )
    if advertise:
        try:
            ipaddress.ip_address(advertise)
        except ValueError:
            raise click.ClickException(f"--advertise-address: {advertise!r} is no IP address") from None
    serving = {
        "host": host,
        "port": port,
        "advertised": advertise,
        "cert_dir": given.pop("cert_dir"),
        "cert": given.pop("tls_cert_file"),
        "key": given.pop("tls_private_key_file"),
        "heavy_worker": given.pop("heavy_request_worker"),
    }
    return ServerSettings(
        **serving,
        auth=auth_settings(given),
        admission=admission_settings(given),
        kubelets=kubelet_settings(given),
        aggregation=aggregation_settings(given),
        requests=request_settings(given, advertised(advertise, host), port),
        storage=storage_settings(**given),
    )
