"""The authorities' keys on their way to a further machine of the control plane: a Secret, sealed with a key of its own.

The Secret lasts as long as the token that owns it: two hours.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cluster import addons
from cluster.addons import rule
from cluster.machines import tokens
from cluster.machines.objects import role_with
from cluster.machines.places import Places
from cluster.machines.tokens import DEFAULT_GROUP
from cluster.options import ClusterError
from minik8s import pki
from minik8s.api.core_v1 import Secret
from minik8s.api.object_meta import ObjectMeta, OwnerReference
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, NotFound

NAME, NAMESPACE = "kubeadm-certs", "kube-system"
HOURS = 2
_FILES = ("ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.pub", "sa.key")
_ETCD = ("etcd/ca.crt", "etcd/ca.key")
_NONCE = 12


def new_key() -> str:
    """A certificate key: 32 bytes in hex."""
    return os.urandom(32).hex()


def key_bytes(text: str) -> bytes:
    """A certificate key's bytes. Raises ClusterError."""
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if len(found) != 32:
        raise ClusterError("certificateKey: Invalid value: the certificate key is 32 bytes in hex (64 digits)")
    return found


def seal(data: bytes, key: bytes) -> bytes:
    """Encrypt with AES-GCM; the nonce comes first."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, None)


def unseal(data: bytes, key: bytes) -> bytes:
    """Decrypt. Raises ClusterError."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], None)
    except (InvalidTag, ValueError):
        raise ClusterError(
            "error decoding secret data with provided key: --certificate-key is not the key it was sealed with"
        ) from None


def needed(local_etcd: bool) -> tuple[str, ...]:
    """What a machine of the control plane cannot make by itself, below the folder of certificates."""
    return _FILES + (_ETCD if local_etcd else ())


async def upload(client: ApiClient, places: Places, local_etcd: bool, key: str) -> None:
    """Put this machine's authorities into the cluster, sealed. Raises ApiError, OSError."""
    secret_key = key_bytes(key)
    token = tokens.make(
        "", datetime.now(UTC), HOURS * 3600.0, "Proxy for managing TTL for the kubeadm-certs secret", groups=()
    )
    owner = await client.create(tokens.to_secret(token))
    data = {name.replace("/", "-"): seal((places.pki / name).read_bytes(), secret_key) for name in needed(local_etcd)}
    reference = OwnerReference(
        api_version="v1",
        kind="Secret",
        name=owner.metadata.name,
        uid=owner.metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )
    meta = ObjectMeta(name=NAME, namespace=NAMESPACE, owner_references=[reference])
    try:
        await client.create(Secret(metadata=meta, data=data))
    except AlreadyExists:
        held = await client.get(Secret, NAME, NAMESPACE)
        held.data, held.metadata.owner_references = data, [reference]
        # Another machine may upload the same at this moment: the last key given out is the one that opens it.
        held.metadata.resource_version = ""
        await client.update(held)
    reading = {**rule(["secrets"], verbs=["get"]), "resourceNames": [NAME]}
    subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": DEFAULT_GROUP}
    await addons.apply(client, role_with("kubeadm:kubeadm-certs", NAMESPACE, [reading], [subject]))


async def download(client: ApiClient, local_etcd: bool, key: str) -> dict[str, bytes]:
    """What `upload` put there, by path. Raises ClusterError, ApiError."""
    secret_key = key_bytes(key)
    try:
        held = await client.get(Secret, NAME, NAMESPACE)
    except NotFound:
        raise ClusterError(
            f'Secret "{NAME}" was not found in the "{NAMESPACE}" Namespace. This Secret might have expired. Please, '
            "run `minik8s certs upload` on a control plane to generate a new one"
        ) from None
    found = {}
    for name in needed(local_etcd):
        sealed = held.data.get(name.replace("/", "-"), b"")
        if not sealed:
            raise ClusterError(f"the Secret does not include the required certificate or key - name: {name}")
        found[name] = unseal(sealed, secret_key)
    return found


def write(places: Places, files: Mapping[str, bytes]) -> None:
    """Put the authorities in place."""
    for name, content in files.items():
        pki.write(places.pki / name, content, 0o600 if name.endswith(".key") else 0o644)


def missing(places: Places, local_etcd: bool) -> list[Path]:
    """What a machine lacks to be one of the control plane without a download."""
    return [places.pki / name for name in needed(local_etcd) if not (places.pki / name).exists()]
