"""The hands of the end-to-end tests: the real kubectl, our own command, HTTP, and waiting."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NEEDS = [
    pytest.mark.e2e,
    pytest.mark.root,
    pytest.mark.docker,
    pytest.mark.timeout(240),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="needs dockerd"),
]
"""The marks of every test that brings a cluster up."""


class Kube:
    """The real kubectl and our own command on the cluster, in a namespace of the test's own."""

    def __init__(self, kubeconfig: Path, namespace: str = "default") -> None:
        self.env = dict(os.environ) | {"KUBECONFIG": str(kubeconfig)}
        self.namespace = namespace

    def run(self, *arguments: str, input: str | None = None, check: bool = True, timeout: float = 60) -> str:
        """kubectl's standard output; fails the test with its error unless `check` is off (then both are given)."""
        command = ["kubectl", "--namespace", self.namespace, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, input=input, timeout=timeout)
        if check:
            assert done.returncode == 0, f"kubectl {' '.join(arguments)}: {done.stderr}{done.stdout}"
            return done.stdout
        return done.stdout + done.stderr

    __call__ = run

    def get(self, *arguments: str) -> Any:
        return json.loads(self.run("get", *arguments, "--output=json"))

    def minik8s(self, *arguments: str, check: bool = True, timeout: float = 120) -> str:
        command = [sys.executable, "-m", "cluster", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, timeout=timeout)
        if check:
            assert done.returncode == 0, f"minik8s {' '.join(arguments)}: {done.stderr}{done.stdout}"
        return done.stdout + done.stderr

    def processes(self) -> dict[str, int]:
        """Name to pid of the cluster's processes."""
        rows = [line.split() for line in self.minik8s("status", check=False).splitlines()[1:] if line.strip()]
        return {row[0]: int(row[2]) for row in rows if len(row) > 3 and row[2].isdigit()}

    def running(self, selector: str) -> list[Any]:
        pods = self.get("pods", f"--selector={selector}")["items"]
        return [
            p
            for p in pods
            if "deletionTimestamp" not in p["metadata"]
            and any(c["type"] == "Ready" and c["status"] == "True" for c in p.get("status", {}).get("conditions", []))
        ]


def eventually(what: str, check: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer of `check`; an AssertionError of its own counts as not yet."""
    deadline = time.monotonic() + seconds
    last: object = None
    while True:
        try:
            if last := check():
                return last
        except (AssertionError, OSError, KeyError, IndexError) as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {seconds} s; last: {last!r}")
        time.sleep(0.2)


def http(url: str, timeout: float = 3) -> str:
    from urllib.request import ProxyHandler, build_opener

    with build_opener(ProxyHandler({})).open(url, timeout=timeout) as answer:
        return str(answer.read().decode())
