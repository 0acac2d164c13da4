"""Pods as real containers: namespaces, network, volumes, rights, limits, probes, and the kubelet's own death."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from kubelet.runtime.types import RuntimeFailure
from kubelet.volumes import mounts
from minik8s.api.core_v1 import ConfigMap, Node, Pod, Secret
from minik8s.api.object_meta import ObjectMeta
from tests.integration.kubelet.lab import CGROUP, Lab, docker, running

pytestmark = [pytest.mark.root, pytest.mark.docker, pytest.mark.slow]

WEB = {"name": "web", "image": "minik8s/demo:v1", "env": [{"name": "DRAIN_SECONDS", "value": "0"}]}
SLEEP = ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.2; done"]


def shell(script: str, **more: Any) -> dict[str, Any]:
    return {"name": "c", "image": "minik8s/demo:v1", "command": ["sh", "-c", script], **more}


async def test_two_containers_share_network_volume_and_names(lab: Lab) -> None:
    lab.cluster.add(ConfigMap(metadata=ObjectMeta(name="m", namespace="default"), data={"color": "blue"}))
    lab.cluster.add(Secret(metadata=ObjectMeta(name="s", namespace="default"), data={"p": b"open"}))
    script = "until wget -q -O /d/a http://127.0.0.1:8080/; do sleep 0.1; done; while :; do sleep 0.2; done"
    mount = [{"name": "d", "mountPath": "/d"}]
    side = shell(
        script,
        volumeMounts=[*mount, {"name": "m", "mountPath": "/m"}, {"name": "s", "mountPath": "/s", "subPath": "p"}],
        env=[{"name": "P", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}}],
    )
    volumes = [
        {"name": "d", "emptyDir": {}},
        {"name": "m", "configMap": {"name": "m"}},
        {"name": "s", "secret": {"secretName": "s"}},
    ]
    probe = {"httpGet": {"path": "/healthz", "port": 8080}, "periodSeconds": 1, "timeoutSeconds": 1}
    web = WEB | {"volumeMounts": mount, "readinessProbe": probe}
    lab.add("two", {"hostname": "h", "subdomain": "s", "containers": [web, side], "volumes": volumes})
    await lab.until("ready", lambda: lab.ready("two"))
    pod = lab.pod("two")
    assert pod is not None and pod.status.pod_ip.startswith("10.203.77.")
    await lab.until("the file", lambda: "demo v1 on h at " + pod.status.pod_ip in lab.run("two", "cat", "/d/a"))
    assert lab.run("two", "cat", "/m/color", "/s", index=1) == "blueopen"
    assert "P=open" in lab.run("two", "env", index=1)
    assert f"{pod.status.pod_ip}\th.s.default.svc.cluster.local\th" in lab.run("two", "cat", "/etc/hosts", index=1)
    assert lab.run("two", "cat", "/etc/resolv.conf").startswith("nameserver 10.96.0.10\nsearch default.svc.cluster.")
    lab.cluster.modify(ConfigMap, "m", lambda m: m.data.update(color="green"))
    await lab.until("the update", lambda: lab.run("two", "cat", "/m/color", index=1) == "green", 10)
    await lab.cluster.delete(Pod, "two", "default", grace_period_seconds=1)
    await lab.until("gone", lambda: lab.pod("two") is None)
    await lab.until("removed", lambda: not docker(lab.endpoint, "ps", "-aq"))
    assert mounts.mounted_below(lab.root / "kubelet") == []
    assert list((lab.root / "kubelet" / "pods").iterdir()) == []
    assert not list((lab.root / "ipam").glob("*/10.*"))
    assert not [p for p in Path("/sys/fs/cgroup").glob(f"*{CGROUP}/kubepods/besteffort/pod*")]


async def test_rights_and_limits_arrive_in_the_container(lab: Lab) -> None:
    resources = {"limits": {"cpu": "250m", "memory": "32Mi"}, "requests": {"cpu": "250m", "memory": "32Mi"}}
    context = {"readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    script = "id; touch /x; grep -E 'CapEff|NoNewPrivs' /proc/self/status; cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ps; "  # noqa: E501
    lab.add(
        "strict",
        {
            "shareProcessNamespace": True,
            "securityContext": {
                "runAsUser": 1000, "runAsGroup": 2000, "fsGroup": 3000, "supplementalGroups": [4000],
                "sysctls": [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "80"}],
            },
            "containers": [shell(script + SLEEP[2], resources=resources, securityContext=context)],
        },
    )  # fmt: skip
    await lab.until("ready", lambda: lab.ready("strict"))
    said = await lab.until("output", lambda: (t := lab.logs("strict")) and "pause" in t and t)
    assert "uid=1000 gid=2000 groups=2000,3000,4000" in said
    assert "CapEff:\t0000000000000000" in said and "NoNewPrivs:\t1" in said and "\n80\n" in said
    host = docker(lab.endpoint, "inspect", lab.container("strict"), "--format", "{{json .HostConfig}}")
    assert '"CpuQuota":25000' in host and f'"Memory":{32 << 20}' in host and '"ReadonlyRootfs":true' in host
    pod = lab.pod("strict")
    assert pod is not None and pod.status.qos_class == "Guaranteed"
    user = pod.status.container_statuses[0].user
    assert user is not None and user.linux is not None
    assert (user.linux.uid, user.linux.gid, user.linux.supplemental_groups) == (1000, 2000, [2000, 3000, 4000])


async def test_an_image_is_a_volume_and_a_name_may_move_to_another(lab: Lab) -> None:
    for version in ("one", "two"):
        made = docker(lab.endpoint, "create", "minik8s/demo:v1", "sh").strip()
        (lab.root / "data").write_text(version)
        docker(lab.endpoint, "cp", str(lab.root / "data"), f"{made}:/data.txt")
        docker(lab.endpoint, "commit", made, "files:1")
        docker(lab.endpoint, "rm", made)
        mount = {"volumeMounts": [{"name": "v", "mountPath": "/v"}]}
        volume = {"name": "v", "image": {"reference": "files:1", "pullPolicy": "IfNotPresent"}}
        lab.add(version, {"containers": [shell("sleep 1000", **mount)], "volumes": [volume]})
        await lab.until("ready", lambda name=version: lab.ready(name))
        assert lab.run(version, "cat", "/v/data.txt") == version
        assert "Read-only" in lab.run(version, "sh", "-c", "touch /v/x 2>&1 || true")
    assert len(list((lab.root / "kubelet" / "image-volumes").iterdir())) == 2


async def test_how_containers_end_is_told(lab: Lab) -> None:
    lab.add("words", {"restartPolicy": "Never", "containers": [shell("echo -n bye > /dev/termination-log; exit 3")]})
    fallback = shell("echo from the log; exit 4", terminationMessagePolicy="FallbackToLogsOnError")
    lab.add("log", {"restartPolicy": "Never", "containers": [fallback]})
    hungry = shell("tail /dev/zero", resources={"limits": {"memory": "16Mi"}})
    lab.add("hungry", {"restartPolicy": "Never", "containers": [hungry]})
    lab.add("bad", {"containers": [{"name": "c", "image": "minik8s/demo:v1", "command": ["/no/such/program"]}]})

    def ended(name: str) -> Any:
        return lab.status(name).state.terminated

    await lab.until("ends", lambda: ended("words") and ended("log") and ended("hungry"))
    assert (ended("words").exit_code, ended("words").message, ended("words").reason) == (3, "bye", "Error")
    assert (ended("log").exit_code, ended("log").message) == (4, "from the log\n")
    assert ended("hungry").reason == "OOMKilled"
    await lab.until("refusal", lambda: lab.status("bad").last_state.terminated)
    assert lab.status("bad").last_state.terminated.reason == "StartError"
    assert "/no/such/program" in lab.status("bad").last_state.terminated.message


async def test_a_killed_container_comes_back_and_a_dead_probe_restarts(lab: Lab) -> None:
    probe = {"exec": {"command": ["test", "!", "-e", "/tmp/dead"]}, "periodSeconds": 1, "failureThreshold": 1}
    lab.add("live", {"containers": [WEB | {"livenessProbe": probe | {"timeoutSeconds": 5}}]})
    await lab.until("ready", lambda: lab.ready("live"))
    docker(lab.endpoint, "kill", lab.container("live"))
    await lab.until("a restart", lambda: lab.status("live").restart_count == 1 and lab.ready("live"))
    assert lab.status("live").last_state.terminated.exit_code == 137
    lab.run("live", "touch", "/tmp/dead")
    await lab.until("another", lambda: lab.status("live").last_state.terminated.exit_code == 0)


async def test_a_pod_on_the_host_s_network(lab: Lab) -> None:
    lab.add("host", {"hostNetwork": True, "containers": [shell("ip link; " + SLEEP[2])]})
    await lab.until("ready", lambda: lab.ready("host"))
    pod = lab.pod("host")
    assert pod is not None and pod.status.pod_ip == pod.status.host_ip == "127.0.0.1"
    assert Path("/sys/class/net/lo").exists() and "lo:" in lab.logs("host")


async def test_the_kubelet_goes_and_comes_back(tmp_path: Path, endpoint: str) -> None:
    async with running(tmp_path, endpoint) as lab:
        lab.add("stays", {"containers": [WEB]})
        lab.add("goes", {"containers": [WEB]})
        lab.manifests.mkdir(exist_ok=True)
        manifest = lab.manifests / "static.yaml"
        manifest.write_text(
            "apiVersion: v1\nkind: Pod\nmetadata: {name: fixed}\nspec: {terminationGracePeriodSeconds: 1, "
            'containers: [{name: c, image: "minik8s/demo:v1", env: [{name: DRAIN_SECONDS, value: "0"}]}]}\n'
        )
        await lab.until("three", lambda: lab.ready("stays") and lab.ready("goes") and lab.ready("fixed-n1"))
        mirror = lab.pod("fixed-n1")
        assert mirror is not None and mirror.metadata.annotations["kubernetes.io/config.source"] == "file"
        before, fixed = lab.container("stays"), lab.container("fixed-n1")
        await lab.stop()
        lab.cluster.remove(Pod, "goes")
        await lab.start()
        await lab.until("the orphan's end", lambda: len(docker(endpoint, "ps", "-q").split()) == 4)
        assert lab.container("stays") == before and lab.status("stays").restart_count == 0
        assert lab.container("fixed-n1") == fixed
        manifest.unlink()
        await lab.until("the mirror's end", lambda: lab.pod("fixed-n1") is None)
        await lab.until("its containers' end", lambda: len(docker(endpoint, "ps", "-q").split()) == 2)


async def test_no_network_no_ready_node(tmp_path: Path, endpoint: str) -> None:
    async with running(tmp_path, endpoint) as lab:
        (lab.conf / "10.conflist").unlink()

        def ready() -> Any:
            node = lab.cluster.object(Node, "n1")
            return next((c for c in node.status.conditions if c.type == "Ready"), None) if node else None

        await lab.until(
            "not ready", lambda: ready().status == "False" and "cni config uninitialized" in ready().message
        )
        lab.add("waits", {"containers": [WEB]})
        await asyncio.sleep(0.5)
        assert not lab.ready("waits")
        lab.configure_network()
        await lab.until("ready", lambda: ready().status == "True", 3)
        await lab.until("it runs", lambda: lab.ready("waits"))


async def test_hooks_run_in_the_container(lab: Lab) -> None:
    hooks = {
        "postStart": {"exec": {"command": ["sh", "-c", "echo begun > /d/begun"]}},
        "preStop": {"exec": {"command": ["sh", "-c", "echo ended > /d/ended"]}},
    }
    kept = lab.root / "kept"
    container = shell(SLEEP[2], lifecycle=hooks, volumeMounts=[{"name": "d", "mountPath": "/d"}])
    volume = {"name": "d", "hostPath": {"path": str(kept), "type": "DirectoryOrCreate"}}
    lab.add("hooked", {"containers": [container], "volumes": [volume]})
    await lab.until("ready", lambda: lab.ready("hooked"))
    assert (kept / "begun").read_text() == "begun\n"
    await lab.cluster.delete(Pod, "hooked", "default", grace_period_seconds=5)
    await lab.until("gone", lambda: lab.pod("hooked") is None)
    assert (kept / "ended").read_text() == "ended\n"


async def test_who_attaches_to_a_container_that_has_ended_does_not_wait_for_the_next_one(lab: Lab) -> None:
    assert lab.kubelet is not None
    lab.add("short", {"restartPolicy": "Never", "containers": [shell("exit 0")]})
    await lab.until("ends", lambda: lab.status("short").state.terminated)
    with pytest.raises(RuntimeFailure, match="container is in CONTAINER_EXITED state"):
        await lab.kubelet.context.runtime.attach(lab.status("short").container_id.removeprefix("docker://"))
