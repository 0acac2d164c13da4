"""What is measured: our API server on SQLite or etcd, or a kube-apiserver on etcd, started alone for one figure."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from functools import cached_property
from pathlib import Path

from bench.client import Client
from minik8s import pki

TOKEN = "bench"
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    """A port of loopback nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


class Target:
    """One kind of server; `start` and `stop` may be called again and again on the same data, `clear` forgets it."""

    name = ""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="bench-"))
        self.port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []
        (self.folder / "tokens.csv").write_text(f"{TOKEN},bench,1,system:masters\n")
        pki.ensure_service_account_keys(self.folder)

    @cached_property
    def client(self) -> Client:
        """A client of the running server."""
        return Client(f"https://127.0.0.1:{self.port}", TOKEN)

    def commands(self) -> list[list[str]]:
        """The processes: what lies below first, the API server last."""
        return []

    def common_flags(self) -> list[str]:
        """What every API server is told."""
        return [
            f"--secure-port={self.port}",
            "--bind-address=127.0.0.1",
            f"--cert-dir={self.folder}/certs",
            f"--token-auth-file={self.folder}/tokens.csv",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={self.folder}/sa.pub",
            f"--service-account-signing-key-file={self.folder}/sa.key",
        ]

    async def start(self) -> float:
        """Start everything; seconds from the API server's start to ready."""
        began = 0.0
        for argv in self.commands():
            with (self.folder / f"{Path(argv[0]).name}.log").open("ab") as out:
                began = time.perf_counter()
                self._processes.append(subprocess.Popen(argv, stdout=out, stderr=out))
        while True:
            try:
                status, _ = await self.client.ask("GET", "/readyz")
                if status == 200:
                    return time.perf_counter() - began
            except OSError:
                pass
            if self._processes[-1].poll() is not None or time.perf_counter() - began > 120:
                logs = "\n".join(path.read_text()[-1500:] for path in self.folder.glob("*.log"))
                raise RuntimeError(f"{self.name} does not get ready:\n{logs}")
            await asyncio.sleep(0.01)

    def stop(self) -> None:
        """End all processes."""
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._processes.clear()

    def clear(self) -> None:
        """Forget all objects; only while stopped."""
        for entry in ("store", "etcd"):
            shutil.rmtree(self.folder / entry, ignore_errors=True)

    def remove(self) -> None:
        """Leave nothing behind."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu(self) -> float:
        """Seconds of processor time the API server has used."""
        fields = Path(f"/proc/{self._processes[-1].pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICK

    def memory(self) -> float:
        """The API server's resident memory in MB."""
        return int(Path(f"/proc/{self._processes[-1].pid}/statm").read_text().split()[1]) * _PAGE / 1e6

    def peak(self) -> float:
        """The most resident memory the API server ever had, in MB."""
        status = Path(f"/proc/{self._processes[-1].pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) * 1024 / 1e6


class Ours(Target):
    """The API server on SQLite."""

    name = "minik8s"

    def commands(self) -> list[list[str]]:
        """See Target."""
        (self.folder / "store").mkdir(exist_ok=True)
        path = self.folder / "store" / "minik8s.db"
        return [[sys.executable, "-m", "apiserver", *self.common_flags(), f"--sqlite-path={path}"]]


def _etcd(binary: str, folder: Path, port: int, peer: int) -> list[str]:
    return [
        binary, f"--data-dir={folder}/etcd", f"--listen-client-urls=http://127.0.0.1:{port}",
        f"--advertise-client-urls=http://127.0.0.1:{port}", f"--listen-peer-urls=http://127.0.0.1:{peer}",
        f"--initial-advertise-peer-urls=http://127.0.0.1:{peer}", f"--initial-cluster=default=http://127.0.0.1:{peer}",
        "--logger=zap", "--log-level=warn", "--quota-backend-bytes=8589934592",
    ]  # fmt: skip


class OursOnEtcd(Target):
    """The API server on etcd."""

    name = "minik8s+etcd"

    def __init__(self, etcd: str) -> None:
        super().__init__()
        self._etcd = etcd
        self._ports = free_port(), free_port()

    def commands(self) -> list[list[str]]:
        """See Target."""
        server = [sys.executable, "-m", "apiserver", *self.common_flags()]
        server.append(f"--etcd-servers=http://127.0.0.1:{self._ports[0]}")
        return [_etcd(self._etcd, self.folder, *self._ports), server]


class Kubernetes(OursOnEtcd):
    """A real kube-apiserver on etcd."""

    name = "kube-apiserver"

    def __init__(self, binary: str, etcd: str) -> None:
        super().__init__(etcd)
        self._binary = binary

    def commands(self) -> list[list[str]]:
        """See Target."""
        server = [self._binary, *self.common_flags(), f"--etcd-servers=http://127.0.0.1:{self._ports[0]}"]
        server.append("--service-cluster-ip-range=10.96.0.0/12")
        return [_etcd(self._etcd, self.folder, *self._ports), server]
