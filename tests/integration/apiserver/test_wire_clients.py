"""Real clients against a real server process: kubectl, the official Python client, kr8s."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml

from minik8s.api.core_v1.containers import Container
from minik8s.api.docs import documentation_of
from tests.integration.streams.rig import free_port, kubectls
from tests.support.api_server import ApiServer

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
FOUND = kubectls()
# The newest and the oldest.
KUBECTLS = pytest.mark.parametrize("kubectl", [FOUND[-1], FOUND[0]] if FOUND else [], ids=os.path.basename)
MANIFESTS: list[dict[str, Any]] = [
    {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}},
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "p", "namespace": "default"},
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    },
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "d", "namespace": "default"},
        "spec": {
            "selector": {"matchLabels": {"a": "b"}},
            "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        },
    },
]


class Cluster:
    """A server and how to reach it."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self._environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "HOME": str(kubeconfig.parent)}

    def run(self, kubectl: str, *words: str, given: str = "") -> str:
        """What kubectl prints; fails with its complaint."""
        done = subprocess.run(
            [kubectl, *words], input=given, env=self._environment, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    folder = tmp_path_factory.mktemp("clients")
    tokens = folder / "tokens.csv"
    tokens.write_text('secret,somebody,1,"system:masters"\n')
    flags = (f"--sqlite-path={folder / 'db'}", f"--token-auth-file={tokens}")
    server = ApiServer(folder, "one", free_port(), *flags)
    server.start()
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "c",
                "clusters": [{"name": "c", "cluster": {"server": server.url, "insecure-skip-tls-verify": True}}],
                "users": [{"name": "u", "user": {"token": "secret"}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            }
        )
    )
    try:
        await server.ready()
        yield Cluster(kubeconfig)
    finally:
        server.stop()


def manifests() -> str:
    return "---\n".join(yaml.safe_dump(each) for each in MANIFESTS)


@pytest.mark.kubectl
@KUBECTLS
async def test_apply_with_validation_and_tables(cluster: Cluster, kubectl: str) -> None:
    run = asyncio.to_thread
    await run(cluster.run, kubectl, "apply", "--validate=strict", "-f", "-", given=manifests())
    shown = (await run(cluster.run, kubectl, "get", "pods", "-o", "wide")).split("\n")
    assert shown[0].split()[:6] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP"]
    assert shown[1].split()[:4] == ["p", "0/1", "Pending", "0"]
    assert "deployment.apps/d   0/1" in await run(cluster.run, kubectl, "get", "all")
    resources = (await run(cluster.run, kubectl, "api-resources", "--no-headers")).splitlines()
    assert any(line.split()[:2] == ["deployments", "deploy"] for line in resources)
    assert "autoscaling/v2" in await run(cluster.run, kubectl, "api-versions")
    explained = await run(cluster.run, kubectl, "explain", "deployment.spec.template.spec.containers.resources")
    assert "ResourceRequirements" in explained and "claims" in explained
    assert json.loads(await run(cluster.run, kubectl, "version", "-o", "json"))["serverVersion"]["minor"] == "36"


@pytest.mark.kubectl
@KUBECTLS
async def test_explain_tells_what_types_and_fields_are_for(cluster: Cluster, kubectl: str) -> None:
    about, fields = documentation_of(Container)
    for form in ("plaintext", "plaintext-openapiv2"):
        words = ("explain", "pod.spec.containers", f"--output={form}")
        shown = " ".join((await asyncio.to_thread(cluster.run, kubectl, *words)).split())
        assert about in shown
        assert [name for name, sentence in fields.items() if sentence not in shown] == []
        words = ("explain", "deployment", f"--output={form}")
        deployment = await asyncio.to_thread(cluster.run, kubectl, *words)
        assert "<no description>" not in deployment and "<empty>" not in deployment


@pytest.mark.kubectl
@KUBECTLS
async def test_every_kind_is_shown(cluster: Cluster, kubectl: str) -> None:
    names = await asyncio.to_thread(cluster.run, kubectl, "api-resources", "--verbs=list", "-o", "name")
    for group in range(0, len(names.split()), 20):
        wanted = ",".join(names.split()[group : group + 20])
        await asyncio.to_thread(cluster.run, kubectl, "get", wanted, "-A", "-o", "wide", "--ignore-not-found")


async def test_the_official_client_lists_watches_and_discovers(cluster: Cluster) -> None:
    kubernetes = pytest.importorskip("kubernetes")

    def work() -> None:
        kubernetes.config.load_kube_config(str(cluster.kubeconfig))
        core = kubernetes.client.CoreV1Api()
        core.create_namespaced_config_map("default", {"metadata": {"name": "typed"}, "data": {"k": "v"}})
        assert "typed" in [each.metadata.name for each in core.list_namespaced_config_map("default").items]
        watch = kubernetes.watch.Watch()
        events = watch.stream(core.list_namespaced_config_map, "default", timeout_seconds=1)
        assert ("ADDED", "typed") in [(event["type"], event["object"].metadata.name) for event in events]
        dynamic = kubernetes.dynamic.DynamicClient(kubernetes.client.ApiClient())
        deployments = dynamic.resources.get(api_version="apps/v1", kind="Deployment")
        assert set(deployments.subresources) == {"scale", "status"}
        assert (
            dynamic.resources.get(api_version="v1", kind="ConfigMap").get(name="typed", namespace="default").data.k
            == "v"
        )

    await asyncio.to_thread(work)


async def test_kr8s_finds_its_way(cluster: Cluster) -> None:
    kr8s = pytest.importorskip("kr8s")
    api = await kr8s.asyncio.api(kubeconfig=str(cluster.kubeconfig))
    resources = await api.api_resources()
    assert {"pods", "deployments"} <= {each["name"] for each in resources}
    spaces = [space.name async for space in api.get("namespaces")]
    assert "kube-system" in spaces
