"""`up` and `down`: what the machine holds after is what it held before."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cluster import leftovers
from tests.e2e.driver import NEEDS

pytestmark = [*NEEDS, pytest.mark.slow, pytest.mark.kubectl]


def minik8s(*arguments: str, kubeconfig: Path) -> subprocess.CompletedProcess[str]:
    env = dict(os.environ) | {"KUBECONFIG": str(kubeconfig)}
    command = [sys.executable, "-m", "cluster", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=200)


def serve_an_ingress(kubeconfig: Path) -> None:
    """nginx runs only while there is one; it has to be gone with the cluster."""
    backend = {"service": {"name": "nobody", "port": {"number": 80}}}
    document = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "all"},
        "spec": {"defaultBackend": backend},
    }
    kubectl = ["kubectl", f"--kubeconfig={kubeconfig}"]
    subprocess.run([*kubectl, "apply", "--filename=-"], input=json.dumps(document), text=True, check=True, timeout=30)
    address = "--for=jsonpath={.status.loadBalancer.ingress}"
    subprocess.run([*kubectl, "wait", address, "ingress/all", "--timeout=60s"], check=True, timeout=90)
    curl = ["curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}", "http://127.0.0.1/"]
    assert subprocess.run(curl, capture_output=True, text=True, timeout=30).stdout == "503"


@pytest.mark.parametrize("store", ["sqlite", pytest.param("etcd", marks=pytest.mark.etcd)])
def test_down_leaves_nothing_behind(tmp_path: Path, store: str) -> None:
    if store == "etcd" and shutil.which("etcd") is None:
        pytest.skip("needs etcd")
    kubeconfig = tmp_path / "kubeconfig"
    before = leftovers.picture()
    try:
        up = minik8s("up", f"--store={store}", kubeconfig=kubeconfig)
        assert up.returncode == 0, up.stdout + up.stderr
        assert kubeconfig.exists()
        again = minik8s("up", kubeconfig=kubeconfig)
        assert "is already running" in again.stdout
        serve_an_ingress(kubeconfig)
        status = minik8s("status", kubeconfig=kubeconfig)
        assert status.returncode == 0, status.stdout
    finally:
        down = minik8s("down", kubeconfig=kubeconfig)
    assert down.returncode == 0, down.stdout + down.stderr
    assert leftovers.compare(before, leftovers.picture()) == []
    assert not kubeconfig.exists()
