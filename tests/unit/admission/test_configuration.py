from __future__ import annotations

import json

import click
import pytest
from click.testing import CliRunner

from apiserver.admission.configuration import ConfigurationError, load
from apiserver.flags import admission_flags, admission_settings


def test_inline_and_in_files(tmp_path):
    (tmp_path / "events.yaml").write_text("limits: [{type: Server, qps: 1, burst: 1}]\n")
    (tmp_path / "admission.yaml").write_text(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
        "- name: PodSecurity\n  configuration: {defaults: {enforce: baseline}}\n"
        "- name: EventRateLimit\n  path: events.yaml\n"
    )
    found = load(str(tmp_path / "admission.yaml"))
    assert found["PodSecurity"] == {"defaults": {"enforce": "baseline"}}
    assert found["EventRateLimit"]["limits"][0]["type"] == "Server"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("kind: Pod\napiVersion: v1", "expected an AdmissionConfiguration"),
        ("kind: AdmissionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nplugins: [{nam: x}]", "plugins.0.name"),
        ("a: [", "is no YAML"),
        (
            "kind: AdmissionConfiguration\napiVersion: apiserver.config.k8s.io/v1\nplugins: [{name: x, path: none}]",
            "cannot read",
        ),
    ],
)
def test_bad_files(tmp_path, text, told):
    path = tmp_path / "admission.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=told):
        load(str(path))


def test_flags_say_how_long_pods_stay_on_nodes_that_are_gone(tmp_path):
    (tmp_path / "admission.yaml").write_text(
        "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n"
        "- name: PodSecurity\n  configuration: {defaults: {enforce: baseline}}\n"
    )

    @click.command()
    @admission_flags
    def command(**given):
        print(json.dumps(admission_settings(given).configurations()))

    argv = [f"--admission-control-config-file={tmp_path}/admission.yaml", "--default-not-ready-toleration-seconds=7"]
    assert json.loads(CliRunner().invoke(command, argv).output) == {
        "PodSecurity": {"defaults": {"enforce": "baseline"}},
        "DefaultTolerationSeconds": {"notReadySeconds": 7, "unreachableSeconds": 300},
    }
