"""Envelope encryption with a KMS v2 plugin: the plugin guards a seed, from which each value's key comes.

The plugin is asked once for each seed; values are encrypted and decrypted here. Its status is asked every minute, and
a new seed made when it tells of a new key.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import uuid
from typing import Any

import grpc
import grpc.aio
import structlog

from apiserver.storage.encryption.config import KMS
from apiserver.storage.encryption.transformers import AESGCM, Undecryptable
from apiserver.storage.store import StoreError
from minik8s.clock import Clock
from minik8s.machinery.messages import classes

log = structlog.get_logger("apiserver.storage")

_class = classes(
    "minik8s.storage.kms",
    {
        "Entry": {"key": (1, "string"), "value": (2, "bytes")},
        "StatusRequest": {},
        "StatusResponse": {"version": (1, "string"), "healthz": (2, "string"), "key_id": (3, "string")},
        "DecryptRequest": {
            "ciphertext": (1, "bytes"),
            "uid": (2, "string"),
            "key_id": (3, "string"),
            "annotations": (4, "*Entry"),
        },
        "DecryptResponse": {"plaintext": (1, "bytes")},
        "EncryptRequest": {"plaintext": (1, "bytes"), "uid": (2, "string")},
        "EncryptResponse": {"ciphertext": (1, "bytes"), "key_id": (2, "string"), "annotations": (3, "*Entry")},
        "EncryptedObject": {
            "encryptedData": (1, "bytes"),
            "keyID": (2, "string"),
            "encryptedDEKSource": (3, "bytes"),
            "annotations": (4, "*Entry"),
            "encryptedDEKSourceType": (5, "int32"),
        },
    },
)
StatusRequest, StatusResponse = _class("StatusRequest"), _class("StatusResponse")
DecryptRequest, DecryptResponse = _class("DecryptRequest"), _class("DecryptResponse")
EncryptRequest, EncryptResponse = _class("EncryptRequest"), _class("EncryptResponse")
EncryptedObject = _class("EncryptedObject")

_PLAIN_KEY, _SEED = 0, 1
_INFO = 32
_HEALTHY_SECONDS, _SICK_SECONDS = 60.0, 10.0


class NeedsPlugin(Exception):
    """The plugin has to be asked before this value can be decrypted: await `KMSTransformer.learn` of it."""

    def __init__(self, transformer: KMSTransformer, stored: bytes) -> None:
        super().__init__("the key management plugin has to be asked")
        self.transformer = transformer
        self.stored = stored


class KMSTransformer:
    """See Transformer. `start` must have been awaited before anything is written."""

    def __init__(self, settings: KMS, clock: Clock) -> None:
        self.prefix = b"k8s:enc:kms:v2:%b:" % settings.name.encode()
        self.key_id = ""
        self._settings = settings
        self._clock = clock
        self._channel = grpc.aio.insecure_channel("unix:" + settings.endpoint.removeprefix("unix://"))
        self._seeds: dict[tuple[int, bytes], bytes] = {}
        self._template: Any = None
        self._seed = b""
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Make the first seed and keep watching the plugin. Raises StoreError."""
        await self._refresh()
        self._task = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching and hang up."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._channel.close(grace=None)

    def encrypt(self, key: str, value: bytes) -> bytes:
        """See Transformer."""
        if self._template is None:
            raise StoreError(f"kms plugin {self._settings.name}: there is no key to encrypt with yet")
        info = os.urandom(_INFO)
        data = info + AESGCM(b"", _derived(self._seed, info)).encrypt(key, value)
        written = EncryptedObject()
        written.CopyFrom(self._template)
        written.encryptedData = data
        return self.prefix + bytes(written.SerializeToString())

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """See Transformer. Raises NeedsPlugin as well."""
        written = self._parsed(stored)
        source = self._seeds.get((written.encryptedDEKSourceType, written.encryptedDEKSource))
        if source is None:
            raise NeedsPlugin(self, stored)
        data: bytes = written.encryptedData
        if written.encryptedDEKSourceType == _PLAIN_KEY:
            return AESGCM(b"", source).decrypt(key, data)
        return AESGCM(b"", _derived(source, data[:_INFO])).decrypt(key, data[_INFO:])

    def current(self, stored: bytes) -> bool:
        """Whether a value was written with the key the plugin uses today."""
        return bool(self._parsed(stored).keyID == self.key_id)

    async def learn(self, stored: bytes) -> None:
        """Have the plugin decrypt the seed of a value. Raises Undecryptable."""
        written = self._parsed(stored)
        request = DecryptRequest(
            ciphertext=written.encryptedDEKSource,
            uid=str(uuid.uuid4()),
            key_id=written.keyID,
            annotations=[dict(key=e.key, value=e.value) for e in written.annotations],
        )
        try:
            answer = await self._call("Decrypt", request, DecryptResponse)
        except StoreError as error:
            raise Undecryptable(str(error)) from None
        self._seeds[(written.encryptedDEKSourceType, written.encryptedDEKSource)] = answer.plaintext

    def _parsed(self, stored: bytes) -> Any:
        from google.protobuf.message import DecodeError

        try:
            return EncryptedObject.FromString(stored[len(self.prefix) :])
        except DecodeError:
            raise Undecryptable("the envelope is damaged") from None

    async def _refresh(self) -> None:
        status = await self._call("Status", StatusRequest(), StatusResponse)
        if status.healthz != "ok":
            raise StoreError(f"kms plugin {self._settings.name}: got unexpected healthz status: {status.healthz}")
        if status.version not in ("v2", "v2beta1"):
            raise StoreError(f"kms plugin {self._settings.name}: expected version v2, got {status.version!r}")
        if self._template is not None and status.key_id == self.key_id:
            return
        seed = os.urandom(32)
        request = EncryptRequest(plaintext=seed, uid=str(uuid.uuid4()))
        answer = await self._call("Encrypt", request, EncryptResponse)
        if not answer.ciphertext or not answer.key_id or len(answer.ciphertext) > 1024:
            raise StoreError(f"kms plugin {self._settings.name}: its answer to Encrypt cannot be used")
        self._template = EncryptedObject(
            keyID=answer.key_id,
            encryptedDEKSource=answer.ciphertext,
            encryptedDEKSourceType=_SEED,
            annotations=[dict(key=e.key, value=e.value) for e in answer.annotations],
        )
        self._seeds[(_SEED, answer.ciphertext)] = self._seed = seed
        self.key_id = answer.key_id

    async def _watch(self) -> None:
        pause = _HEALTHY_SECONDS
        while True:
            await self._clock.sleep(pause)
            try:
                await self._refresh()
                pause = _HEALTHY_SECONDS
            except StoreError as error:
                log.error("the key management plugin fails", plugin=self._settings.name, error=str(error))
                pause = _SICK_SECONDS

    async def _call(self, method: str, request: Any, response: Any) -> Any:
        call = self._channel.unary_unary(
            f"/v2.KeyManagementService/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        try:
            return await call(request, timeout=self._settings.timeout, wait_for_ready=True)
        except grpc.aio.AioRpcError as error:
            raise StoreError(
                f"kms plugin {self._settings.name} at {self._settings.endpoint}: {error.details()}"
            ) from None


def _derived(seed: bytes, info: bytes) -> bytes:
    """HKDF's expand step with SHA-256 for 32 bytes: one HMAC."""
    return hmac.new(seed, info + b"\x01", hashlib.sha256).digest()
