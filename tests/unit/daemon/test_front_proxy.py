from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from minik8s import pki
from minik8s.daemon.front_proxy import FrontProxies, FrontProxyError, HeaderNames
from minik8s.daemon.tls import TLSFiles, User


def peer(name: str, issuer: str) -> dict[str, Any]:
    return {"subject": ((("commonName", name),),), "issuer": ((("commonName", issuer),),)}


@pytest.fixture
def files(tmp_path: Path) -> TLSFiles:
    for stem in ("ca", "front"):
        pki.ensure_ca(tmp_path, stem, stem)
    return TLSFiles("", "", str(tmp_path / "ca.crt"), str(tmp_path / "front.crt"))


def test_whom_a_proxy_speaks_for(files: TLSFiles) -> None:
    proxies = FrontProxies(files, HeaderNames(allowed_names=("proxy",)))
    headers = {
        "x-remote-user": "ann",
        "X-Remote-Group": "devs",
        "X-Remote-Uid": "7",
        "X-Remote-Extra-Scopes%2fa": "read",
    }
    found = proxies.user(headers, peer("proxy", "front"))
    assert found == User("ann", ("devs", "system:authenticated"), "7", (("scopes/a", ("read",)),))
    assert proxies.user({}, peer("proxy", "front")) is None
    assert proxies.user(headers, peer("proxy", "ca")) is None and proxies.user(headers, None) is None
    with pytest.raises(FrontProxyError, match="cn=other is not in the allowed list"):
        proxies.user(headers, peer("other", "front"))
    assert FrontProxies(files).user(headers, peer("other", "front")) is not None


def test_whoever_is_named_is_authenticated(files: TLSFiles) -> None:
    proxies, proxy = FrontProxies(files), peer("proxy", "front")
    for name, groups, expected in (
        ("ann", "", ("system:authenticated",)),
        ("ann", "system:authenticated", ("system:authenticated",)),
        ("system:anonymous", "system:unauthenticated", ("system:unauthenticated",)),
        ("system:anonymous", "", ()),
    ):
        found = proxies.user({"X-Remote-User": name, "X-Remote-Group": groups}, proxy)
        assert found is not None and found.groups == expected


def test_clients_are_those_of_the_clients_authority(files: TLSFiles) -> None:
    proxies = FrontProxies(files)
    assert proxies.is_client(peer("bob", "ca"))
    assert not proxies.is_client(peer("bob", "front")) and not proxies.is_client(None)


def test_authorities_of_one_name_are_not_guessed_at(tmp_path: Path) -> None:
    for stem in ("ca", "front"):
        pki.ensure_ca(tmp_path, stem, "same")
    proxies = FrontProxies(TLSFiles("", "", str(tmp_path / "ca.crt"), str(tmp_path / "front.crt")))
    with pytest.raises(FrontProxyError, match="have the same name"):
        proxies.user({"X-Remote-User": "ann"}, peer("proxy", "same"))
    # One authority for both is no doubt.
    both = FrontProxies(TLSFiles("", "", str(tmp_path / "ca.crt"), str(tmp_path / "ca.crt")))
    assert both.user({"X-Remote-User": "ann"}, peer("proxy", "same")) is not None


def test_renewed_authorities_are_read_again(files: TLSFiles, tmp_path: Path) -> None:
    proxies = FrontProxies(files)
    assert not proxies.is_client(peer("bob", "new"))
    pki.ensure_ca(tmp_path, "new", "new")
    shutil.copy(tmp_path / "new.crt", tmp_path / "ca.crt")
    os.utime(tmp_path / "ca.crt", ns=(1, 1))
    assert proxies.is_client(peer("bob", "new"))
