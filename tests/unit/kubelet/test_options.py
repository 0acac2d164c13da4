"""A configuration that cannot be meant is refused when it is read, with the field's name."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from kubelet.options import KubeletConfiguration
from minik8s.daemon.config_file import load_config

HEAD = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n"


def _read(folder: Path, text: str) -> KubeletConfiguration:
    (folder / "config.yaml").write_text(HEAD + text)
    return load_config(str(folder / "config.yaml"), KubeletConfiguration)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("evictionHard: {memory.available: xx}", "evictionHard: Value error, memory.available: 'xx' is no quantity"),
        ("evictionSoft: {nodefs.available: 101%}", "nodefs.available: '101%' is no share from 0% to 100%"),
        ("evictionSoft: {nodefs.available: x%}", "nodefs.available: 'x%' is no share from 0% to 100%"),
        ("evictionSoftGracePeriod: {nodefs.available: soon}", "invalid duration 'soon'"),
        ("systemReserved: {cpu: much}", "systemReserved: Value error, cpu: 'much' is no quantity"),
        ("kubeReserved: {memory: 1Gb}", "kubeReserved: Value error, memory: '1Gb' is no quantity"),
        ("containerLogMaxSize: big", "containerLogMaxSize: Value error, size: 'big' is no quantity"),
        ("syncFrequency: often", "invalid duration 'often'"),
    ],
)
def test_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(click.ClickException) as caught:
        _read(tmp_path, text)
    assert message in caught.value.message


def test_taken(tmp_path: Path) -> None:
    read = _read(
        tmp_path,
        "evictionHard: {memory.available: 100Mi, nodefs.available: 12.5%, imagefs.available: 0%}\n"
        "evictionSoft: {memory.available: 100%}\nsystemReserved: {cpu: 100m, memory: 1.5Gi}\n",
    )
    assert read.eviction_hard is not None and read.eviction_hard["nodefs.available"] == "12.5%"
