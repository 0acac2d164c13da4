"""Several machines on one computer: network namespaces on one switch, each with a Docker engine of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from cluster import machine, traces

GATEWAY = "10.246.7.1"
REPOSITORY = Path(__file__).resolve().parents[2]
_SYSCTLS = (
    ("net/ipv4/ip_unprivileged_port_start", "0"),
    ("net/ipv4/conf/all/rp_filter", "0"),
    ("net/ipv4/conf/default/rp_filter", "0"),
)


def sh(*command: str, input: str | None = None, check: bool = True, timeout: float = 60) -> str:
    done = subprocess.run(command, capture_output=True, text=True, input=input, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr}{done.stdout}")
    return done.stdout


class Machine:
    """One namespace with its engine; `root` is its --root-dir."""

    def __init__(self, lan: Lan, index: int) -> None:
        self.name = f"{lan.prefix}{index}"
        self.address = f"10.246.7.{10 + index}"
        self.lan, self.index = lan, index
        self.root = lan.folder / f"m{index}"
        self.docker = f"unix://{lan.folder}/d{index}/docker.sock"
        self._engine: subprocess.Popen[bytes] | None = None

    @property
    def netns(self) -> str:
        return f"/run/netns/{self.name}"

    def run(self, *command: str, check: bool = True, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """A command inside the namespace."""
        whole = ["nsenter", f"--net={self.netns}", "--", *command]
        env = {k: v for k, v in os.environ.items() if k != "KUBECONFIG"} | {"PYTHONPATH": str(REPOSITORY)}
        done = subprocess.run(whole, capture_output=True, text=True, timeout=timeout, env=env)
        if check:
            assert done.returncode == 0, f"{' '.join(command)}: {done.stdout}{done.stderr}"
        return done

    def minik8s(self, *arguments: str, check: bool = True, timeout: float = 120) -> str:
        """Our own command on this machine; everything it says."""
        command = [sys.executable, "-m", "cluster", *arguments, f"--root-dir={self.root}"]
        done = self.run(*command, check=check, timeout=timeout)
        return done.stdout + done.stderr

    def start_engine(self) -> None:
        folder = self.lan.folder / f"d{self.index}"
        folder.mkdir()
        command = [
            "nsenter", f"--net={self.netns}", "--", "dockerd", f"--data-root={folder}/data",
            f"--exec-root={folder}/run", f"--pidfile={folder}/pid", f"--host={self.docker}", "--bridge=none",
            "--iptables=false", "--ip6tables=false", "--ip-forward=false", f"--cgroup-parent=/{self.name}/docker",
            "--log-level=error",
        ]  # fmt: skip
        with open(folder / "log", "wb") as log:
            self._engine = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def wait_for_engine(self) -> None:
        deadline = time.monotonic() + 30
        while not machine.engine_answers(self.docker.removeprefix("unix://")):
            assert time.monotonic() < deadline, (self.lan.folder / f"d{self.index}" / "log").read_text()
            time.sleep(0.05)

    def load(self, tar: Path) -> None:
        sh("docker", "--host", self.docker, "load", "--quiet", "--input", str(tar))

    def containers(self) -> list[str]:
        return sh("docker", "--host", self.docker, "ps", "--all", "--quiet").split()

    def end(self) -> None:
        """Without questions: whatever still runs here ends."""
        self.minik8s("reset", "--force", check=False)
        if self._engine is not None:
            self._engine.terminate()
            try:
                self._engine.wait(20)
            except subprocess.TimeoutExpired:
                self._engine.kill()
                self._engine.wait()
        traces.unmount([self.lan.folder / f"d{self.index}", self.root])
        traces.remove_cgroups([self.name, f"minik8s-{self.name}"])
        sh("ip", "netns", "del", self.name, check=False)


class Lan:
    """The switch and the machines on it; use as `with`."""

    def __init__(self, prefix: str, count: int) -> None:
        self.prefix = prefix
        self.folder = Path(tempfile.mkdtemp(prefix=prefix))
        self.machines = [Machine(self, i + 1) for i in range(count)]
        self._switch = f"{prefix}lan"

    def __enter__(self) -> list[Machine]:
        try:
            self._wire()
            for one in self.machines:
                one.start_engine()
            for one in self.machines:
                one.wait_for_engine()
        except BaseException:
            self.__exit__()
            raise
        return self.machines

    def __exit__(self, *_: object) -> None:
        for one in self.machines:
            one.end()
        sh("ip", "netns", "del", self._switch, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _wire(self) -> None:
        sh("ip", "netns", "add", self._switch)
        lines = [
            "link set lo up",
            "link add lan0 type bridge",
            f"address add {GATEWAY}/24 dev lan0",
            "link set lan0 up",
        ]
        sh("ip", "-netns", self._switch, "-batch", "-", input="\n".join(lines) + "\n")
        closed = "for f in /proc/sys/net/bridge/bridge-nf-call-ip*tables; do [ ! -e $f ] || echo 0 > $f; done"
        sh("nsenter", f"--net=/run/netns/{self._switch}", "sh", "-c", closed)
        for one in self.machines:
            sh("ip", "netns", "add", one.name)
            port = f"port{one.index}"
            inside = [
                f"link add eth0 type veth peer name {port} netns {self._switch}",
                "link set lo up",
                f"address add {one.address}/24 dev eth0",
                "link set eth0 up",
                f"route add default via {GATEWAY}",
            ]
            sh("ip", "-netns", one.name, "-batch", "-", input="\n".join(inside) + "\n")
            outside = [f"link set {port} master lan0", f"link set {port} up"]
            sh("ip", "-netns", self._switch, "-batch", "-", input="\n".join(outside) + "\n")
            values = "; ".join(f"echo {value} > /proc/sys/{name}" for name, value in _SYSCTLS)
            sh("nsenter", f"--net={one.netns}", "sh", "-c", values)
