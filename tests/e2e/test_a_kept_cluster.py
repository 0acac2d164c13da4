"""`down --keep-data`, then `up`: the same workloads run."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.e2e.driver import EXAMPLES, Kube, eventually, http

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.root,
    pytest.mark.docker,
    pytest.mark.kubectl,
    pytest.mark.timeout(240),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("dockerd") is None, reason="needs dockerd"),
]


def test_workloads_come_back_with_the_data(tmp_path: Path) -> None:
    kube = Kube(tmp_path / "config")
    try:
        kube.minik8s("up", "--nodes=1", "--hollow-nodes=1", timeout=180)
        # Probes of Pods on hollow nodes succeed: nobody is there to answer them.
        kube("apply", f"--filename={EXAMPLES / 'deployment.yaml'}", f"--filename={EXAMPLES / 'service.yaml'}")
        kube("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
        kube("taint", "node", "minik8s-hollow-0", "hollow=yes:NoExecute")
        kube.minik8s("down", "--keep-data")
        kube.minik8s("up", timeout=180)
        kube("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
        address = kube("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
        assert "demo v1" in eventually("the Service answers", lambda: http(f"http://{address}/"))
    finally:
        kube.minik8s("down")
