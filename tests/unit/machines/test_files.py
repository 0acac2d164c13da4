"""kubeadm's configuration files: what is read, what v1beta3 becomes, and errors that name the field."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from cluster.machines import defaults, files
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration
from cluster.machines.places import Places
from cluster.machines.settings import Settings, own_kubelet, work_out
from cluster.machines.summary import ignored
from cluster.options import ClusterError

NEW = """
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
bootstrapTokens:
- token: "abcdef.0123456789abcdef"
  ttl: 1h30m0s
nodeRegistration:
  name: m1
  criSocket: /run/docker.sock
  kubeletExtraArgs:
  - {name: v, value: "4"}
  - {name: v, value: "5"}
localAPIEndpoint: {advertiseAddress: 192.168.1.10, bindPort: 7443}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
controlPlaneEndpoint: cp.example
networking: {podSubnet: 10.1.0.0/16, serviceSubnet: 10.2.0.0/16}
etcd:
  external:
    endpoints: [https://10.0.0.1:2379]
    caFile: /e/ca.crt
    certFile: /e/c.crt
    keyFile: /e/c.key
---
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
mode: ipvs
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
maxPods: 20
"""
OLD = """
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
nodeRegistration:
  kubeletExtraArgs: {v: "4", node-ip: 1.2.3.4}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
apiServer:
  timeoutForControlPlane: 4m0s
  extraArgs: {audit-log-path: /a}
etcd:
  local: {dataDir: /d, extraArgs: {quota-backend-bytes: "1"}}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
discovery:
  timeout: 7s
  bootstrapToken: {token: abcdef.0123456789abcdef, apiServerEndpoint: "a:1", unsafeSkipCAVerification: true}
"""


def test_a_file_of_four_documents() -> None:
    found = files.parse(NEW, "kubeadm.yml")
    assert found.init is not None and found.cluster is not None
    assert found.init.node_registration.cri_socket == "unix:///run/docker.sock"
    assert [a.value for a in found.init.node_registration.kubelet_extra_args] == ["4", "5"]
    settings = Settings(found.init, found.cluster, found.kubelet, found.proxy)
    work_out(settings)
    assert settings.local_server == "https://192.168.1.10:7443"
    assert settings.server == "https://cp.example:7443"
    assert settings.cluster.networking.dns_ip == "10.2.0.10"
    assert found.kubelet["maxPods"] == 20 and found.proxy["mode"] == "ipvs"
    external = found.cluster.etcd.external
    assert external is not None and external.endpoints == ["https://10.0.0.1:2379"]


def test_v1beta3_is_read_as_v1beta4() -> None:
    found = files.parse(OLD, "old.yml")
    assert found.init is not None and found.cluster is not None and found.join is not None
    args = {a.name: a.value for a in found.init.node_registration.kubelet_extra_args}
    assert args == {"v": "4", "node-ip": "1.2.3.4"}
    assert found.cluster.api_server.extra_args[0].name == "audit-log-path"
    local = found.cluster.etcd.local
    assert local is not None and local.extra_args[0].value == "1" and local.data_dir == "/d"
    assert found.join.timeouts.seconds("discovery") == 7


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("- 1", "a mapping is expected"),
        ("kind: InitConfiguration", "kind and apiVersion is mandatory"),
        ("apiVersion: kubeadm.k8s.io/v1beta4\nkind: Cluster", "no kind 'Cluster' is known"),
        ("apiVersion: kubeadm.k8s.io/v1beta2\nkind: InitConfiguration", "not kubeadm.k8s.io/v1beta2"),
        ("apiVersion: v1\nkind: KubeletConfiguration", "is read as kubelet.config.k8s.io/v1beta1"),
        ("nodeRegistration: {nmae: x}", 'unknown field "nodeRegistration.nmae"'),
        ("nodeRegistration: {name: 'A_b'}", "nodeRegistration.name: Invalid value: 'A_b'"),
        ("nodeRegistration: {kubeletExtraArgs: [{name: v}]}", r"kubeletExtraArgs\[0\].value: Required value"),
        ("nodeRegistration: {taints: [{key: a, effect: Never}]}", 'unknown taint effect "Never"'),
        ("bootstrapTokens: [{token: nope}]", "was not of the form"),
        ("bootstrapTokens: [{ttl: 5 days}]", "invalid duration"),
        ("bootstrapTokens: [{ttl: 5m, expires: '2030-01-01T00:00:00Z'}]", "mutually exclusive"),
        ("localAPIEndpoint: {advertiseAddress: here}", "does not appear to be an IPv4 or IPv6 address"),
        ("localAPIEndpoint: {bindPort: 70000}", "between 1 and 65535"),
        ("localAPIEndpoint: {bindPort: x}", "localAPIEndpoint.bindPort: Invalid value: 'x'"),
        ("dryRun: true\ndryRun: false", 'key "dryRun" already set in map'),
        ("timeouts: {discovery: soon}", "timeouts.discovery: Invalid value: 'soon'"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str) -> None:
    if "kind:" not in text and not text.startswith(("a:", "-")):
        text = f"apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n{text}"
    with pytest.raises(ClusterError, match=message):
        files.parse(text, "f.yml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("networking: {podSubnet: 10.1.0.1/16}", "has host bits set"),
        ("etcd: {local: {}, external: {endpoints: ['https://a:1']}}", "mutually exclusive"),
        ("etcd: {external: {endpoints: []}}", "at least one endpoint"),
        ("etcd: {external: {endpoints: ['a:2379']}}", "is no URL of an etcd member"),
        ("controlPlaneEndpoint: https://x", "not of the form HOST"),
        ("apiServer: {certSans: [a]}", 'unknown field "apiServer.certSans"'),
    ],
)
def test_what_is_wrong_with_a_cluster_is_named(text: str, message: str) -> None:
    with pytest.raises(ClusterError, match=message):
        files.parse(f"apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{text}", "f.yml")


def test_a_kind_twice_and_a_missing_file_are_errors(tmp_path: Path) -> None:
    one = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"
    with pytest.raises(ClusterError, match="specified twice"):
        files.parse(f"{one}---\n{one}", "f.yml")
    with pytest.raises(ClusterError, match="unable to read config from"):
        files.load(str(tmp_path / "none.yml"))


@pytest.mark.parametrize(
    ("init", "cluster", "proxy", "message"),
    [
        ({"advertiseAddress": "10.96.0.5"}, {}, {}, "lies in the network of Services"),
        ({"advertiseAddress": "10.0.0.1"}, {"podSubnet": "10.96.0.0/16"}, {}, "overlap"),
        ({"advertiseAddress": "10.0.0.1"}, {}, {"mode": "userspace"}, "mode must be one of"),
    ],
)
def test_what_does_not_fit_together(
    init: dict[str, str], cluster: dict[str, str], proxy: dict[str, str], message: str
) -> None:
    settings = Settings(
        InitConfiguration.model_validate({"localAPIEndpoint": init}),
        ClusterConfiguration.model_validate({"networking": cluster}),
        {},
        proxy,
    )
    with pytest.raises(ClusterError, match=message):
        work_out(settings)


def test_what_config_print_prints_can_be_read_again() -> None:
    found = files.parse(defaults.init_defaults(list(defaults.COMPONENTS)), "printed")
    assert found.init is not None and found.init.bootstrap_tokens[0].token == "abcdef.0123456789abcdef"
    assert found.cluster is not None and found.cluster.networking.service_subnet == "10.96.0.0/12"
    assert found.kubelet["rotateCertificates"] is True and found.proxy["mode"] == "nftables"
    join = files.parse(defaults.join_defaults([]), "printed").join
    assert join is not None and join.discovery.bootstrap_token is not None
    assert join.discovery.bootstrap_token.unsafe_skip_ca_verification
    with pytest.raises(ClusterError, match="unsupported component config"):
        defaults.init_defaults(["Other"])


def test_a_cluster_configuration_survives_being_kept_in_the_cluster() -> None:
    before = files.parse(NEW, "f").cluster
    assert before is not None
    kept = yaml.safe_load(files.dump(files.document_of(before, "ClusterConfiguration", everything=True)))
    assert kept.pop("kind") == "ClusterConfiguration" and kept.pop("apiVersion") == files.KUBEADM
    assert files.validate(ClusterConfiguration, kept, "map", "ClusterConfiguration") == before


def test_a_machine_of_its_own_root_has_its_own_paths(tmp_path: Path) -> None:
    shared = {"staticPodPath": "/etc/kubernetes/manifests", "authentication": {"x509": {"clientCAFile": "/x"}, "a": 1}}
    made = own_kubelet(shared, Places(tmp_path), [], "/pods")
    assert made["staticPodPath"] == str(tmp_path / "etc/kubernetes/manifests")
    assert made["authentication"] == {"x509": {"clientCAFile": str(tmp_path / "etc/kubernetes/pki/ca.crt")}, "a": 1}
    assert made["cgroupRoot"] == "/pods" and "registerWithTaints" not in made
    elsewhere = own_kubelet({"staticPodPath": "/other"}, Places(tmp_path, "/keys"), [], "")
    assert elsewhere["staticPodPath"] == "/other"
    assert elsewhere["authentication"]["x509"]["clientCAFile"] == "/keys/ca.crt"


def test_what_means_nothing_here_is_said_and_a_dry_run_refused() -> None:
    init = InitConfiguration.model_validate({"skipPhases": ["addon"], "patches": {"directory": "/p"}})
    cluster = ClusterConfiguration.model_validate(
        {"scheduler": {"extraVolumes": [{"name": "a"}]}, "encryptionAlgorithm": "RSA-2048", "featureGates": {"A": True}}
    )
    assert [line.split()[0] for line in ignored(init, cluster)] == [
        "skipPhases", "patches", "scheduler.extraVolumes", "featureGates", "encryptionAlgorithm",
    ]  # fmt: skip
    with pytest.raises(ClusterError, match="dryRun"):
        ignored(InitConfiguration.model_validate({"dryRun": True}))
