"""A key is rotated through the API: an update that changes nothing writes what lies in an old form."""

from __future__ import annotations

from pathlib import Path

import httpx
import yaml

from apiserver.app import APIServer
from apiserver.auth.setup import AuthSettings
from apiserver.storage.encryption.store import EncryptedStore
from apiserver.storage.setup import StorageSettings, open_store

SECRETS = "/api/v1/namespaces/default/secrets"


def configure(path: Path, *names: str) -> None:
    keys = [{"name": name, "secret": "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="} for name in names]
    providers = [{"aescbc": {"keys": keys}}, {"identity": {}}] if names else [{"identity": {}}]
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": ["secrets"], "providers": providers}],
    }
    path.write_text(yaml.safe_dump(document))


async def test_keys_rotate_through_the_api(tmp_path: Path) -> None:
    config, database = tmp_path / "config.yaml", tmp_path / "db"
    configure(config)
    store = await open_store(StorageSettings(sqlite_path=str(database), encryption_config=str(config)))
    assert isinstance(store, EncryptedStore)
    server = APIServer(store, AuthSettings())
    await server.start()

    async def stored() -> bytes:
        found = await store.inner.get("/registry/secrets/default/s")
        assert found is not None
        return found.value

    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        made = await client.post(SECRETS, json={"metadata": {"name": "s"}, "stringData": {"a": "hush"}})
        assert made.status_code == 201, made.text
        assert b"aHVzaA==" in await stored()
        same = (await client.put(f"{SECRETS}/s", json=made.json())).json()
        assert same["metadata"]["resourceVersion"] == made.json()["metadata"]["resourceVersion"]
        for names in (("one",), ("two", "one"), ("two",)):
            configure(config, *names)
            await store.reload()
            read = (await client.get(f"{SECRETS}/s")).json()
            assert read["data"] == {"a": "aHVzaA=="}
            await client.put(f"{SECRETS}/s", json=read)
            assert (await stored()).startswith(f"k8s:enc:aescbc:v1:{names[0]}:".encode())
    await server.stop()
    # And from the start, with the file alone.
    again = APIServer(
        await open_store(StorageSettings(sqlite_path=str(database), encryption_config=str(config))), AuthSettings()
    )
    await again.start()
    async with httpx.AsyncClient(transport=httpx.ASGITransport(again), base_url="http://api") as client:
        assert (await client.get(f"{SECRETS}/s")).json()["data"] == {"a": "aHVzaA=="}
    await again.stop()
