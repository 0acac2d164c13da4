"""init, join, token and reset on two machines: network namespaces with an engine each, driven as with kubeadm.

Everything a machine of its own has is its own here: files (--root-dir), ports, rules, Docker engine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cluster import control, images
from cluster.machines.places import Places
from tests.e2e.driver import NEEDS, eventually
from tests.support.machines import Lan, Machine, sh

pytestmark = [*NEEDS, pytest.mark.slow, pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl")]
WEB = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 4,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "minik8s/demo:v1", "ports": [{"containerPort": 8080}]}]},
        },
    },
}
EDGE = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "edge"},
    "spec": {
        "nodeName": "mkj-2",
        "containers": [
            {"name": "web", "image": "minik8s/demo:v1", "ports": [{"containerPort": 8080, "hostPort": 8099}]}
        ],
    },
}
SITE = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "site"},
    "spec": {
        "rules": [
            {
                "host": "site.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ]
    },
}


@pytest.fixture
def lan() -> Iterator[list[Machine]]:
    with Lan("mkj-", 2) as machines:
        yield machines


def kubeadm_file(one: Machine, folder: Path) -> Path:
    """A configuration file as kubeadm's users have it."""
    documents = [
        {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "InitConfiguration",
            "localAPIEndpoint": {"advertiseAddress": one.address},
            "nodeRegistration": {
                "name": one.name,
                "criSocket": one.docker,
                "ignorePreflightErrors": ["NumCPU"],
                "kubeletExtraArgs": [{"name": "node-labels", "value": "disk=ssd"}],
            },
            "bootstrapTokens": [{"token": "abcdef.0123456789abcdef", "ttl": "1h0m0s", "description": "first"}],
        },
        {
            "apiVersion": "kubeadm.k8s.io/v1beta4",
            "kind": "ClusterConfiguration",
            "clusterName": "lab",
            "networking": {"podSubnet": "10.201.0.0/16", "serviceSubnet": "10.202.0.0/16"},
            "apiServer": {"certSANs": ["lab.example"], "extraArgs": [{"name": "v", "value": "3"}]},
        },
        {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", "mode": "iptables"},
        {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", "maxPods": 42},
    ]
    path = folder / "kubeadm.yml"
    path.write_text(yaml.safe_dump_all(documents))
    return path


def kubectl(one: Machine, *arguments: str, input: object = None, timeout: float = 60) -> str:
    kubeconfig = f"--kubeconfig={one.root}/etc/kubernetes/admin.conf"
    command = ["nsenter", f"--net={one.netns}", "--", "kubectl", kubeconfig, *arguments]
    return sh(*command, input=None if input is None else json.dumps(input), timeout=timeout)


def get(one: Machine, *arguments: str) -> Any:
    return json.loads(kubectl(one, "get", *arguments, "--output=json"))


def ready(one: Machine) -> set[str]:
    return {
        node["metadata"]["name"]
        for node in get(one, "nodes")["items"]
        if any(c["type"] == "Ready" and c["status"] == "True" for c in node["status"]["conditions"])
    }


def inside(one: Machine) -> dict[str, set[str]]:
    """What a machine's own part of the kernel holds, and its files."""
    whole = {
        "rule": one.run("nft", "list", "ruleset").stdout,
        "link": "\n".join(entry["ifname"] for entry in json.loads(one.run("ip", "-json", "link").stdout)),
        "route": one.run("ip", "route", "show", "table", "all").stdout,
        "file": "\n".join(str(path) for path in one.root.rglob("*")) if one.root.exists() else "",
        "parameter": one.run("sysctl", "net.ipv4.ip_forward", "net.ipv4.conf.all.rp_filter").stdout,
        "listener": "\n".join(line.split()[3] for line in one.run("ss", "-Hltn").stdout.splitlines()),
    }
    # Addresses of IPv6 come by themselves, a moment after a link.
    found = {what: [line for line in text.splitlines() if line.strip()] for what, text in whole.items()}
    return {
        what: {line for line in lines if "fe80:" not in line and "ff00:" not in line} for what, lines in found.items()
    }


def joining(one: Machine, command: list[str], **changed: str) -> list[str]:
    words = list(command[1:])
    for flag, value in changed.items():
        words[words.index(f"--{flag.replace('_', '-')}") + 1] = value
    return [*words, f"--node-name={one.name}", f"--cri-socket={one.docker}"]


def refusals(first: Machine, second: Machine, command: list[str], folder: Path) -> None:
    """Every wrong way to join fails with its reason, soon, and leaves nothing."""
    token = command[command.index("--token") + 1]
    before = inside(second)
    wrong_secret = second.minik8s(*joining(second, command, token=f"{token[:7]}0000000000000000"), check=False)
    assert "failed to verify JWS signature" in wrong_secret
    other = "sha256:" + "0" * 64
    wrong_hash = second.minik8s(*joining(second, command, discovery_token_ca_cert_hash=other), check=False)
    assert "cluster CA found in cluster-info ConfigMap is invalid" in wrong_hash
    malformed = second.minik8s(*joining(second, command, token="abc"), check=False)
    assert "was not of the form" in malformed

    ended = first.minik8s("token", "create", "--ttl=1s").strip()
    powerless = first.minik8s("token", "create", "--usages=signing", "--groups=").strip()
    refused = second.minik8s(*joining(second, command, token=powerless), check=False)
    assert "does not accept the bootstrap token" in refused
    eventually("the expired token is cleaned", lambda: ended not in first.minik8s("token", "list"), 10)
    discovery = {
        "apiServerEndpoint": f"{first.address}:6443",
        "token": ended,
        "caCertHashes": [command[command.index("--discovery-token-ca-cert-hash") + 1]],
    }
    document = {
        "apiVersion": "kubeadm.k8s.io/v1beta3",
        "kind": "JoinConfiguration",
        "nodeRegistration": {"name": second.name, "criSocket": second.docker, "kubeletExtraArgs": {"v": "3"}},
        "discovery": {"bootstrapToken": discovery, "timeout": "1s"},
    }
    path = folder / "join.yml"
    path.write_text(yaml.safe_dump(document))
    expired = second.minik8s("join", f"--config={path}", check=False)
    assert "is invalid for this cluster or it has expired" in expired
    assert inside(second) == before


def test_a_cluster_of_machines_from_init_to_reset(lan: list[Machine], tmp_path: Path) -> None:
    first, second = lan
    before = {one.name: inside(one) for one in lan}
    said = first.minik8s("init", f"--config={kubeadm_file(first, tmp_path)}", "--ingress")
    assert "Your Kubernetes control-plane has initialized successfully!" in said
    assert "minik8s join 10.246.7.11:6443 --token abcdef.0123456789abcdef" in said
    again = first.minik8s("init", "--node-name=other", check=False)
    assert "already initialised or joined" in again and "minik8s reset" in again
    places = Places(first.root)
    for who in ("admin", "super-admin", "kubelet", "controller-manager", "scheduler"):
        assert places.conf(who).stat().st_mode & 0o77 == 0, who
    listed = first.minik8s("token", "list")
    assert "abcdef.0123456789abcdef" in listed and "first" in listed

    command = first.minik8s("token", "create", "--print-join-command").split()
    refusals(first, second, command, tmp_path)
    assert "This node has joined the cluster" in second.minik8s(*joining(second, command))
    assert ready(first) == {first.name, second.name}
    check_objects(first, second)
    spread_and_reach(first, second, tmp_path)
    kill_everything(first, second)
    renewed = first.minik8s("certs", "renew", "all", "--restart")
    assert "certificate apiserver renewed" in renewed and "admin.conf" in first.minik8s("certs", "check-expiration")
    eventually("both are ready with new certificates", lambda: ready(first) == {first.name, second.name}, 30)

    for one in reversed(lan):
        one.minik8s("reset", "--force")
        assert one.containers() == []
        after = inside(one)
        left = {what: after[what] - before[one.name][what] for what in after if after[what] != before[one.name][what]}
        assert left == {}, json.dumps({k: sorted(v) for k, v in left.items()}, indent=1)
        assert not list(Path("/sys/fs/cgroup").glob(f"*/minik8s-{one.name}"))


def check_objects(first: Machine, second: Machine) -> None:
    """What kubeadm leaves in a cluster, and the certificate the second machine was given."""
    master, worker = get(first, "node", first.name), get(first, "node", second.name)
    assert "node-role.kubernetes.io/control-plane" in master["metadata"]["labels"]
    assert master["metadata"]["labels"]["disk"] == "ssd"
    assert {"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"} in master["spec"]["taints"]
    assert worker["status"]["capacity"]["pods"] == "42" and not worker["spec"].get("taints")
    (request,) = get(first, "certificatesigningrequests")["items"]
    assert request["spec"]["signerName"] == "kubernetes.io/kube-apiserver-client-kubelet"
    assert request["spec"]["username"].startswith("system:bootstrap:")
    assert any(c["type"] == "Approved" for c in request["status"]["conditions"])
    held = {m["metadata"]["name"] for m in get(first, "configmaps", "--namespace=kube-system")["items"]}
    assert {"kubeadm-config", "kubelet-config", "kube-proxy"} <= held
    info = get(first, "configmap", "cluster-info", "--namespace=kube-public")["data"]
    assert "kubeconfig" in info and "jws-kubeconfig-abcdef" in info
    places = Places(second.root)
    assert places.kubelet_client.is_symlink() and not places.conf("bootstrap-kubelet").exists()
    assert not (places.pki / "ca.key").exists()


def spread_and_reach(first: Machine, second: Machine, folder: Path) -> None:
    """Pods on both machines, behind a Service that answers on both, and a host port."""
    tar = folder / "demo.tar"
    sh(str(images.BUILDER), str(tar), timeout=120)
    for one in (first, second):
        one.load(tar)
    kubectl(first, "taint", "nodes", first.name, "node-role.kubernetes.io/control-plane-")
    kubectl(first, "apply", "--filename=-", input=WEB)
    kubectl(first, "apply", "--filename=-", input=EDGE)
    kubectl(first, "expose", "deployment", "web", "--port=80", "--target-port=8080")
    kubectl(first, "rollout", "status", "deployment/web", "--timeout=60s")
    kubectl(first, "wait", "--for=condition=Ready", "pod/edge", "--timeout=30s")
    pods = get(first, "pods", "--selector=app=web")["items"]
    assert {pod["spec"]["nodeName"] for pod in pods} == {first.name, second.name}
    for one in (first, second):
        eventually(f"the Service answers on {one.name}", lambda one=one: answers(first, one), 20)
    assert "v1" in first.run("curl", "--silent", "--max-time", "5", f"http://{second.address}:8099/").stdout
    kubectl(first, "apply", "--filename=-", input=SITE)
    kubectl(first, "wait", "--for=jsonpath={.status.loadBalancer.ingress}", "ingress/site", "--timeout=60s")
    assert get(first, "ingress", "site")["status"]["loadBalancer"]["ingress"] == [{"ip": first.address}]
    by_name = ["curl", "--silent", "--max-time", "5", "--header", "Host: site.example.com", f"http://{first.address}/"]
    eventually("the Ingress answers from outside", lambda: "v1" in second.run(*by_name).stdout, 20)


def answers(first: Machine, one: Machine) -> bool:
    address = get(first, "service", "web")["spec"]["clusterIP"]
    assert address.startswith("10.202.")
    said = [one.run("curl", "--silent", "--max-time", "3", f"http://{address}/", check=False) for _ in range(4)]
    return all(each.returncode == 0 for each in said)


def kill_everything(first: Machine, second: Machine) -> None:
    """kill -9 of every daemon of both machines: all come back, and Pods have not noticed."""
    before = {}
    for one in (first, second):
        layout = Places(one.root).layout
        for process in control.ask(layout, op="status")["processes"]:
            before[one.name, process["name"]] = process["pid"]
            os.kill(process["pid"], signal.SIGKILL)
    names = {name for _, name in before}
    assert {"etcd", "apiserver", "controller-manager", "scheduler", "dns", "kubelet", "network", "proxy"} <= names

    def back() -> bool:
        for one in (first, second):
            for process in control.ask(Places(one.root).layout, op="status")["processes"]:
                assert process["state"] == "running" and process["pid"] != before[one.name, process["name"]], process
        return ready(first) == {first.name, second.name} and answers(first, second)

    time.sleep(0.5)
    eventually("every daemon is back", back, 40)
    restarts = [p["status"]["containerStatuses"][0]["restartCount"] for p in get(first, "pods")["items"]]
    assert restarts == [0] * 5
    kubectl(first, "scale", "deployment/web", "--replicas=5")
    kubectl(first, "rollout", "status", "deployment/web", "--timeout=60s")


@pytest.mark.etcd
def test_a_further_machine_of_the_control_plane_comes_and_goes(lan: list[Machine]) -> None:
    first, second = lan
    own = [
        f"--node-name={first.name}",
        f"--apiserver-advertise-address={first.address}",
        f"--cri-socket={first.docker}",
    ]
    lacking = first.minik8s("init", *own, "--upload-certs", check=False)
    assert "need --control-plane-endpoint" in lacking and not first.root.exists()
    endpoint = f"--control-plane-endpoint={first.address}:6443"
    said = first.minik8s("init", *own, "--upload-certs", endpoint, "--ignore-preflight-errors=NumCPU")
    printed = said[said.index("minik8s join") :].split("\n\n")[0].replace("\\\n", "").split()
    assert printed[-3:-1] == ["--control-plane", "--certificate-key"]
    wrong = second.minik8s(*joining(second, [*printed[:-1], "0" * 64]), check=False)
    assert "is not the key it was sealed with" in wrong and not Places(second.root).record.exists()
    assert "a new control plane instance was created" in second.minik8s(*joining(second, printed))

    assert ready(first) == {first.name, second.name}
    roles = get(first, "nodes", "--selector=node-role.kubernetes.io/control-plane")["items"]
    assert len(roles) == 2
    slices = get(first, "endpointslice", "kubernetes", "--namespace=default")["endpoints"]
    assert sorted(a for e in slices for a in e["addresses"]) == [first.address, second.address]
    kubectl(second, f"--server=https://{second.address}:6443", "create", "namespace", "through-the-second")
    assert get(first, "namespace", "through-the-second")["status"]["phase"] == "Active"
    assert "etcd member was removed" in second.minik8s("reset", "--force")
    # One member of two that merely vanished would have taken the quorum with it.
    kubectl(first, "create", "namespace", "without-the-second")
