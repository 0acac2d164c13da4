"""etcd members for tests: started on free ports of loopback, with TLS or without, stopped, paused and killed."""

from __future__ import annotations

import dataclasses
import os
import signal
import socket
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from apiserver.storage.etcd.endpoints import EtcdSettings
from minik8s import pki


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@dataclasses.dataclass
class Member:
    name: str
    url: str
    argv: list[str]
    log: Path
    peer_port: int = 0
    user: int = 0
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                self.argv, stdout=out, stderr=out, user=self.user or None, group=self.user or None
            )

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        self.process = None


class Cluster:
    """A few members; `settings` is what a store needs to speak to them."""

    def __init__(self, folder: Path, count: int = 1, *, tls: bool = False) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        scheme = "https" if tls else "http"
        ports = free_ports(2 * count)
        peers = {f"m{n}": f"{scheme}://127.0.0.1:{ports[2 * n + 1]}" for n in range(count)}
        secured, self.context, files = [], None, ("", "", "")
        if tls:
            ca = pki.ensure_ca(folder / "pki", "ca", "etcd-ca")
            hosts = ("127.0.0.1", "localhost")
            pki.ensure_cert(folder / "pki", "member", ca, pki.Request("member", hosts=hosts, server=True, client=True))
            pki.ensure_cert(folder / "pki", "client", ca, pki.Request("client", client=True))
            authority, cert, key = (str(folder / "pki" / f) for f in ("ca.crt", "member.crt", "member.key"))
            for role in ("", "peer-"):
                secured += [f"--{role}cert-file={cert}", f"--{role}key-file={key}", f"--{role}client-cert-auth=true"]
                secured.append(f"--{role}trusted-ca-file={authority}")
            files = (authority, str(folder / "pki/client.crt"), str(folder / "pki/client.key"))
            self.context = ssl.create_default_context(cafile=authority)
            self.context.load_cert_chain(files[1], files[2])
        self.members = []
        for n, (name, peer) in enumerate(peers.items()):
            url = f"{scheme}://127.0.0.1:{ports[2 * n]}"
            argv = [
                "etcd", f"--name={name}", f"--data-dir={folder / name}",
                f"--listen-client-urls={url}", f"--advertise-client-urls={url}",
                f"--listen-peer-urls={peer}", f"--initial-advertise-peer-urls={peer}",
                "--initial-cluster=" + ",".join(f"{a}={b}" for a, b in peers.items()),
                # Tests put thousands of small values in: durability against power loss is not what they look at.
                "--unsafe-no-fsync", "--logger=zap", "--log-level=warn", *secured,
            ]  # fmt: skip
            self.members.append(Member(name, url, argv, folder / f"{name}.log", ports[2 * n + 1]))
        self.settings = EtcdSettings(tuple(m.url for m in self.members), *files)

    def start(self) -> None:
        for member in self.members:
            member.start()
        for member in self.members:
            self.wait(member)

    def healthy(self, member: Member) -> bool:
        try:
            with urllib.request.urlopen(f"{member.url}/health", timeout=1, context=self.context) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False

    def wait(self, member: Member, seconds: float = 15) -> None:
        end = time.monotonic() + seconds
        while not self.healthy(member):
            if time.monotonic() > end:
                raise AssertionError(f"{member.name} is not healthy:\n{member.log.read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        for member in self.members:
            if member.process is not None and member.process.poll() is None:
                os.kill(member.process.pid, signal.SIGCONT)
            member.kill()
