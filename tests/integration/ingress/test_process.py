"""`minik8s-ingress` as a process on a real API server: two of them, started, killed, ended."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from tests.support.api_server import ROOT, ApiServer
from tests.support.etcd_servers import free_ports

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("nginx", path="/usr/sbin:/usr/bin") is None, reason="needs nginx"),
]
GROUP = "/apis/networking.k8s.io/v1"
INGRESSES = f"{GROUP}/namespaces/default/ingresses"
CLASS = {
    "metadata": {"name": "minik8s", "annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}},
    "spec": {"controller": "minik8s.io/ingress"},
}
NOBODY = {"service": {"name": "nobody", "port": {"number": 80}}}


class Process:
    """A controller; its nginx listens on `http`."""

    def __init__(self, folder: Path, name: str, kubeconfig: Path) -> None:
        self.http, health = free_ports(2)
        self.folder, self.log = folder / name, folder / f"{name}.log"
        self._argv = [
            sys.executable, "-m", "ingress", f"--kubeconfig={kubeconfig}", f"--http-port={self.http}", "--https-port=0",
            "--bind-address=127.0.0.1", f"--state-dir={self.folder}", f"--publish-status-address=192.0.2.{len(name)}",
            f"--healthz-bind-address=127.0.0.1:{health}", "--worker-processes=1",
        ]  # fmt: skip
        self.health = f"http://127.0.0.1:{health}/healthz"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self._argv, cwd=ROOT, stdout=out, stderr=out)

    def end(self, number: int) -> int:
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(30)

    def nginx(self) -> int:
        """The pid of its nginx, 0 when none runs."""
        try:
            pid = int((self.folder / "nginx.pid").read_text())
            running = str(self.folder).encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return 0
        return pid if running else 0


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[aiohttp.ClientSession]:
    (port,) = free_ports(1)
    server = ApiServer(tmp_path, "api", port, f"--sqlite-path={tmp_path}/db")
    server.start()
    try:
        await server.ready(60)
        cluster = {"server": server.url, "insecure-skip-tls-verify": True}
        context = {"cluster": "t", "user": "t"}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "t",
            "clusters": [{"name": "t", "cluster": cluster}],
            "users": [{"name": "t", "user": {}}],
            "contexts": [{"name": "t", "context": context}],
        }
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
        async with aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(ssl=False)) as session:
            await post(session, f"{GROUP}/ingressclasses", CLASS)
            yield session
    finally:
        server.stop()


async def post(api: aiohttp.ClientSession, path: str, document: dict[str, Any]) -> None:
    async with api.post(path, json=document) as answer:
        assert answer.status == 201, await answer.text()


async def get(api: aiohttp.ClientSession, path: str) -> Any:
    async with api.get(path) as answer:
        return await answer.json()


async def until(what: str, check: Callable[[], Awaitable[Any]], seconds: float = 60) -> Any:
    last: object = None
    try:
        async with asyncio.timeout(seconds):
            while True:
                try:
                    if last := await check():
                        return last
                except aiohttp.ClientError as error:
                    last = error
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what}: not in time; last {last!r}") from None


async def test_two_controllers_from_start_to_end(api: aiohttp.ClientSession, tmp_path: Path) -> None:
    one, two = (Process(tmp_path, name, tmp_path / "kubeconfig") for name in ("a", "bb"))

    async def status(process: Process) -> int:
        async with api.get(f"http://127.0.0.1:{process.http}/", headers={"Host": "a.com"}) as answer:
            return answer.status

    async def addresses() -> list[dict[str, str]]:
        found: list[dict[str, str]] = (await get(api, f"{INGRESSES}/all"))["status"]["loadBalancer"].get("ingress", [])
        return found

    async def well(process: Process) -> bool:
        async with api.get(process.health) as answer:
            return answer.status == 200

    try:
        one.start()
        await until("health", lambda: well(one))
        assert not one.nginx()
        await post(api, INGRESSES, {"metadata": {"name": "all"}, "spec": {"defaultBackend": NOBODY}})
        assert (await get(api, f"{INGRESSES}/all"))["spec"]["ingressClassName"] == "minik8s"
        assert await until("an address", addresses) == [{"ip": "192.0.2.1"}]
        # Served before it has an address.
        assert await status(one) == 503
        two.start()
        await until("the second serves too", lambda: status(two))
        assert await addresses() == [{"ip": "192.0.2.1"}]

        pid = one.nginx()
        one.end(signal.SIGKILL)
        assert await status(one) == 503 and one.nginx() == pid
        one.start()
        await until("health", lambda: well(one))
        await post(api, INGRESSES, {"metadata": {"name": "more"}, "spec": {"rules": [{"host": "a.com"}]}})
        # The lease of the one that was killed runs out; either of them writes then.
        await until("an address", lambda: _address(api, "more"))
        assert one.nginx() == pid and await status(one) == 503

        assert one.end(signal.SIGTERM) == 0
        assert not one.nginx()
        assert two.end(signal.SIGTERM) == 0 and not two.nginx()
    finally:
        for process in (one, two):
            if process.process is not None and process.process.poll() is None:
                process.end(signal.SIGKILL)
            if left := process.nginx():
                os.kill(left, signal.SIGKILL)


async def _address(api: aiohttp.ClientSession, name: str) -> Any:
    return (await get(api, f"{INGRESSES}/{name}"))["status"]["loadBalancer"].get("ingress")
