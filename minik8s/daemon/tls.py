"""The serving side of TLS: certificate files that may be renewed under a running daemon, and who the client is."""

from __future__ import annotations

import dataclasses
import os
import ssl
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


class TLSFileError(OSError):
    """A certificate or key file cannot be served with; the text names the file and what is wrong with it."""


@dataclasses.dataclass(frozen=True, slots=True)
class TLSFiles:
    """`--tls-cert-file`, `--tls-private-key-file` and `--client-ca-file` of a daemon.

    Certificates that `proxy_ca_file` signed (`--requestheader-client-ca-file`) are let in too; what they are good for
    is for the daemon to judge.
    """

    cert_file: str
    key_file: str
    client_ca_file: str = ""
    proxy_ca_file: str = ""

    def context(self, alpn: Sequence[str] = ("http/1.1",)) -> ssl.SSLContext:
        """A serving context; client certificates are asked for when there is a CA to judge them by.

        Raises TLSFileError.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(list(alpn))
        self.reload(context)
        if self._authorities:
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

    def reload(self, context: ssl.SSLContext) -> None:
        """Have new connections served with what the files hold now. Raises TLSFileError."""
        for file in (self.cert_file, self.key_file, *self._authorities):
            _readable(file)
        cert, key = self.cert_file, self.key_file
        try:
            context.load_cert_chain(cert, key)
        except ssl.SSLError as error:
            if error.reason == "KEY_VALUES_MISMATCH":
                raise TLSFileError(f"the key in {key} is not that of the certificate in {cert}") from None
            raise TLSFileError(f"{cert} and {key} are no certificate and key in PEM form") from None
        for authorities in self._authorities:
            try:
                context.load_verify_locations(cafile=authorities)
            except ssl.SSLError:
                raise TLSFileError(f"{authorities} holds no certificate in PEM form") from None

    def state(self) -> tuple[int, ...]:
        """Changes when one of the files does."""
        return tuple(_mtime(f) for f in (self.cert_file, self.key_file, *self._authorities) if f)

    @property
    def _authorities(self) -> tuple[str, ...]:
        return tuple(file for file in (self.client_ca_file, self.proxy_ca_file) if file)


@dataclasses.dataclass(frozen=True, slots=True)
class User:
    """Who asks, as Kubernetes' authentication names it."""

    name: str
    groups: tuple[str, ...] = ()
    uid: str = ""
    extra: tuple[tuple[str, tuple[str, ...]], ...] = ()


ANONYMOUS = User("system:anonymous", ("system:unauthenticated",))


def user_of_certificate(peer: Mapping[str, Any] | None) -> User | None:
    """The user a verified client certificate names (`ssl`'s getpeercert form): common name and organizations."""
    if not peer:
        return None
    pairs = [pair for part in peer.get("subject", ()) for pair in part]
    name = next((value for key, value in pairs if key == "commonName"), "")
    groups = tuple(value for key, value in pairs if key == "organizationName")
    return User(name, (*groups, "system:authenticated")) if name else None


def self_signed(folder: str, name: str, hosts: Sequence[str]) -> TLSFiles:
    """`NAME.crt` and `NAME.key` in a folder, made when missing: what daemons serve with when given no certificate."""
    from minik8s.pki import expires_soon, write_self_signed

    cert, key = Path(folder) / f"{name}.crt", Path(folder) / f"{name}.key"
    if not cert.exists() or not key.exists() or expires_soon(cert):
        write_self_signed(cert, key, name, hosts)
    return TLSFiles(str(cert), str(key))


def serving(name: str, cert_file: str, key_file: str, client_ca_file: str) -> TLSFiles:
    """What a daemon of that name serves with: the certificate it is given, else one of its own in the temporary folder.

    Clients are known by certificates of `client_ca_file` either way.
    """
    import socket
    from tempfile import gettempdir

    if cert_file:
        return TLSFiles(cert_file, key_file, client_ca_file)
    folder = Path(gettempdir()) / f"minik8s-{name}-{os.getuid()}"
    made = self_signed(str(folder), name, [socket.gethostname(), "localhost", "127.0.0.1"])
    return TLSFiles(made.cert_file, made.key_file, client_ca_file)


def _readable(path: str) -> None:
    # OpenSSL's own errors do not name the file.
    try:
        with open(path, "rb"):
            pass
    except OSError as error:
        raise TLSFileError(f"cannot read {path}: {error.strerror}") from None


def _mtime(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return -1
