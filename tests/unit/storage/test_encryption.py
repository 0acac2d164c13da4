"""Encryption at rest: Kubernetes' envelopes, which resources, rotation of keys, and a key management plugin."""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
import yaml

from apiserver.storage.encryption import kms
from apiserver.storage.encryption.config import load
from apiserver.storage.encryption.store import EncryptedStore
from apiserver.storage.encryption.transformers import Undecryptable
from apiserver.storage.sqlite import SQLiteStore
from apiserver.storage.store import RevisionConflict, StoreError
from minik8s.testing.fake_clock import FakeClock

SECRET = "/registry/secrets/default/s"
KEY = bytes(range(32))


def keys(*named: str) -> dict[str, Any]:
    return {"keys": [{"name": n, "secret": base64.b64encode(n.encode().ljust(32, b"\0")).decode()} for n in named]}


def write_config(path: Path, *entries: tuple[list[str], list[dict[str, Any]]]) -> str:
    document = {
        "apiVersion": "apiserver.config.k8s.io/v1",
        "kind": "EncryptionConfiguration",
        "resources": [{"resources": resources, "providers": providers} for resources, providers in entries],
    }
    path.write_text(yaml.safe_dump(document))
    return str(path)


@pytest.fixture
async def inner(tmp_path: Path) -> AsyncIterator[SQLiteStore]:
    store = await SQLiteStore.open(str(tmp_path / "db"))
    yield store
    await store.close()


async def encrypted(inner: SQLiteStore, path: str) -> EncryptedStore:
    return await EncryptedStore.open(inner, path, "/registry", FakeClock(), reload=False)


@pytest.mark.parametrize("provider", ["aescbc", "aesgcm", "secretbox"])
async def test_values_are_stored_encrypted_and_read_plain(inner: SQLiteStore, tmp_path: Path, provider: str) -> None:
    store = await encrypted(inner, write_config(tmp_path / "c", (["secrets"], [{provider: keys("k1")}])))
    start = await store.revision()
    made = await store.create(SECRET, b"hush" * 5)
    other = await store.create("/registry/configmaps/default/c", b"open")
    raw = await inner.get(SECRET)
    assert raw is not None and raw.value.startswith(f"k8s:enc:{provider}:v1:k1:".encode()) and b"hush" not in raw.value
    found = await store.get(SECRET)
    assert found is not None and found.value == b"hush" * 5
    plain = await inner.get("/registry/configmaps/default/c")
    assert plain is not None and plain.value == b"open"
    assert [i.value for i in (await store.range("/registry/")).items] == [b"open", b"hush" * 5]
    with pytest.raises(RevisionConflict) as met:
        await store.update(SECRET, b"x", other)
    assert met.value.current is not None and met.value.current.value == b"hush" * 5
    await store.update(SECRET, b"", made)
    seen = []
    async for batch in store.watch(SECRET, start):
        seen += [c.value for c in batch]
        break
    assert seen == [b"hush" * 5, b""]


async def test_a_value_is_bound_to_its_key(inner: SQLiteStore, tmp_path: Path) -> None:
    store = await encrypted(inner, write_config(tmp_path / "c", (["secrets"], [{"aesgcm": keys("k1")}])))
    await store.create(SECRET, b"hush")
    raw = await inner.get(SECRET)
    assert raw is not None
    await inner.create("/registry/secrets/default/moved", raw.value)
    with pytest.raises(Undecryptable, match="authentication failed"):
        await store.get("/registry/secrets/default/moved")


@pytest.mark.skipif(not shutil.which("openssl"), reason="no openssl")
async def test_aescbc_is_what_openssl_reads(inner: SQLiteStore, tmp_path: Path) -> None:
    store = await encrypted(inner, write_config(tmp_path / "c", (["secrets"], [{"aescbc": keys("k1")}])))
    await store.create(SECRET, b"sixteen bytes ..")
    raw = await inner.get(SECRET)
    assert raw is not None
    body = raw.value.removeprefix(b"k8s:enc:aescbc:v1:k1:")
    argv = ["openssl", "enc", "-d", "-aes-256-cbc", "-K", b"k1".ljust(32, b"\0").hex(), "-iv", body[:16].hex()]
    assert subprocess.run(argv, input=body[16:], capture_output=True, check=True).stdout == b"sixteen bytes .."


async def test_keys_rotate_while_running(inner: SQLiteStore, tmp_path: Path) -> None:
    path = tmp_path / "c"
    store = await encrypted(inner, write_config(path, (["secrets"], [{"identity": {}}])))
    made = await store.create(SECRET, b"hush")
    write_config(path, (["secrets"], [{"aescbc": keys("new", "old")}, {"identity": {}}]))
    await store.reload()
    found = await store.get(SECRET)
    assert found is not None and found.value == b"hush" and store.stale(SECRET)
    made = await store.update(SECRET, b"hush", made)
    assert (await store.get(SECRET)) is not None and not store.stale(SECRET)
    write_config(path, (["secrets"], [{"aescbc": keys("newest", "new")}]))
    await store.reload()
    await store.get(SECRET)
    assert store.stale(SECRET)
    await store.update(SECRET, b"hush", made)
    raw = await inner.get(SECRET)
    assert raw is not None and raw.value.startswith(b"k8s:enc:aescbc:v1:newest:")
    path.write_text("apiVersion: wrong")
    await store.reload()
    assert (await store.get(SECRET)) is not None
    write_config(path, (["secrets"], [{"identity": {}}]))
    await store.reload()
    with pytest.raises(Undecryptable, match="no matching prefix found"):
        await store.get(SECRET)
    # A list, and thus the start of a server, goes on without it.
    assert (await store.range("/registry/")).items[0].value.startswith(b"k8s:enc:")


def test_the_first_entry_that_names_a_resource_counts(tmp_path: Path) -> None:
    box: list[dict[str, Any]] = [{"identity": {}}]
    path = write_config(
        tmp_path / "c",
        (["secrets", "widgets.example.com"], box),
        (["*."], box),
        (["*.apps"], box),
        (["*.*"], box),
    )
    config, _ = load(path)
    asked = [("", "secrets"), ("example.com", "widgets"), ("", "pods"), ("apps", "deployments"), ("batch", "jobs")]
    assert [config.entry_for(*each) for each in asked] == [0, 0, 1, 2, 3]


@pytest.mark.parametrize(
    ("entry", "wrong"),
    [
        ((["secrets"], [{"aescbc": {"keys": [{"name": "a", "secret": "YWJj"}]}}]), "secret is 3 bytes, expected 16"),
        ((["secrets"], [{"aescbc": {"keys": [{"name": "a", "secret": "?"}]}}]), "secret must be base64 encoded"),
        ((["secrets"], [{"aescbc": keys("a"), "identity": {}}]), "exactly one provider"),
        ((["*"], [{"identity": {}}]), "use '\\*.'"),
        ((["*.", "secrets"], [{"identity": {}}]), "masked by the earlier '\\*.'"),
        ((["secrets"], [{"rot13": {}}]), "rot13: Extra inputs"),
        ((["secrets"], [{"kms": {"apiVersion": "v2", "name": "k", "endpoint": "tcp://x"}}]), "must be a unix socket"),
    ],
)
def test_a_wrong_configuration_is_told_without_keys(tmp_path: Path, entry: Any, wrong: str) -> None:
    with pytest.raises(StoreError, match=wrong) as met:
        load(write_config(tmp_path / "c", entry))
    assert "YWJj" not in str(met.value)


class Plugin:
    """A key management plugin that "encrypts" by reversing."""

    def __init__(self) -> None:
        self.key_id, self.asked, self.healthz = "one", list[str](), "ok"

    async def serve(self, socket: str) -> grpc.aio.Server:
        server = grpc.aio.server()

        async def status(request: Any, context: Any) -> Any:
            return kms.StatusResponse(version="v2", healthz=self.healthz, key_id=self.key_id)

        async def encrypt(request: Any, context: Any) -> Any:
            self.asked.append("encrypt")
            return kms.EncryptResponse(
                ciphertext=request.plaintext[::-1],
                key_id=self.key_id,
                annotations=[{"key": "a.example", "value": b"1"}],
            )

        async def decrypt(request: Any, context: Any) -> Any:
            self.asked.append("decrypt")
            assert request.annotations[0].value == b"1"
            return kms.DecryptResponse(plaintext=request.ciphertext[::-1])

        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                handler, request_deserializer=request.FromString, response_serializer=response.SerializeToString
            )
            for name, handler, request, response in (
                ("Status", status, kms.StatusRequest, kms.StatusResponse),
                ("Encrypt", encrypt, kms.EncryptRequest, kms.EncryptResponse),
                ("Decrypt", decrypt, kms.DecryptRequest, kms.DecryptResponse),
            )
        }
        server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("v2.KeyManagementService", handlers),)
        )  # fmt: skip
        server.add_insecure_port(f"unix:{socket}")
        await server.start()
        return server


async def test_kms_v2_guards_a_seed(inner: SQLiteStore, tmp_path: Path) -> None:
    plugin, socket = Plugin(), str(tmp_path / "kms.sock")
    server = await plugin.serve(socket)
    provider = {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": f"unix://{socket}", "timeout": "2s"}}
    path = write_config(tmp_path / "c", (["secrets"], [provider]))
    clock = FakeClock()
    store = await EncryptedStore.open(inner, path, "/registry", clock, reload=False)
    try:
        for n in range(5):
            await store.create(f"{SECRET}{n}", b"hush")
        raw = await inner.get(f"{SECRET}0")
        assert raw is not None and raw.value.startswith(b"k8s:enc:kms:v2:vault:") and b"hush" not in raw.value
        assert plugin.asked == ["encrypt"]
        # Another server asks once for all values of one seed.
        second = await EncryptedStore.open(inner, path, "/registry", clock, reload=False)
        assert {i.value for i in (await second.range("/registry/secrets/")).items} == {b"hush"}
        assert plugin.asked == ["encrypt", "encrypt", "decrypt"]
        assert not second.stale(f"{SECRET}0")
        plugin.key_id = "two"
        await clock.advance(61)
        async with asyncio.timeout(30):
            while plugin.asked.count("encrypt") < 4:
                await asyncio.sleep(0.01)
        await second.get(f"{SECRET}0")
        assert second.stale(f"{SECRET}0")
        await second._protection.close()
    finally:
        await store._protection.close()
        await server.stop(None)


async def test_a_sick_plugin_stops_the_start(inner: SQLiteStore, tmp_path: Path) -> None:
    plugin, socket = Plugin(), str(tmp_path / "kms.sock")
    plugin.healthz = "the vault is sealed"
    server = await plugin.serve(socket)
    provider = {"kms": {"apiVersion": "v2", "name": "vault", "endpoint": f"unix://{socket}"}}
    with pytest.raises(StoreError, match="kms plugin vault: got unexpected healthz status: the vault is sealed"):
        await encrypted(inner, write_config(tmp_path / "c", (["secrets"], [provider])))
    await server.stop(None)
