"""The command line of the API server: kube-apiserver's flags, as far as they are known here."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from pathlib import Path
from typing import Any

import click

from apiserver.aggregation.settings import aggregation_flags, aggregation_settings
from apiserver.app import APIServer
from apiserver.bootstrap.endpoints import own_address
from apiserver.chain.flags import AuditLogError, PolicyError, request_flags, request_settings
from apiserver.flags import accepted_flags, admission_flags, admission_settings, auth_flags, auth_settings
from apiserver.serving.protocol import PeerCertificateProtocol
from apiserver.storage.flags import storage_flags, storage_settings
from apiserver.storage.setup import open_store
from apiserver.storage.store import StoreError
from apiserver.streams.flags import kubelet_flags, kubelet_settings
from minik8s import pki
from minik8s.daemon import flags
from minik8s.daemon.logging import logger
from minik8s.daemon.run import Fatal, ready, run
from minik8s.daemon.tls import TLSFiles
from minik8s.streams.serve import AsgiServer, listen

log = logger("apiserver")

# Objects made between two looks at the young ones, and how many of those make one at the older ones.
_COLLECTION = (20_000, 20, 50)
_GRACE_SECONDS = 5.0


def _spare_the_collector() -> None:
    """Look for cycles less often, and never among what is there from the start: it took a tenth of a create's time."""
    gc.freeze()
    gc.set_threshold(*_COLLECTION)
    gc.enable()


async def serve(server: APIServer, host: str, port: int, tls: TLSFiles) -> None:
    """Serve until cancelled."""
    await server.start()
    _spare_the_collector()
    try:
        serving = AsgiServer(server, PeerCertificateProtocol, listen(host, port), tls.context())
        await serving.start()
    except OSError as error:
        await server.stop()
        raise Fatal(f"cannot listen on {host}:{port}: {error.strerror or error}") from None
    log.info("serving", address=f"https://{host}:{port}")
    ready()
    try:
        await asyncio.Event().wait()
    finally:
        # Both at once: requests under way end, and watches are what `server.stop` ends.
        stopping = asyncio.ensure_future(serving.stop(_GRACE_SECONDS))
        await server.stop()
        await stopping


def advertised(advertise_address: str, bind_address: str) -> str:
    """The address by which others find this server; "" for one that only this machine can reach."""
    if advertise_address:
        return advertise_address
    if bind_address in ("0.0.0.0", "::", ""):
        return own_address()
    return "" if bind_address.startswith("127.") or bind_address == "::1" else bind_address


@click.command()
@click.option("--secure-port", default=6443, show_default=True)
@click.option("--bind-address", default="0.0.0.0", show_default=True)
@click.option("--advertise-address", default="")
@click.option("--cert-dir", default="/var/run/kubernetes", show_default=True)
@click.option("--tls-cert-file", default="")
@click.option("--tls-private-key-file", default="")
@auth_flags
@admission_flags
@accepted_flags
@request_flags
@storage_flags
@kubelet_flags
@aggregation_flags
@flags.logging_flags
def main(
    secure_port: int,
    bind_address: str,
    advertise_address: str,
    cert_dir: str,
    tls_cert_file: str,
    tls_private_key_file: str,
    **others: Any,
) -> None:
    """Serve the Kubernetes API."""
    settings = auth_settings(others)
    admission = admission_settings(others)
    kubelets = kubelet_settings(others)
    aggregation = aggregation_settings(others)
    requests = request_settings(others, advertised(advertise_address, bind_address), secure_port)
    kept = storage_settings(**others)
    cert, key = tls_cert_file, tls_private_key_file
    if not cert:
        cert, key = os.path.join(cert_dir, "apiserver.crt"), os.path.join(cert_dir, "apiserver.key")
        if not os.path.exists(cert):
            hosts = ["127.0.0.1", "localhost", "kubernetes.default.svc", socket.gethostname()]
            extra = [advertise_address] if advertise_address else []
            pki.write_self_signed(Path(cert), Path(key), "minik8s-apiserver", hosts + extra)

    async def start() -> None:
        try:
            store = await open_store(kept)
        except StoreError as error:
            raise Fatal(str(error)) from None
        server = APIServer(
            store,
            settings,
            root=kept.root,
            kubelets=kubelets,
            admission=admission,
            requests=requests,
            aggregation=aggregation,
        )
        try:
            files = TLSFiles(cert, key, settings.client_ca_file, settings.requestheader_client_ca_file)
            await serve(server, bind_address, secure_port, files)
        except (AuditLogError, PolicyError) as error:
            raise Fatal(str(error)) from None

    run(start)
