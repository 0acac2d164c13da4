"""`down --keep-data`, then `up`: the same workloads run."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually, http

pytestmark = [*NEEDS, pytest.mark.kubectl]


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
