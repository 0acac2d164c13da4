"""A Docker engine of the tests' own, the demo images in it, and a kubelet on a cluster in memory."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from kubelet.core import Kubelet
from kubelet.options import KubeletConfiguration, Settings
from kubelet.runtime.docker import DockerRuntime
from minik8s.api.core_v1 import ContainerStatus, Event, Pod
from minik8s.clock import SystemClock
from minik8s.testing.fake_cluster import FakeCluster

BRIDGE = "kltest0"
SUBNET = "10.203.77.0/24"
CGROUP = f"/kltest-{os.getpid()}"
PLUGINS = Path("/usr/lib/cni")
BUILD = Path(__file__).resolve().parents[3] / "examples" / "images" / "build"


@contextlib.contextmanager
def engine(folder: Path) -> Iterator[str]:
    """A private dockerd; gives its endpoint."""
    socket = folder / "docker.sock"
    argv = [
        "dockerd", f"--data-root={folder}/data", f"--exec-root={folder}/exec", f"--pidfile={folder}/pid",
        f"--host=unix://{socket}", "--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false",
        "--live-restore", "--log-level=warn",
    ]  # fmt: skip
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while subprocess.run(["docker", "-H", f"unix://{socket}", "info"], capture_output=True).returncode:
            if process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((folder / "log").read_text()[-2000:])
            time.sleep(0.2)
        subprocess.run([sys.executable, str(BUILD), str(folder / "demo.tar")], check=True)
        docker(f"unix://{socket}", "load", "--input", str(folder / "demo.tar"))
        yield f"unix://{socket}"
    finally:
        for container in docker(f"unix://{socket}", "ps", "-aq").split():
            docker(f"unix://{socket}", "rm", "--force", container)
        process.terminate()
        process.wait(20)
        subprocess.run(["umount", f"{folder}/exec/netns/default"], capture_output=True)
        subprocess.run(["ip", "link", "del", BRIDGE], capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def docker(endpoint: str, *arguments: str) -> str:
    done = subprocess.run(["docker", "-H", endpoint, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


class Lab:
    """One kubelet with real containers; what it reports is seen in `cluster`."""

    def __init__(self, root: Path, endpoint: str) -> None:
        self.root, self.endpoint = root, endpoint
        self.cluster = FakeCluster(SystemClock())
        self.conf = root / "net.d"
        self.manifests = root / "manifests"
        self.conf.mkdir()
        self.configure_network()
        self.config = KubeletConfiguration(
            eviction_hard={}, cgroup_root=CGROUP, cluster_dns=["10.96.0.10"], cluster_domain="cluster.local",
            static_pod_path=str(self.manifests),
        )  # fmt: skip
        self.kubelet: Kubelet | None = None
        self._runtime: DockerRuntime | None = None
        self._task: asyncio.Task[None] | None = None

    def configure_network(self) -> None:
        wire = {
            "type": "bridge", "bridge": BRIDGE, "isGateway": True, "isDefaultGateway": True, "hairpinMode": True,
            "ipam": {"type": "host-local", "ranges": [[{"subnet": SUBNET}]], "dataDir": str(self.root / "ipam")},
        }  # fmt: skip
        document = {"cniVersion": "0.4.0", "name": "kltest", "plugins": [wire, {"type": "loopback"}]}
        (self.conf / "10.conflist").write_text(json.dumps(document))

    async def start(self) -> None:
        settings = Settings("n1", ("127.0.0.1",), self.root / "kubelet", self.conf, (PLUGINS,), hostname="n1")
        self._runtime = DockerRuntime(self.endpoint, "n1")
        self.kubelet = Kubelet(self.cluster, self._runtime, settings, self.config)
        self._task = asyncio.create_task(self.kubelet.run())

    async def stop(self) -> None:
        if self._task is None or self._runtime is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self._runtime.close()
        self._task = None

    async def until(self, what: str, check: Callable[[], Any], seconds: float = 25) -> Any:
        deadline = time.monotonic() + seconds
        while True:
            with contextlib.suppress(IndexError, AttributeError, KeyError):
                if found := check():
                    return found
            if self._task is not None and self._task.done():
                self._task.result()
            if time.monotonic() > deadline:
                events = [(e.reason, e.message) for e in self.cluster.objects(Event)]
                raise AssertionError(f"{what}: not within {seconds} s; events: {events}")
            await asyncio.sleep(0.05)

    def add(self, name: str, spec: dict[str, Any], **meta: Any) -> None:
        spec.setdefault("terminationGracePeriodSeconds", 1)
        spec.setdefault("restartPolicy", "Always")
        document = {
            "metadata": {"name": name, "namespace": "default", "uid": f"uid-{name}-{time.time_ns()}", **meta},
            "spec": {"nodeName": "n1", **spec},
        }
        self.cluster.add(msgspec.convert(document, Pod))

    def pod(self, name: str) -> Pod | None:
        return self.cluster.object(Pod, name)

    def status(self, name: str, index: int = 0) -> ContainerStatus:
        pod = self.pod(name)
        assert pod is not None
        return pod.status.container_statuses[index]

    def ready(self, name: str) -> bool:
        pod = self.pod(name)
        return pod is not None and any(c.type == "Ready" and c.status == "True" for c in pod.status.conditions)

    def container(self, name: str, index: int = 0) -> str:
        return self.status(name, index).container_id.removeprefix("docker://")

    def run(self, name: str, *command: str, index: int = 0) -> str:
        return docker(self.endpoint, "exec", self.container(name, index), *command)

    def logs(self, name: str, index: int = 0) -> str:
        return docker(self.endpoint, "logs", self.container(name, index))

    async def clear(self) -> None:
        for pod in self.cluster.objects(Pod):
            await self.cluster.delete(Pod, pod.metadata.name, "default", grace_period_seconds=0)
            with contextlib.suppress(KeyError):
                self.cluster.remove(Pod, pod.metadata.name)
        await self.until("all containers gone", lambda: not docker(self.endpoint, "ps", "-aq"), 40)


@contextlib.asynccontextmanager
async def running(root: Path, endpoint: str) -> AsyncIterator[Lab]:
    lab = Lab(root, endpoint)
    await lab.start()
    try:
        yield lab
        await lab.clear()
    finally:
        await lab.stop()
        for folder in Path("/sys/fs/cgroup").glob(f"*{CGROUP}"):
            for place, names, _ in os.walk(folder, topdown=False):
                for name in names:
                    os.rmdir(os.path.join(place, name))
            os.rmdir(folder)
