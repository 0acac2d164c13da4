"""Which client certificates are good: a bundle of authorities, and what it has verified already."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from apiserver.auth.protocols import AuthenticationError

_UID = ObjectIdentifier("1.3.6.1.4.1.57683.2")
_REMEMBERED = 4096


class AuthorityFileError(Exception):
    """A file of certificate authorities cannot be read or holds none."""


class ClientCertificate(NamedTuple):
    """A verified certificate's subject; valid from and until are seconds since 1970, over its whole chain."""

    common_name: str
    organizations: tuple[str, ...]
    uid: str
    fingerprint: str
    valid_from: float
    valid_until: float


def _is_authority(policy: object, certificate: x509.Certificate, extension: x509.BasicConstraints) -> None:
    if not extension.ca:
        raise ValueError("an issuer in the chain is no certificate authority")


def _is_for_clients(policy: object, certificate: x509.Certificate, extension: x509.ExtendedKeyUsage | None) -> None:
    if extension is None:
        return
    if ExtendedKeyUsageOID.CLIENT_AUTH not in extension and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in extension:
        raise ValueError("certificate specifies an incompatible key usage")


_ISSUERS = verification.ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, verification.Criticality.AGNOSTIC, _is_authority
)
_CLIENTS = verification.ExtensionPolicy.permit_all().may_be_present(
    x509.ExtendedKeyUsage, verification.Criticality.AGNOSTIC, _is_for_clients
)


def load_authorities(path: str) -> list[x509.Certificate]:
    """The certificates in a PEM file. Raises AuthorityFileError."""
    try:
        return x509.load_pem_x509_certificates(Path(path).read_bytes())
    except OSError as error:
        raise AuthorityFileError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise AuthorityFileError(f"{path} holds no certificate in PEM form") from error


class Authorities:
    """A bundle that client certificates are verified against; each certificate costs its signatures once."""

    def __init__(self, certificates: Sequence[x509.Certificate]) -> None:
        self._known: dict[tuple[bytes, ...], ClientCertificate | str] = {}
        self._store = verification.Store(list(certificates)) if certificates else None

    def replace(self, certificates: Sequence[x509.Certificate]) -> None:
        """Trust these instead from now on."""
        self._store = verification.Store(list(certificates)) if certificates else None
        self._known.clear()

    def verify(self, chain: tuple[bytes, ...], now: float) -> ClientCertificate:
        """The leaf of a chain in DER form. Raises AuthenticationError unless the bundle signed it and it is valid."""
        found = self._known.get(chain)
        if found is None:
            found = self._verify(chain, now)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            # A chain that is not valid at this moment may be later: only good ones are remembered.
            if isinstance(found, ClientCertificate):
                self._known[chain] = found
        if isinstance(found, str):
            raise AuthenticationError(found)
        if not found.valid_from <= now <= found.valid_until:
            raise AuthenticationError(f"certificate of {found.common_name!r} has expired or is not yet valid")
        return found

    def _verify(self, chain: tuple[bytes, ...], now: float) -> ClientCertificate | str:
        if self._store is None:
            return "no authority is trusted"
        try:
            leaf, *intermediates = (x509.load_der_x509_certificate(der) for der in chain)
            verifier = (
                verification.PolicyBuilder()
                .store(self._store)
                .time(datetime.fromtimestamp(now, UTC).replace(tzinfo=None))
                .extension_policies(ca_policy=_ISSUERS, ee_policy=_CLIENTS)
                .build_client_verifier()
            )
            verified = verifier.verify(leaf, intermediates)
        except (verification.VerificationError, ValueError) as error:
            return f"verifying certificate failed: {error}"
        return _subject(leaf, verified.chain)


def _subject(leaf: x509.Certificate, chain: Sequence[x509.Certificate]) -> ClientCertificate | str:
    subject = leaf.subject
    names = subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    uids = [str(attribute.value) for attribute in subject.get_attributes_for_oid(_UID)]
    if len(uids) > 1:
        return f"expected 1 UID, but found multiple: {uids}"
    if uids == [""]:
        return "UID cannot be an empty string"
    return ClientCertificate(
        common_name=str(names[-1].value) if names else "",
        organizations=tuple(
            str(attribute.value) for attribute in subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        ),
        uid=uids[0] if uids else "",
        fingerprint=hashlib.sha256(leaf.public_bytes(Encoding.DER)).hexdigest(),
        valid_from=max(certificate.not_valid_before_utc.timestamp() for certificate in chain),
        valid_until=min(certificate.not_valid_after_utc.timestamp() for certificate in chain),
    )
