"""What the same Pods cost with Docker alone: a sandbox without network, CNI, and one container in it, by hand."""

from __future__ import annotations

import contextlib
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench.kubelets import Kubelet
from kubelet.cni import CNI
from kubelet.runtime import docker_config, docker_records, pause
from kubelet.runtime.types import ContainerSpec, SandboxSpec
from minik8s.api.core_v1 import Pod
from minik8s.api.object_meta import ObjectMeta

WORKERS = 4
"""Docker gains nothing from more at once."""


def seconds(kubelet: Kubelet, image: str, count: int) -> float:
    """How long `count` Pods take until all their containers run; nothing of them stays."""
    import docker

    api: Any = docker.APIClient(kubelet.docker, version="1.41", timeout=120)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        network = CNI(kubelet.cni_conf, [kubelet.cni_bin], Path(folder))
        made: list[str] = []

        def one(number: int) -> None:
            sandbox = SandboxSpec(name=f"bench-{number}-POD", hostname=f"bench-{number}", labels={})
            config = docker_config.sandbox_config(sandbox, pause.IMAGE, 0)
            box = str(api.create_container_from_config(config, sandbox.name)["Id"])
            made.append(box)
            api.start(box)
            details = docker_records.details_of(api.inspect_container(box))
            pod = Pod(metadata=ObjectMeta(name=f"bench-{number}", namespace="bench"))
            network.add_now(box, details.netns, pod)
            spec = ContainerSpec(name=f"bench-{number}-c", sandbox_id=box, image=image, labels={})
            container = str(api.create_container_from_config(docker_config.container_config(spec, 0), spec.name)["Id"])
            made.append(container)
            api.start(container)

        try:
            began = time.perf_counter()
            list(pool.map(one, range(count)))
            return time.perf_counter() - began
        finally:
            list(pool.map(lambda held: _remove(api, network, held), reversed(made)))


def _remove(api: Any, network: CNI, container_id: str) -> None:
    network.delete_now(container_id)
    with contextlib.suppress(Exception):
        api.remove_container(container_id, v=True, force=True)
