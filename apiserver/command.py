"""The API server as a command."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

import click

from apiserver.admission.order import PluginSettingsError
from apiserver.app import APIServer
from apiserver.auth.authentication.certificates import AuthorityFileError
from apiserver.auth.authentication.token_file import TokenFileError
from apiserver.auth.setup import SettingsError
from apiserver.auth.tokens.keys import KeyFileError
from apiserver.chain.flags import AuditLogError, PolicyError
from apiserver.collection import spare_the_collector
from apiserver.heavy.lane import Lane
from apiserver.serving.protocol import PeerCertificateProtocol
from apiserver.settings import server_flags, server_settings
from apiserver.storage.setup import open_store
from apiserver.storage.store import StoreError
from minik8s import pki
from minik8s.daemon import flags
from minik8s.daemon.logging import logger
from minik8s.daemon.run import Fatal, ready, run
from minik8s.daemon.tls import TLSFiles
from minik8s.streams.serve import AsgiServer, listen

log = logger("apiserver")

_GRACE_SECONDS = 5.0
_NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""OpenSSL's X509_V_FLAG_NO_CHECK_TIME, for which Python has no name."""
MISCONFIGURED = (
    AuditLogError,
    AuthorityFileError,
    KeyFileError,
    PluginSettingsError,
    PolicyError,
    SettingsError,
    TokenFileError,
)
"""Errors of the files and flags people give; their texts say which, and what is wrong."""


def serving_context(tls: TLSFiles) -> ssl.SSLContext:
    """Lets in who comes with an expired certificate, to be told so (401): authentication looks at the time itself.

    Raises TLSFileError.
    """
    context = tls.context()
    context.verify_flags |= _NO_CHECK_TIME
    return context


async def serve(server: APIServer, host: str, port: int, tls: TLSFiles) -> None:
    """Serve until cancelled. Raises OSError and what `APIServer.start` does."""
    try:
        context = serving_context(tls)
        await server.start()
        spare_the_collector()
        serving = AsgiServer(server, PeerCertificateProtocol, listen(host, port), context)
        await serving.start()
    except BaseException:
        await server.stop()
        raise
    log.info("serving", address=f"https://{host}:{port}")
    ready()
    try:
        await asyncio.Event().wait()
    finally:
        # Both at once: requests under way end, and watches are what `server.stop` ends.
        stopping = asyncio.ensure_future(serving.stop(_GRACE_SECONDS))
        await server.stop()
        await stopping


@click.command()
@server_flags
def main(**given: Any) -> None:
    """Serve the Kubernetes API."""
    flags.tell_ignored()
    told = server_settings(given)
    cert, key = told.cert, told.key
    if not cert:
        cert, key = os.path.join(told.cert_dir, "apiserver.crt"), os.path.join(told.cert_dir, "apiserver.key")
        if not os.path.exists(cert):
            hosts = ["127.0.0.1", "localhost", "kubernetes.default.svc", socket.gethostname()]
            extra = [told.advertised] if told.advertised else []
            pki.write_self_signed(Path(cert), Path(key), "minik8s-apiserver", hosts + extra)

    async def start() -> None:
        try:
            store = await open_store(told.storage)
        except StoreError as error:
            raise Fatal(str(error)) from None
        server = APIServer(
            store,
            told.auth,
            root=told.storage.root,
            kubelets=told.kubelets,
            admission=told.admission,
            requests=told.requests,
            aggregation=told.aggregation,
            lane=Lane([sys.executable, "-m", "apiserver.heavy", *sys.argv[1:]]) if told.heavy_worker else None,
        )
        try:
            files = TLSFiles(cert, key, told.auth.client_ca_file, told.auth.requestheader_client_ca_file)
            await serve(server, told.host, told.port, files)
        except MISCONFIGURED as error:
            raise Fatal(str(error)) from None

    run(start)
