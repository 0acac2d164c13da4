"""Configuration files of daemons: what is wrong is told with its place, and what is said in vain too."""

from __future__ import annotations

from pathlib import Path

import click
import pydantic
import pytest

from kubelet.options import KubeletConfiguration
from minik8s.daemon import logging
from minik8s.daemon.config_file import load_config
from proxy.config import KubeProxyConfiguration


class Config(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="forbid")
    kind: str
    apiVersion: str  # noqa: N815
    maxPods: int = 110  # noqa: N815


def test_a_configuration_file_says_what_is_wrong_and_where(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("kind: K\napiVersion: v1\nmaxPods: many\nother: 1\n")
    with pytest.raises(click.ClickException) as caught:
        load_config(str(path), Config, [("v1", "K")])
    assert "maxPods" in caught.value.message and "other" in caught.value.message
    with pytest.raises(click.ClickException, match="expected v2 K"):
        load_config(str(path), Config, [("v2", "K")])
    path.write_text("kind: K\napiVersion: v1\n")
    assert load_config(str(path), Config).maxPods == 110


def _told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.partition("configuration fields")[2] for line in capsys.readouterr().err.splitlines()]


@pytest.mark.parametrize(
    ("model", "said", "fields"),
    [
        (KubeletConfiguration, "{maxPods: 20, clusterDNS: [10.96.0.10]}", ""),
        (KubeletConfiguration, "{maxPod: 20}", "maxPod"),
        (KubeletConfiguration, "{cpuManagerPolicy: none, clusterDns: []}", "cpuManagerPolicy,clusterDns"),
        (KubeletConfiguration, "{authentication: {x509: {up: 1}, x: 1}}", "authentication.x509.up,authentication.x"),
        (KubeletConfiguration, "{registerWithTaints: [{key: a}, {key: b, time: 1}]}", "registerWithTaints[1].time"),
        (KubeletConfiguration, "{evictionHard: {memory.available: 5%}, 1: 2}", "1"),
        (KubeletConfiguration, "{authorization: {kind: x}}", "authorization.kind"),
        (KubeProxyConfiguration, "{mode: ipvs, ipvs: {scheduler: lc}}", ""),
        (KubeProxyConfiguration, "{conntrack: {min: 1}, ipvs: {strictARP: true}}", "conntrack,ipvs.strictARP"),
    ],
)
def test_fields_that_mean_nothing_are_told_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    model: type[pydantic.BaseModel],
    said: str,
    fields: str,
) -> None:
    logging.setup()
    path = tmp_path / "config.yaml"
    path.write_text("{apiVersion: v1, kind: K, " + said[1:])
    load_config(str(path), model)
    wanted = [f" that mean nothing here file={path} fields={fields}"] if fields else []
    assert _told(capsys) == wanted
