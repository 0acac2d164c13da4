"""Files that flags of the controller manager name are looked at before it starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from controllers.key_files import check
from controllers.options import Options
from minik8s import pki
from minik8s.daemon.run import Fatal

FLAGS = {
    "root_ca_file": ("--root-ca-file", "certificate"),
    "service_account_private_key_file": ("--service-account-private-key-file", "private key"),
    "cluster_signing_cert_file": ("--cluster-signing-cert-file", "certificate"),
    "cluster_signing_key_file": ("--cluster-signing-key-file", "private key"),
}


def test_good_ones_and_none(tmp_path: Path) -> None:
    pki.ensure_ca(tmp_path, "ca", "ca")
    check(Options())
    check(Options(**{name: str(tmp_path / ("ca.key" if "key" in name else "ca.crt")) for name in FLAGS}))


@pytest.mark.parametrize("name", FLAGS)
def test_bad_ones_are_named_with_their_flag(tmp_path: Path, name: str) -> None:
    flag, what = FLAGS[name]
    wrong = tmp_path / "wrong"
    with pytest.raises(Fatal) as caught:
        check(Options(**{name: str(wrong)}))
    assert str(caught.value) == f"{flag}: cannot read {wrong}: No such file or directory"
    wrong.write_bytes(b"\xff\x00")
    with pytest.raises(Fatal) as caught:
        check(Options(**{name: str(wrong)}))
    assert str(caught.value) == f"{flag}: {wrong} holds no {what} in PEM form"
