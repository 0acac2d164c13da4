"""The files that flags name are looked at before anything runs: later, only a controller's log would tell of them."""

from __future__ import annotations

from pathlib import Path

from controllers.options import Options
from minik8s.daemon.run import Fatal

_CERTIFICATE, _KEY = b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----"


def check(options: Options) -> None:
    """Raises Fatal that names the flag of a file that cannot be read or holds something else.

    It is read in full where it is used; reading keys here would cost each start the libraries for that.
    """
    _holds("--root-ca-file", options.root_ca_file, _CERTIFICATE)
    _holds("--service-account-private-key-file", options.service_account_private_key_file, _KEY)
    _holds("--cluster-signing-cert-file", options.cluster_signing_cert_file, _CERTIFICATE)
    _holds("--cluster-signing-key-file", options.cluster_signing_key_file, _KEY)


def _holds(flag: str, path: str, mark: bytes) -> None:
    if not path:
        return
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise Fatal(f"{flag}: cannot read {path}: {error.strerror}") from None
    if mark not in content:
        what = "certificate" if mark == _CERTIFICATE else "private key"
        raise Fatal(f"{flag}: {path} holds no {what} in PEM form")
