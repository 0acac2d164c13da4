"""One cluster for the end-to-end tests, driven with the real kubectl as the tutorial's reader would."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster import control
from cluster.down import down
from cluster.layout import Layout
from cluster.options import Options
from cluster.progress import Plain
from tests.e2e.driver import Kube


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that bring clusters up and down themselves come before the one that all others share."""
    items.sort(key=lambda item: "cluster" in getattr(item, "fixturenames", ()))


@pytest.fixture(scope="session", autouse=True)
def _no_other_cluster() -> None:
    """These tests bring the machine's cluster up and down: a running one is not theirs, a dead one is in the way."""
    if os.geteuid() != 0 or os.environ.get("MINIK8S_E2E_KEEP") == "1":
        return
    layout = Layout(Options().name)
    if control.is_running(layout):
        pytest.exit(f"cluster {layout.name} runs on this machine: `minik8s down` it before these tests", returncode=1)
    asyncio.run(down(layout, Plain()))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kube]:
    if os.geteuid() != 0:
        pytest.skip("needs root")
    for program in ("dockerd", "kubectl"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}")
    kube = Kube(tmp_path_factory.mktemp("kube") / "config")
    kube.minik8s("up", timeout=180)
    try:
        yield kube
    finally:
        if os.environ.get("MINIK8S_E2E_KEEP") != "1":
            kube.minik8s("down", timeout=120)


@pytest.fixture
def kube(cluster: Kube, request: pytest.FixtureRequest) -> Iterator[Kube]:
    """kubectl in a fresh namespace that is deleted, with all in it, at the end."""
    name = request.node.name.replace("_", "-").lower().removeprefix("test-")[:40].strip("-")
    cluster("create", "namespace", name)
    own = Kube(Path(cluster.env["KUBECONFIG"]), name)
    try:
        yield own
    finally:
        cluster("delete", "namespace", name, "--wait=true", "--timeout=60s", check=False, timeout=90)
