"""What is said to Docker and heard from it, without Docker."""

from __future__ import annotations

import os
import platform
import subprocess
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from kubelet.pods.resources import quota_of, resources_of, shares_of
from kubelet.runtime import docker_config, docker_records, pause
from kubelet.runtime.capabilities import limited_capabilities
from kubelet.runtime.types import ContainerSpec, Mount, Resources, SandboxSpec, Security, State
from tests.unit.kubelet.world import pod_of


def test_a_container_joins_its_sandbox() -> None:
    spec = ContainerSpec(
        "name",
        "box",
        "sha256:1",
        {"l": "1"},
        command=("run",),
        env=(("A", "1"),),
        mounts=(Mount("/h", "/c", True, "rslave"),),
        resources=Resources(cpu_shares=512, cpu_quota=50_000, memory=1 << 20),
        security=Security(user="1000:2000", groups=(3000,), drop_capabilities=("ALL",), no_new_privileges=True),
        cgroup_parent="/kubepods/podx",
    )
    made = docker_config.container_config(spec, 999)
    host = made["HostConfig"]
    assert host["NetworkMode"] == host["IpcMode"] == "container:box" and host["PidMode"] == ""
    assert "Hostname" not in made and "Sysctls" not in host
    assert (made["Entrypoint"], made["Cmd"], made["User"]) == (["run"], [], "1000:2000")
    assert made["Env"] == ["A=1"]
    assert host["Mounts"][0]["BindOptions"] == {"Propagation": "rslave"} and host["Mounts"][0]["ReadOnly"]
    assert (host["CpuShares"], host["CpuQuota"], host["CpuPeriod"]) == (512, 50_000, 100_000)
    assert host["Memory"] == host["MemorySwap"] == 1 << 20 and host["OomScoreAdj"] == 999
    assert host["GroupAdd"] == ["3000"] and host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]


def test_without_command_the_image_decides() -> None:
    made = docker_config.container_config(ContainerSpec("n", "b", "i", {}), 0)
    assert "Entrypoint" not in made and "Cmd" not in made
    made = docker_config.container_config(ContainerSpec("n", "b", "i", {}, args=("x",)), 0)
    assert "Entrypoint" not in made and made["Cmd"] == ["x"]


def test_a_sandbox_has_no_network_but_the_host_s() -> None:
    made = docker_config.sandbox_config(SandboxSpec("n", "web", {}, sysctls={"a": "1"}), "pause", 0)
    assert (made["HostConfig"]["NetworkMode"], made["HostConfig"]["IpcMode"]) == ("none", "shareable")
    assert made["Hostname"] == "web" and made["HostConfig"]["Sysctls"] == {"a": "1"}
    made = docker_config.sandbox_config(SandboxSpec("n", "web", {}, host_network=True, host_pid=True), "pause", 0)
    assert (made["HostConfig"]["NetworkMode"], made["HostConfig"]["PidMode"]) == ("host", "host")


def inspected(**state: object) -> dict[str, object]:
    return {
        "Id": "1",
        "State": {"Running": False, "StartedAt": "0001-01-01T00:00:00Z", "FinishedAt": "0001-01-01T00:00:00Z", **state},
        "Config": {"Labels": {"a": "b"}, "Image": "i", "Tty": True},
        "NetworkSettings": {"SandboxKey": "/var/run/docker/netns/x"},
        "LogPath": "/log",
        "Created": "2026-01-02T03:04:05.123456789Z",
    }


def test_states() -> None:
    assert docker_records.details_of(inspected()).state is State.CREATED
    refused = docker_records.details_of(inspected(Error="no such file", ExitCode=127))
    assert refused.state is State.EXITED and refused.error == "no such file"
    running = docker_records.details_of(inspected(Running=True, Pid=7, StartedAt="2026-01-02T03:04:06Z"))
    assert running.state is State.RUNNING and running.netns and running.tty and running.log_path == "/log"
    ended = docker_records.details_of(inspected(StartedAt="2026-01-02T03:04:06Z", ExitCode=3, OOMKilled=True))
    assert (ended.state, ended.exit_code, ended.oom_killed, ended.netns) == (State.EXITED, 3, True, "")


def test_events() -> None:
    event = docker_records.event_of({"Action": "exec_start: sh -c x", "Actor": {"ID": "1", "Attributes": {"a": "b"}}})
    assert (event.kind, event.id, event.labels) == ("exec_start", "1", {"a": "b"})


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_the_pause_image_holds_one_program(machine: str) -> None:
    with tarfile.open(fileobj=BytesIO(pause.image(machine))) as archive:
        names = archive.getnames()
    assert "manifest.json" in names and any(n.endswith("/layer.tar") for n in names)
    program = pause.program(machine)
    assert program[:4] == b"\x7fELF" and len(program) < 400
    with pytest.raises(OSError, match="no sandbox program"):
        pause.program("vax")


@pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no program for this machine")
def test_the_pause_program_waits(tmp_path: Path) -> None:
    path = tmp_path / "pause"
    path.write_bytes(pause.program(platform.machine()))
    path.chmod(0o755)
    with subprocess.Popen([path]) as process:
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.1)
        ignored = next(
            line for line in Path(f"/proc/{process.pid}/status").read_text().splitlines() if line.startswith("SigIgn")
        )
        assert int(ignored.split()[1], 16) >> 16 & 1, "SIGCHLD is not ignored"
        os.kill(process.pid, 9)


def test_shares_quota_and_oom_scores() -> None:
    assert (shares_of(0), shares_of(250), shares_of(2000)) == (2, 256, 2048)
    assert (quota_of(0), quota_of(250), quota_of(1)) == (0, 25_000, 1_000)

    def made(resources: dict[str, object]) -> Resources:
        pod = pod_of(containers=[{"name": "c", "image": "i", "resources": resources}])
        return resources_of(pod, pod.spec.containers[0], 8 << 30)

    assert made({}).oom_score_adj == 1000
    both = {"cpu": "1", "memory": "1Gi"}
    assert made({"limits": both, "requests": both}).oom_score_adj == -997
    assert made({"requests": {"memory": "4Gi"}}).oom_score_adj == 500
    assert made({"requests": {"memory": "1"}}).oom_score_adj == 999
    assert made({"limits": {"cpu": "500m"}}).cpu_shares == 512


def test_privileged_where_the_machine_keeps_capabilities_back(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tx\nCapBnd:\t000001ffffffffff\n")
    assert limited_capabilities(str(status)) is None
    status.write_text("Name:\tx\nCapBnd:\t000001fffeffffff\n")
    held = limited_capabilities(str(status))
    assert held is not None and "SYS_ADMIN" in held and "SYS_RESOURCE" not in held
    spec = ContainerSpec("n", "b", "i", {}, security=Security(privileged=True))
    assert docker_config.container_config(spec, 0)["HostConfig"]["Privileged"]
    host = docker_config.container_config(spec, 0, held)["HostConfig"]
    assert not host["Privileged"] and host["CapAdd"] == list(held) and host["DeviceCgroupRules"]
    assert {m["Target"] for m in host["Mounts"]} == {"/dev", "/sys"}
