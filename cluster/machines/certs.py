"""`certs`: when the certificates of a control plane run out, and making new ones."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

from cluster.machines import keys
from cluster.machines.places import Places
from cluster.options import ClusterError
from minik8s import pki
from minik8s.client import kubeconfig
from minik8s.pki import KeyPair

AUTHORITIES = ("ca", "etcd/ca", "front-proxy-ca")
HEAD = ["CERTIFICATE", "EXPIRES", "RESIDUAL TIME", "CERTIFICATE AUTHORITY", "EXTERNALLY MANAGED"]
AUTHORITY_HEAD = ["CERTIFICATE AUTHORITY", "EXPIRES", "RESIDUAL TIME", "EXTERNALLY MANAGED"]
_SIGNERS = {
    "apiserver": "ca",
    "apiserver-etcd-client": "etcd/ca",
    "apiserver-kubelet-client": "ca",
    "etcd/healthcheck-client": "etcd/ca",
    "etcd/peer": "etcd/ca",
    "etcd/server": "etcd/ca",
    "front-proxy-client": "front-proxy-ca",
}
_CONFS = tuple(sorted(keys.CLIENTS))


@dataclasses.dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of the machine; `path` is that of its file, or of the kubeconfig file it is in."""

    name: str
    path: Path
    expires: datetime
    authority: str


def found(places: Places) -> list[Certificate]:
    """The certificates that are there, by name. Raises ClusterError on a machine that is no control plane."""
    if not (places.pki / "ca.crt").exists() or not places.conf("admin").exists():
        raise ClusterError(
            f"{places.conf('admin')} and {places.pki / 'ca.crt'} are not there: this is no control plane"
        )
    listed = []
    for who in _CONFS:
        path = places.conf(who)
        if path.exists():
            listed.append(Certificate(f"{who}.conf", path, _expiry_inside(path), "ca"))
    for stem, signer in _SIGNERS.items():
        path = _file(places, stem)
        if path.exists():
            listed.append(Certificate(stem.replace("/", "-"), path, pki.expires(path), signer))
    return sorted(listed, key=lambda c: c.name)


def authorities(places: Places) -> list[Certificate]:
    """The authorities that are there."""
    files = {stem: _file(places, stem) for stem in AUTHORITIES}
    return [Certificate(s.replace("/", "-"), f, pki.expires(f), "") for s, f in files.items() if f.exists()]


def renew(places: Places, name: str) -> list[str]:
    """Make `name` (or "all") anew, with the same subject and hosts; returns the names made. Raises ClusterError."""
    there = {c.name: c for c in found(places)}
    if name != "all" and name not in there:
        raise ClusterError(f"no certificate {name!r}; there are: all, {', '.join(there)}")
    chosen = list(there.values()) if name == "all" else [there[name]]
    for one in chosen:
        signer = _authority(places, one.authority)
        if one.path.suffix == ".conf":
            _renew_conf(one.path, signer)
        else:
            old = pki.load_certificate(one.path)
            pki.write_pair(one.path, one.path.with_suffix(".key"), pki.issue(signer, _again(old)))
    return [one.name for one in chosen]


def _again(old: object) -> pki.Request:
    """What a certificate was for, to be asked for again."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    assert isinstance(old, x509.Certificate)
    common = [str(a.value) for a in old.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    groups = [str(a.value) for a in old.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    try:
        names = list(old.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except x509.ExtensionNotFound:
        names = []
    try:
        usages = set(old.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        usages = set()
    span = old.not_valid_after_utc - old.not_valid_before_utc
    return pki.Request(
        common[0] if common else "",
        tuple(groups),
        tuple(str(n.value) for n in names if isinstance(n, x509.DNSName | x509.IPAddress)),
        ExtendedKeyUsageOID.SERVER_AUTH in usages,
        ExtendedKeyUsageOID.CLIENT_AUTH in usages,
        max(1, span.days),
    )


def _renew_conf(path: Path, signer: KeyPair) -> None:
    import base64

    config = kubeconfig.read(path)
    user = config.users[0].user
    pair = pki.issue(signer, _again(_inside(path)))
    user.client_certificate_data = base64.b64encode(pair.cert_pem).decode()
    user.client_key_data = base64.b64encode(pair.key_pem).decode()
    kubeconfig.write_private(path, kubeconfig.encode(config))


def _inside(path: Path) -> object:
    from cryptography import x509

    data = kubeconfig.to_client_config(kubeconfig.read(path)).cert_data
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError:
        raise ClusterError(f"{path} holds no client certificate") from None


def _expiry_inside(path: Path) -> datetime:
    from cryptography import x509

    held = _inside(path)
    assert isinstance(held, x509.Certificate)
    return held.not_valid_after_utc


def _authority(places: Places, stem: str) -> KeyPair:
    cert = _file(places, stem)
    key = cert.with_suffix(".key")
    if not key.exists():
        raise ClusterError(f"{key} is not here: the certificates of this authority are managed externally")
    return pki.load(cert, key)


def _file(places: Places, stem: str) -> Path:
    return places.pki / f"{stem}.crt"


def rows(places: Places, now: datetime | None = None) -> tuple[list[list[str]], list[list[str]]]:
    """The tables of `certs check-expiration`: certificates, and authorities."""
    now = now or datetime.now(UTC)
    mine = [HEAD]
    for one in found(places):
        outside = "no" if _file(places, one.authority).with_suffix(".key").exists() else "yes"
        shown = one.authority.replace("/", "-")
        mine.append([one.name, _date(one.expires), _left(one.expires, now), shown, outside])
    theirs = [AUTHORITY_HEAD]
    for one in authorities(places):
        outside = "no" if one.path.with_suffix(".key").exists() else "yes"
        theirs.append([one.name, _date(one.expires), _left(one.expires, now), outside])
    return mine, theirs


def _date(when: datetime) -> str:
    return when.strftime("%b %d, %Y %H:%M UTC")


def _left(when: datetime, now: datetime) -> str:
    from cluster.machines.tokens import short_duration

    return short_duration((when - now).total_seconds())
