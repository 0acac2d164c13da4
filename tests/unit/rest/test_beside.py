"""What takes long is done in a thread that gives way; the rest is not."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import httpx
import pytest

from apiserver import beside, call
from apiserver.app import APIServer
from apiserver.auth.errors import StatusError, bad_request
from apiserver.auth.setup import AuthSettings
from apiserver.negotiation import Output
from apiserver.registry.core.config_maps import STRATEGY
from apiserver.rest import owner_references
from apiserver.storage.sqlite import SQLiteStore


async def test_only_what_is_large_goes_to_a_thread() -> None:
    here = threading.current_thread().name
    assert await beside.run_if(False, lambda: threading.current_thread().name) == here
    assert (await beside.run_if(True, lambda: threading.current_thread().name)).startswith("beside")


async def test_large_answers_in_yaml_are_written_beside_the_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    encoded = call.encoded

    def noting(output: Output, body: bytes) -> tuple[bytes, bytes]:
        seen.append(threading.current_thread().name)
        return encoded(output, body)

    monkeypatch.setattr(call, "encoded", noting)
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        path = "/api/v1/namespaces/default/configmaps"
        for name, data in (("small", {}), ("large", {f"k{n}": "v" * 100 for n in range(1000)})):
            await client.post(path, json={"metadata": {"name": name}, "data": data})
            answer = await client.get(f"{path}/{name}", headers={"accept": "application/yaml"})
            assert f"name: {name}" in answer.text
    await server.stop()
    assert [name.startswith("beside") for name in seen] == [False, True]


async def test_what_goes_wrong_is_told_and_threads_give_way_only_meanwhile() -> None:
    usual = sys.getswitchinterval()
    begun, go = threading.Event(), threading.Event()

    def fail() -> float:
        begun.set()
        go.wait(5)
        raise bad_request(str(sys.getswitchinterval() < usual))

    working = asyncio.create_task(beside.run(fail))
    await asyncio.to_thread(begun.wait, 5)
    # Nobody waits for it any more: it goes on, and so does giving way.
    other = asyncio.create_task(beside.run(lambda: go.wait(5)))
    other.cancel()
    go.set()
    with pytest.raises(StatusError, match="True"):
        await working
    async with asyncio.timeout(30):
        while sys.getswitchinterval() != usual:
            await asyncio.sleep(0.01)


async def test_large_objects_are_judged_beside_the_loop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def note(*_: object) -> None:
        seen.append(threading.current_thread().name)

    for name in ("apiserver.rest.create.without_duplicates", "apiserver.rest.update.without_duplicates"):
        monkeypatch.setattr(name, note)
    for name in ("validate", "validate_update"):
        judge = getattr(STRATEGY, name)
        monkeypatch.setattr(STRATEGY, name, lambda *given, judge=judge: (note(), judge(*given))[1])
    server = APIServer(await SQLiteStore.open(str(tmp_path / "db")), AuthSettings())
    await server.start()
    maps = "/api/v1/namespaces/default/configmaps"
    merge = {"content-type": "application/merge-patch+json"}
    try:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as api:
            for size, beside_loop in ((10, False), (200_000, True)):
                seen.clear()
                body = {"metadata": {"name": f"m{size}"}, "data": {"k": "x" * size}}
                assert (await api.post(maps, json=body)).status_code == 201
                assert (await api.patch(f"{maps}/m{size}", json={"data": {"n": "1"}}, headers=merge)).status_code == 200
                assert [name.startswith("beside") for name in seen] == [beside_loop] * 4
    finally:
        await server.stop()


def test_many_owners_are_told_apart_quickly() -> None:
    from types import SimpleNamespace

    from minik8s.api.core_v1 import ConfigMap
    from minik8s.api.object_meta import ObjectMeta, OwnerReference

    owners = [OwnerReference(api_version="v1", kind="Pod", name=f"p{n}", uid=f"u{n % 40_000}") for n in range(40_001)]
    owners[-1] = owners[0]
    call = SimpleNamespace(info=SimpleNamespace(verb="create"), warnings=[])
    obj = ConfigMap(metadata=ObjectMeta(owner_references=owners))
    owner_references.without_duplicates(call, obj)  # type: ignore[arg-type]
    assert len(obj.metadata.owner_references) == 40_000
    assert call.warnings[0].endswith("duplicate UID(s) observed: u0")
