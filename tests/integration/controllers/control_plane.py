"""An API server and a controller manager of ours as processes, on free ports, with TLS, RBAC and service accounts."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from minik8s import pki
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig
from minik8s.client.errors import ApiError, ConnectionFailed, NotFound

HOME = Path(__file__).resolve().parents[3]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class ControlPlane:
    """Both processes; `restart_manager` kills the manager as hard as can be and starts it again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._ca = pki.ensure_ca(folder, "ca", "kubernetes")
        hosts = ("127.0.0.1", "localhost")
        pki.ensure_cert(folder, "apiserver", self._ca, pki.Request("kube-apiserver", hosts=hosts, server=True))
        pki.ensure_service_account_keys(folder)
        for who, name, groups in (
            ("manager", "system:kube-controller-manager", ()),
            ("admin", "admin", ("system:masters",)),
        ):
            pki.ensure_cert(folder, who, self._ca, pki.Request(name, groups, client=True))
        self._write_kubeconfig()

    def _write_kubeconfig(self) -> None:
        (self.folder / "manager.conf").write_text(
            "apiVersion: v1\nkind: Config\ncurrent-context: t\n"
            f"clusters: [{{name: t, cluster: {{server: 'https://127.0.0.1:{self.port}', "
            f"certificate-authority: {self.folder}/ca.crt}}}}]\n"
            f"users: [{{name: t, user: {{client-certificate: {self.folder}/manager.crt, "
            f"client-key: {self.folder}/manager.key}}}}]\n"
            "contexts: [{name: t, context: {cluster: t, user: t}}]\n"
        )

    def client(self) -> ApiClient:
        files = {"cert_file": str(self.folder / "admin.crt"), "key_file": str(self.folder / "admin.key")}
        return ApiClient(
            ClientConfig(server=f"https://127.0.0.1:{self.port}", ca_file=str(self.folder / "ca.crt"), **files)
        )

    def start(self) -> None:
        folder = self.folder
        self._run(
            "apiserver",
            **{
                "secure-port": self.port,
                "bind-address": "127.0.0.1",
                "client-ca-file": folder / "ca.crt",
                "tls-cert-file": folder / "apiserver.crt",
                "tls-private-key-file": folder / "apiserver.key",
                "authorization-mode": "Node,RBAC",
                "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
                "service-account-key-file": folder / "sa.pub",
                "service-account-signing-key-file": folder / "sa.key",
                "sqlite-path": folder / "db",
            },
        )
        asyncio.run(self._until_ready())
        self.start_manager()

    def start_manager(self) -> None:
        folder = self.folder
        self._run(
            "controllers",
            **{
                "kubeconfig": folder / "manager.conf",
                "bind-address": "127.0.0.1",
                "secure-port": free_port(),
                "leader-elect-lease-duration": "2s",
                "leader-elect-renew-deadline": "1500ms",
                "leader-elect-retry-period": "500ms",
                "root-ca-file": folder / "ca.crt",
                "service-account-private-key-file": folder / "sa.key",
                "cluster-signing-cert-file": folder / "ca.crt",
                "cluster-signing-key-file": folder / "ca.key",
                "use-service-account-credentials": "true",
                "allocate-node-cidrs": "true",
                "cluster-cidr": "10.244.0.0/16",
                "service-cluster-ip-range": "10.96.0.0/12",
            },
        )

    def kill_manager(self) -> None:
        process = self._processes.pop("controllers")
        process.send_signal(signal.SIGKILL)
        process.wait()

    def manager_log(self) -> str:
        return (self.folder / "controllers.log").read_text()

    def stop(self) -> None:
        for process in reversed(list(self._processes.values())):
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _run(self, module: str, **flags: Any) -> None:
        argv = [sys.executable, "-m", module, *(f"--{name}={value}" for name, value in flags.items())]
        environment = {**os.environ, "PYTHONPATH": str(HOME)}
        with (self.folder / f"{module}.log").open("ab") as log:
            self._processes[module] = subprocess.Popen(
                argv, cwd=HOME, env=environment, stdout=log, stderr=subprocess.STDOUT
            )

    async def _until_ready(self) -> None:
        end = time.monotonic() + 60
        async with self.client() as client:
            while True:
                try:
                    await client.request("GET", "/readyz")
                    return
                except (ApiError, ConnectionFailed):
                    if time.monotonic() > end or self._processes["apiserver"].poll() is not None:
                        raise RuntimeError((self.folder / "apiserver.log").read_text()) from None
                    await asyncio.sleep(0.1)


async def eventually(check: Callable[[], Awaitable[Any]], seconds: float = 30) -> Any:
    """What `check` returns as soon as it neither fails nor is false."""
    end = time.monotonic() + seconds
    while True:
        try:
            found = await check()
            if found is not False:
                return found
        except (AssertionError, NotFound, ValueError):
            if time.monotonic() > end:
                raise
        assert time.monotonic() < end, "it did not come true"
        await asyncio.sleep(0.05)
