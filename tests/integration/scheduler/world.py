"""Our API server and scheduler as processes, with certificates and rights of their own."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from minik8s import pki
from minik8s.api.core_v1 import Node, Pod
from minik8s.client import config
from minik8s.client.api import ApiClient
from minik8s.client.errors import ApiError, ConnectionFailed

_KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: c, cluster: {{server: "{server}", certificate-authority: "{folder}/ca.crt"}}}}]
users: [{{name: u, user: {{client-certificate: "{folder}/{who}.crt", client-key: "{folder}/{who}.key"}}}}]
contexts: [{{name: x, context: {{cluster: c, user: u}}}}]
current-context: x
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class World:
    """`client` is an administrator's."""

    def __init__(self, folder: Path, server: str, client: ApiClient) -> None:
        self.folder, self.server, self.client = folder, server, client
        self.processes: list[subprocess.Popen[bytes]] = []

    def spawn(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{module}-{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", module, *arguments], stdout=log, stderr=log)
        self.processes.append(process)
        return process

    def scheduler(self, *arguments: str, port: int = 0) -> subprocess.Popen[bytes]:
        kubeconfig = self.folder / "scheduler.conf"
        flags = (f"--kubeconfig={kubeconfig}", "--bind-address=127.0.0.1", f"--secure-port={port}")
        return self.spawn("scheduler", *flags, *arguments)

    async def until(self, check: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                if await check():
                    return
            except (ApiError, ConnectionFailed):
                pass
            await asyncio.sleep(0.05)
        logs = "\n".join(f"{p.name}:\n{p.read_text()[-2000:]}" for p in self.folder.glob("*.log"))
        raise AssertionError(f"it did not come true in {seconds:g}s\n{logs}")

    async def node_of(self, name: str) -> str:
        return (await self.client.get(Pod, name, "default")).spec.node_name

    async def add_node(self, node: Node) -> None:
        made = await self.client.create(node)
        made.status = node.status
        await self.client.update(made, "status")


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """The API server answers; no scheduler runs yet."""
    ca = pki.ensure_ca(folder, "ca", "test")
    pki.ensure_cert(folder, "apiserver", ca, pki.Request("serving", hosts=("127.0.0.1", "localhost"), server=True))
    pki.ensure_cert(folder, "admin", ca, pki.Request("admin", ("system:masters",), client=True))
    pki.ensure_cert(folder, "scheduler", ca, pki.Request("system:kube-scheduler", client=True))
    port = free_port()
    server = f"https://127.0.0.1:{port}"
    for who in ("admin", "scheduler"):
        (folder / f"{who}.conf").write_text(_KUBECONFIG.format(server=server, folder=folder, who=who))
    flags = {
        "secure-port": port,
        "bind-address": "127.0.0.1",
        "tls-cert-file": folder / "apiserver.crt",
        "tls-private-key-file": folder / "apiserver.key",
        "client-ca-file": folder / "ca.crt",
        "authorization-mode": "RBAC",
        "sqlite-path": folder / "db",
        "disable-admission-plugins": "ServiceAccount",
    }
    async with ApiClient(config.load(str(folder / "admin.conf"))) as client:
        made = World(folder, server, client)
        made.spawn("apiserver", *(f"--{flag}={value}" for flag, value in flags.items()))
        try:

            async def ready() -> bool:
                return (await client.request("GET", "/readyz")).status == 200

            await made.until(ready)
            yield made
        finally:
            for process in reversed(made.processes):
                process.terminate()
            for process in made.processes:
                process.wait(20)
