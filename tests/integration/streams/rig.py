"""A private Docker engine, our API server as a process, a kubelet server in this one, and Pods made by hand."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tarfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from apiserver.bootstrap.endpoints import own_address
from kubelet import labels
from kubelet.options import KubeletConfiguration
from kubelet.pods_view import ContainerHandle, SandboxHandle
from kubelet.runtime.docker import DockerRuntime
from kubelet.runtime.types import ContainerSpec, SandboxSpec, State
from kubelet.server import KubeletServer
from minik8s import pki
from minik8s.api.core_v1 import Node, Pod
from minik8s.client.api import ApiClient
from minik8s.client.config import ClientConfig

IMAGE = "streams-test:latest"
NODE = "streams-node"
APPLETS = (
    "sh cat tar sleep echo head tail ls stty nc httpd seq yes printf wc md5sum true false kill test touch rm mkdir dd"
).split()


def kubectls() -> list[str]:
    """The oldest, a middle and the newest kubectl of this machine."""
    folder = Path("/usr/lib/google-cloud-sdk/bin")
    found = sorted(folder.glob("kubectl.1.*"), key=lambda path: int(path.name.rsplit(".", 1)[1]))
    if not found:
        single = shutil.which("kubectl")
        return [single] if single else []
    return [str(path) for path in dict.fromkeys((found[0], found[len(found) // 2], found[-1]))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def engine(folder: Path) -> Iterator[str]:
    """A dockerd of our own; its endpoint."""
    sock = folder / "docker.sock"
    flags = ["--data-root", folder / "data", "--exec-root", folder / "exec", "--pidfile", folder / "pid"]
    flags += ["-H", f"unix://{sock}", "--bridge=none", "--iptables=false", "--ip-forward=false"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(["dockerd", *map(str, flags)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not sock.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        yield f"unix://{sock}"
    finally:
        process.terminate()
        process.wait(20)
        subprocess.run(["umount", str(folder / "exec" / "netns" / "default")], capture_output=True, check=False)


def load_image(endpoint: str) -> None:
    """An image of busybox."""
    import docker

    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as tar:
        for name in ("tmp", "etc", "bin", "proc", "dev"):
            made = tarfile.TarInfo(name)
            made.type, made.mode = tarfile.DIRTYPE, 0o1777 if name == "tmp" else 0o755
            tar.addfile(made)
        tar.add(shutil.which("busybox") or "/bin/busybox", "bin/busybox")
        for applet in APPLETS:
            link = tarfile.TarInfo(f"bin/{applet}")
            link.type, link.linkname = tarfile.SYMTYPE, "busybox"
            tar.addfile(link)
    client = docker.APIClient(endpoint, version="1.41")
    for attempt in range(50):
        try:
            client.ping()
            break
        except Exception:
            if attempt == 49:
                raise
            time.sleep(0.2)
    client.import_image_from_data(data.getvalue(), repository="streams-test", tag="latest")
    client.close()


@dataclasses.dataclass
class Made:
    pod: Pod
    sandbox: str
    containers: dict[str, list[str]]


class View:
    """A PodsView of containers made by hand; looks at the engine when `refresh`ed."""

    node_name = NODE

    def __init__(self, runtime: DockerRuntime) -> None:
        self.runtime = runtime
        self.made: dict[tuple[str, str], Made] = {}
        self.handles: dict[str, ContainerHandle] = {}
        self.sandboxes: dict[str, SandboxHandle] = {}

    async def refresh(self) -> None:
        for made in list(self.made.values()):
            details = await self.runtime.inspect(made.sandbox)
            netns = details.netns or f"/proc/{details.pid}/ns/net"
            self.sandboxes[made.sandbox] = SandboxHandle(made.sandbox, netns, (), details.cgroup_parent)
            for name, ids in list(made.containers.items()):
                for attempt, container_id in enumerate(list(ids)):
                    found = await self.runtime.inspect(container_id)
                    self.handles[container_id] = ContainerHandle(
                        name,
                        container_id,
                        attempt,
                        found.state is State.RUNNING,
                        found.log_path,
                        found.tty,
                        found.pid,
                        found.started_at.isoformat().replace("+00:00", "Z") if found.started_at else "",
                    )

    async def follow_events(self) -> None:
        async for event in self.runtime.events():
            if event.kind in ("die", "start"):
                await self.refresh()

    def node(self) -> Node | None:
        return None

    def pods(self) -> list[Pod]:
        return [made.pod for made in self.made.values()]

    def pod(self, namespace: str, name: str, uid: str = "") -> Pod | None:
        made = self.made.get((namespace, name))
        return made.pod if made and uid in ("", made.pod.metadata.uid) else None

    def containers(self, pod: Pod) -> list[ContainerHandle]:
        made = self.made[(pod.metadata.namespace, pod.metadata.name)]
        return [self.handles[ids[-1]] for ids in made.containers.values() if ids]

    def container(self, pod: Pod, name: str, previous: bool = False) -> ContainerHandle | None:
        ids = self.made[(pod.metadata.namespace, pod.metadata.name)].containers.get(name, [])
        wanted = 2 if previous else 1
        return self.handles[ids[-wanted]] if len(ids) >= wanted else None

    def sandbox(self, pod: Pod) -> SandboxHandle | None:
        return self.sandboxes.get(self.made[(pod.metadata.namespace, pod.metadata.name)].sandbox)

    def check(self) -> None:
        return


class Rig:
    """Everything together; `kubectl` runs one."""

    def __init__(self, folder: Path, api_port: int, view: View, runtime: DockerRuntime) -> None:
        self.folder = folder
        self.url = f"https://127.0.0.1:{api_port}"
        self.view = view
        self.runtime = runtime
        self.kubelet: KubeletServer | None = None
        self.http: httpx.AsyncClient | None = None
        self.env = {**os.environ, "KUBECONFIG": str(folder / "kubeconfig"), "HOME": str(folder)}

    async def run(
        self, kubectl: str, *words: str, stdin: bytes | None = None, seconds: float = 30, **env: str
    ) -> tuple[int, bytes, bytes]:
        process = await self.start(kubectl, *words, stdin=stdin is not None, **env)
        out, err = await asyncio.wait_for(process.communicate(stdin), seconds)
        return process.returncode or 0, out, err

    async def start(self, kubectl: str, *words: str, stdin: bool = False, **env: str) -> asyncio.subprocess.Process:
        pipe, null = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
        return await asyncio.create_subprocess_exec(
            kubectl, *words, stdin=pipe if stdin else null, stdout=pipe, stderr=pipe, env={**self.env, **env}
        )

    async def add_pod(self, name: str, containers: dict[str, Sequence[str]], **options: Any) -> None:
        """Containers that run, and a Pod in the API that says so."""
        assert self.http is not None
        body = {
            "metadata": {"name": name, "namespace": "default"},
            "spec": {
                "nodeName": NODE,
                "containers": [
                    {"name": each, "image": IMAGE, "command": list(command), **options}
                    for each, command in containers.items()
                ],
            },
        }
        answer = await self.http.post("/api/v1/namespaces/default/pods", json=body)
        assert answer.status_code == 201, answer.text
        sandbox = await self.runtime.run_sandbox(SandboxSpec(f"sandbox-{name}", name, {labels.NODE: NODE}))
        ids: dict[str, list[str]] = {each: [] for each in containers}
        uid = answer.json()["metadata"]["uid"]
        pod = Pod()
        pod.metadata.name, pod.metadata.namespace, pod.metadata.uid = name, "default", uid
        from minik8s.api.core_v1 import Container

        pod.spec.containers = [Container(name=each, image=IMAGE) for each in containers]
        self.view.made[("default", name)] = Made(pod, sandbox, ids)
        for each, command in containers.items():
            await self.restart(name, each, command, **options)
        status = {"status": {"phase": "Running", "podIP": "192.0.2.1"}}
        patch = {"content-type": "application/merge-patch+json"}
        url = f"/api/v1/namespaces/default/pods/{name}/status"
        answer = await self.http.patch(url, content=json.dumps(status), headers=patch)
        assert answer.status_code == 200, answer.text

    async def ended(self, pod: str, container: str) -> None:
        """Wait until the newest instance of a container has ended."""
        async with asyncio.timeout(30):
            newest = self.view.made[("default", pod)].containers[container][-1]
            while (await self.runtime.inspect(newest)).state is not State.EXITED:
                await asyncio.sleep(0.05)

    async def restart(self, pod: str, container: str, command: Sequence[str], **options: Any) -> None:
        """The next instance of a container."""
        made = self.view.made[("default", pod)]
        number = len(made.containers[container])
        spec = ContainerSpec(
            f"{pod}-{container}-{number}",
            made.sandbox,
            IMAGE,
            {labels.NODE: NODE},
            tuple(command),
            stdin=options.get("stdin", False),
            stdin_once=options.get("stdinOnce", False),
            tty=options.get("tty", False),
        )
        container_id = await self.runtime.create_container(spec)
        await self.runtime.start_container(container_id)
        made.containers[container].append(container_id)
        await self.view.refresh()


def write_kubeconfig(folder: Path, url: str, client: pki.KeyPair) -> None:
    (folder / "admin.crt").write_bytes(client.cert_pem)
    (folder / "admin.key").write_bytes(client.key_pem)
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {"name": "c", "cluster": {"server": url, "certificate-authority": str(folder / "ca.crt")}},
        ],
        "users": [
            {
                "name": "u",
                "user": {
                    "client-certificate": str(folder / "admin.crt"),
                    "client-key": str(folder / "admin.key"),
                },
            }
        ],
        "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }
    (folder / "kubeconfig").write_text(json.dumps(config))


@asynccontextmanager
async def rig(folder: Path, endpoint: str) -> AsyncIterator[Rig]:
    """Started, with Pods `one` (a container `main`), and `two` (containers `a` and `b`)."""
    ca = pki.ensure_ca(folder, "ca", "test")
    # A Node on loopback is not asked for what its proxy stands for.
    here = own_address()
    serving = pki.Request("serving", hosts=("127.0.0.1", "localhost", here), server=True)
    pki.ensure_cert(folder, "apiserver", ca, serving)
    pki.ensure_cert(folder, "kubelet", ca, serving)
    pki.ensure_cert(folder, "kubelet-client", ca, pki.Request("apiserver", ("system:masters",), client=True))
    admin = pki.ensure_cert(folder, "admin", ca, pki.Request("admin", ("system:masters",), client=True))
    api_port = free_port()
    write_kubeconfig(folder, f"https://127.0.0.1:{api_port}", admin)
    flags = {
        "secure-port": api_port,
        "bind-address": "127.0.0.1",
        "tls-cert-file": folder / "apiserver.crt",
        "tls-private-key-file": folder / "apiserver.key",
        "client-ca-file": folder / "ca.crt",
        "authorization-mode": "RBAC",
        "sqlite-path": folder / "db",
        "kubelet-client-certificate": folder / "kubelet-client.crt",
        "kubelet-client-key": folder / "kubelet-client.key",
        "kubelet-certificate-authority": folder / "ca.crt",
        "kubelet-preferred-address-types": "InternalIP",
    }
    arguments = [f"--{flag}={value}" for flag, value in flags.items()]
    with (folder / "apiserver.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "apiserver", *arguments], stdout=log, stderr=log)
    runtime = DockerRuntime(endpoint, NODE)
    view = View(runtime)
    made = Rig(folder, api_port, view, runtime)
    config = KubeletConfiguration.model_validate(
        {
            "address": "0.0.0.0",
            "port": 0,
            "tlsCertFile": str(folder / "kubelet.crt"),
            "tlsPrivateKeyFile": str(folder / "kubelet.key"),
            "authentication": {"x509": {"clientCAFile": str(folder / "ca.crt")}},
        }
    )
    files = (str(folder / "ca.crt"), str(folder / "admin.crt"), str(folder / "admin.key"))
    client = ApiClient(ClientConfig(server=made.url, ca_file=files[0], cert_file=files[1], key_file=files[2]))
    import ssl

    tls = ssl.create_default_context(cafile=files[0])
    tls.load_cert_chain(files[1], files[2])
    following: asyncio.Task[None] | None = None
    try:
        async with (
            KubeletServer(view, runtime, config, client) as server,
            httpx.AsyncClient(base_url=made.url, verify=tls, timeout=20) as http,
        ):
            made.kubelet, made.http = server, http
            await ready(http)
            address = [{"type": "InternalIP", "address": here}]
            node = {"metadata": {"name": NODE}}
            (await http.post("/api/v1/nodes", json=node)).raise_for_status()
            status = {"addresses": address, "daemonEndpoints": {"kubeletEndpoint": {"Port": server.port}}}
            patch = {"content-type": "application/merge-patch+json"}
            url = f"/api/v1/nodes/{NODE}/status"
            (await http.patch(url, content=json.dumps({"status": status}), headers=patch)).raise_for_status()
            account = {"metadata": {"name": "default", "namespace": "default"}}
            await http.post("/api/v1/namespaces/default/serviceaccounts", json=account)
            following = asyncio.create_task(view.follow_events())
            yield made
    finally:
        if following is not None:
            following.cancel()
        with contextlib.suppress(Exception):
            for record in await runtime.records():
                await runtime.remove_container(record.id)
        await client.close()
        await runtime.close()
        process.terminate()
        process.wait(20)


async def ready(http: httpx.AsyncClient) -> None:
    for _ in range(100):
        try:
            if (await http.get("/readyz")).status_code == 200:
                return
        except httpx.TransportError:
            pass
        await asyncio.sleep(0.1)
    raise AssertionError("the API server does not become ready")
