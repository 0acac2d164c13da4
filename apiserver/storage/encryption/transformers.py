"""The ways of encrypting one value, with Kubernetes' envelopes: `k8s:enc:<algorithm>:v1:<key's name>:` in front.

`key` is the object's key in the store; the authenticated ciphers bind a value to it, so that it cannot be moved.
"""

from __future__ import annotations

import os
from typing import Protocol

from apiserver.storage.encryption.config import Key
from apiserver.storage.store import StoreError

MARK = b"k8s:enc:"
_BLOCK = 16
_NONCE = 12


class Undecryptable(StoreError):
    """A stored value cannot be read with the keys there are."""


class Transformer(Protocol):
    """One provider with one key; values it wrote begin with `prefix`."""

    prefix: bytes

    def encrypt(self, key: str, value: bytes) -> bytes:
        """The value as it is stored."""
        ...

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """The value. Raises Undecryptable."""
        ...


class Identity:
    """Values as they are."""

    prefix = b""

    def encrypt(self, key: str, value: bytes) -> bytes:
        """Unchanged."""
        return value

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """Unchanged, unless another provider wrote it. Raises Undecryptable."""
        if stored.startswith(MARK):
            raise Undecryptable("no matching prefix found")
        return stored


class AESCBC:
    """AES in CBC mode with PKCS #7 padding."""

    def __init__(self, key: Key) -> None:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES

        self.prefix = b"k8s:enc:aescbc:v1:%b:" % key.name.encode()
        self._cipher = AES(key.secret)

    def encrypt(self, key: str, value: bytes) -> bytes:
        """See Transformer."""
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        vector = os.urandom(_BLOCK)
        padding = _BLOCK - len(value) % _BLOCK
        cipher = Cipher(self._cipher, modes.CBC(vector)).encryptor()
        return self.prefix + vector + cipher.update(value + bytes([padding]) * padding) + cipher.finalize()

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """See Transformer."""
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        start = len(self.prefix)
        vector, body = stored[start : start + _BLOCK], stored[start + _BLOCK :]
        if len(vector) < _BLOCK or not body or len(body) % _BLOCK:
            raise Undecryptable("the stored data is not a multiple of the block size")
        cipher = Cipher(self._cipher, modes.CBC(vector)).decryptor()
        padded = cipher.update(body) + cipher.finalize()
        padding = padded[-1]
        if not 0 < padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
            raise Undecryptable("invalid padding on input")
        return padded[:-padding]


class AESGCM:
    """AES in GCM mode with random nonces; `info` stands in front of the nonce where keys are derived from a seed."""

    def __init__(self, prefix: bytes, secret: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers import aead

        self.prefix = prefix
        self._cipher = aead.AESGCM(secret)

    @classmethod
    def of(cls, key: Key) -> AESGCM:
        """The provider of that name."""
        return cls(b"k8s:enc:aesgcm:v1:%b:" % key.name.encode(), key.secret)

    def encrypt(self, key: str, value: bytes) -> bytes:
        """See Transformer."""
        nonce = os.urandom(_NONCE)
        return self.prefix + nonce + self._cipher.encrypt(nonce, value, key.encode())

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """See Transformer."""
        from cryptography.exceptions import InvalidTag

        start = len(self.prefix)
        try:
            return self._cipher.decrypt(stored[start : start + _NONCE], stored[start + _NONCE :], key.encode())
        except (InvalidTag, ValueError):
            raise Undecryptable("cipher: message authentication failed") from None


class SecretBox:
    """XSalsa20 and Poly1305, as NaCl's secretbox has them."""

    def __init__(self, key: Key) -> None:
        from nacl.secret import SecretBox as Box

        self.prefix = b"k8s:enc:secretbox:v1:%b:" % key.name.encode()
        self._box = Box(key.secret)

    def encrypt(self, key: str, value: bytes) -> bytes:
        """See Transformer."""
        return self.prefix + bytes(self._box.encrypt(value))

    def decrypt(self, key: str, stored: bytes) -> bytes:
        """See Transformer."""
        from nacl.exceptions import CryptoError

        try:
            return self._box.decrypt(stored[len(self.prefix) :])
        except (CryptoError, ValueError):
            raise Undecryptable("the message cannot be authenticated with this key") from None
