"""kopf, the operator framework, unmodified: handlers, finalizers, timers, and peers that take turns."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.api_server import ApiServer

pytestmark = pytest.mark.slow

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
CATS = "/apis/kopf.example.com/v1/namespaces/default/cats"
MERGE = {"content-type": "application/merge-patch+json"}
HANDLERS = """
import kopf

@kopf.on.startup()
def quick(settings, **_):
    settings.peering.lifetime = 10

@kopf.on.create("cats")
def create(spec, retry, **_):
    if not retry:
        raise kopf.TemporaryError("not yet", delay=0.2)
    return {"fed": spec["food"]}

@kopf.on.update("cats", field="spec.food")
def update(new, **_):
    return {"fed": new}

@kopf.on.delete("cats")
def delete(name, **_):
    print("buried", name, flush=True)

@kopf.timer("cats", interval=0.3)
def purr(status, patch, **_):
    patch.status["purrs"] = status.get("purrs", 0) + 1
"""


def definition(plural: str, kind: str, group: str, scope: str = "Namespaced") -> dict[str, Any]:
    anything = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": anything, "status": anything}}
    if group == "kopf.dev":
        schema = {"type": "object", "properties": {"status": anything}}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    names = {"plural": plural, "singular": kind.lower(), "kind": kind}
    spec = {"group": group, "scope": scope, "names": names, "versions": [version]}
    return {"metadata": {"name": f"{plural}.{group}"}, "spec": spec}


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[ApiServer]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = ApiServer(tmp_path, "api", port, f"--sqlite-path={tmp_path}/db")
    server.start()
    try:
        await server.ready()
        yield server
    finally:
        server.stop()


@pytest.fixture
async def api(server: ApiServer) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(ssl=False)) as session:
        yield session


async def get(api: aiohttp.ClientSession, path: str) -> Any:
    async with api.get(path) as answer:
        return await answer.json(content_type=None) if answer.status == 200 else None


async def until(check: Callable[[], Awaitable[Any]], seconds: float = 45) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await check()):
            await asyncio.sleep(0.1)
    return found


@contextmanager
def operator(server: ApiServer, folder: Path, name: str, *flags: str) -> Iterator[Path]:
    (folder / "handlers.py").write_text(HANDLERS)
    (folder / "kubeconfig").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: t\n"
        f"clusters: [{{name: t, cluster: {{server: '{server.url}', insecure-skip-tls-verify: true}}}}]\n"
        "users: [{name: t, user: {}}]\ncontexts: [{name: t, context: {cluster: t, user: t}}]\n"
    )
    log = folder / f"{name}.log"
    argv = [sys.executable, "-m", "kopf", "run", "--all-namespaces", *flags, str(folder / "handlers.py")]
    with log.open("wb") as out:
        process = subprocess.Popen(argv, env={"KUBECONFIG": str(folder / "kubeconfig")}, stdout=out, stderr=out)
    try:
        yield log
    finally:
        process.terminate()
        process.wait(20)


async def test_handlers_follow_an_object_from_its_making_to_its_end(
    server: ApiServer, api: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await api.post(CRDS, json=definition("cats", "Cat", "kopf.example.com"))
    with operator(server, tmp_path, "one", "--standalone") as log:
        cat = {"apiVersion": "kopf.example.com/v1", "kind": "Cat", "metadata": {"name": "c"}, "spec": {"food": "fish"}}

        async def made() -> bool:
            async with api.post(CATS, json=cat) as answer:
                return answer.status == 201

        await until(made)

        async def status(field: str, wanted: Callable[[Any], bool]) -> bool:
            found = ((await get(api, f"{CATS}/c")) or {}).get("status") or {}
            return field in found and wanted(found[field])

        await until(lambda: status("create", lambda found: found == {"fed": "fish"}))
        assert (await get(api, f"{CATS}/c"))["metadata"]["finalizers"] == ["kopf.zalando.org/KopfFinalizerMarker"]
        await until(lambda: status("purrs", lambda found: found >= 3))
        await api.patch(f"{CATS}/c", data='{"spec":{"food":"milk"}}', headers=MERGE)
        await until(lambda: status("update/spec.food", lambda found: found == {"fed": "milk"}))
        await api.delete(f"{CATS}/c")

        async def gone() -> bool:
            return await get(api, f"{CATS}/c") is None

        await until(gone)

        async def told() -> bool:
            return "buried c" in log.read_text()

        await until(told)


async def test_of_two_operators_the_one_of_lower_priority_waits(
    server: ApiServer, api: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await api.post(CRDS, json=definition("cats", "Cat", "kopf.example.com"))
    await api.post(CRDS, json=definition("clusterkopfpeerings", "ClusterKopfPeering", "kopf.dev", "Cluster"))
    peers = "/apis/kopf.dev/v1/clusterkopfpeerings"
    peering = {"apiVersion": "kopf.dev/v1", "kind": "ClusterKopfPeering", "metadata": {"name": "default"}}

    async def made() -> bool:
        async with api.post(peers, json=peering) as answer:
            return answer.status == 201

    await until(made)
    with operator(server, tmp_path, "low", "--peering=default", "--priority=1") as low:

        async def present(count: int) -> bool:
            return len((await get(api, f"{peers}/default")).get("status") or {}) == count

        await until(lambda: present(1))
        with operator(server, tmp_path, "high", "--peering=default", "--priority=100"):
            await until(lambda: present(2))

            async def paused() -> bool:
                return "Pausing operations in favour of" in low.read_text()

            await until(paused)

        async def resumed() -> bool:
            return "Resuming operations" in low.read_text()

        await until(resumed)
