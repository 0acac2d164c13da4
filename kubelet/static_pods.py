"""Static Pods: manifests in a folder of this node, run whether the API answers or not, and mirrored in it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kubelet.inotify import FolderWatch
from kubelet.pods.declared import (
    HASH_ANNOTATION,
    MIRROR_ANNOTATION,
    SEEN_ANNOTATION,
    SOURCE_ANNOTATION,
    every_container,
)
from kubelet.workers import Workers
from minik8s.api.core_v1 import Node, Pod, Probe, Toleration
from minik8s.api.object_meta import OwnerReference
from minik8s.client.api import ApiClient
from minik8s.client.errors import AlreadyExists, ApiError, ConnectionFailed, NotFound
from minik8s.machinery import names
from minik8s.machinery.copy import deep_copy
from minik8s.machinery.times import format_time

log = structlog.get_logger("static")

RESYNC_SECONDS = 20.0


class ManifestError(Exception):
    """A manifest cannot be read as a Pod; the message says why."""


def parse_manifest(text: bytes, where: str, node: str) -> Pod:
    """The Pod a manifest declares, named after its node, with a uid made from it. Raises ManifestError."""
    import yaml

    try:
        document = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError as error:
        raise ManifestError(f"{where} is neither YAML nor JSON: {error}") from None
    if not isinstance(document, dict) or (document.get("apiVersion"), document.get("kind")) != ("v1", "Pod"):
        raise ManifestError(f"{where} is no v1 Pod")
    try:
        pod = msgspec.convert(document, Pod, strict=False)
    except msgspec.ValidationError as error:
        raise ManifestError(f"{where} is no valid Pod: {error}") from None
    if not pod.metadata.name or not pod.spec.containers:
        raise ManifestError(f"{where}: a name and containers are needed")
    _check_names(pod, where)
    uid = pod.metadata.uid or hashlib.md5(node.encode() + where.encode() + text, usedforsecurity=False).hexdigest()
    meta = pod.metadata
    meta.uid, meta.name, meta.namespace = uid, f"{meta.name}-{node}", meta.namespace or "default"
    meta.annotations = {
        **meta.annotations,
        SOURCE_ANNOTATION: "file",
        HASH_ANNOTATION: uid,
    }
    pod.spec.node_name = node
    pod.spec.tolerations.append(Toleration(operator="Exists", effect="NoExecute"))
    pod.status = type(pod.status)(phase="Pending")
    _fill(pod)
    return pod


def _check_names(pod: Pod, where: str) -> None:
    """The API would not have a mirror of what is named otherwise."""
    named = [("metadata.name", pod.metadata.name, names.dns1123_subdomain)]
    if pod.metadata.namespace:
        named.append(("metadata.namespace", pod.metadata.namespace, names.dns1123_label))
    for index, container in enumerate(pod.spec.containers):
        named.append((f"spec.containers[{index}].name", container.name, names.dns1123_label))
        if not container.image:
            raise ManifestError(f"{where}: spec.containers[{index}].image: Required value")
    for field, name, check in named:
        for trouble in check(name):
            raise ManifestError(f'{where}: {field}: Invalid value: "{name}": {trouble}')


def _fill(pod: Pod) -> None:
    """What the API server would have filled in."""
    spec = pod.spec
    spec.restart_policy = spec.restart_policy or "Always"
    spec.dns_policy = spec.dns_policy or "ClusterFirst"
    if spec.termination_grace_period_seconds is None:
        spec.termination_grace_period_seconds = 30
    for container in every_container(spec):
        last = container.image.rpartition("/")[2]
        latest = "@" not in last and (":" not in last or last.endswith(":latest"))
        container.image_pull_policy = container.image_pull_policy or ("Always" if latest else "IfNotPresent")
        container.termination_message_path = container.termination_message_path or "/dev/termination-log"
        container.termination_message_policy = container.termination_message_policy or "File"
        for amount, limit in container.resources.limits.items():
            container.resources.requests.setdefault(amount, limit)
        for port in container.ports:
            port.protocol = port.protocol or "TCP"
            if spec.host_network:
                port.host_port = port.host_port or port.container_port
        for probe in (container.liveness_probe, container.readiness_probe, container.startup_probe):
            if probe is not None:
                _fill_probe(probe)


def _fill_probe(probe: Probe) -> None:
    probe.timeout_seconds = probe.timeout_seconds or 1
    probe.period_seconds = probe.period_seconds or 10
    probe.success_threshold = probe.success_threshold or 1
    probe.failure_threshold = probe.failure_threshold or 3


class StaticPods:
    """The static Pods of one folder (or one file), and their mirrors."""

    def __init__(
        self, client: ApiClient, path: Path, workers: Workers, node_name: str, node: Callable[[], Node | None]
    ) -> None:
        self._client, self._path, self._workers = client, path, workers
        self._node_name, self._node = node_name, node
        self._pods: dict[str, Pod] = {}
        self._mirrors: dict[tuple[str, str], Pod] = {}
        self._refused: set[str] = set()
        self._wake = asyncio.Event()
        self.loaded = False

    def mirror_changed(self, old: Pod | None, new: Pod | None) -> None:
        """A mirror Pod in the API came, changed or went."""
        pod = new or old
        assert pod is not None
        key = (pod.metadata.namespace, pod.metadata.name)
        if new is None:
            self._mirrors.pop(key, None)
        else:
            self._mirrors[key] = new
        self._wake.set()

    async def run(self) -> None:
        """Follow the folder and the mirrors until cancelled."""
        folder = self._path if not self._path.is_file() else self._path.parent
        watch: FolderWatch | None = None
        try:
            while True:
                if watch is None:
                    with contextlib.suppress(OSError):
                        folder.mkdir(parents=True, exist_ok=True)
                        watch = FolderWatch(folder, self._wake.set)
                self._load(self._parse(await asyncio.to_thread(self._read)))
                await self._mirror()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RESYNC_SECONDS):
                        await self._wake.wait()
                self._wake.clear()
        finally:
            if watch is not None:
                watch.close()

    def _read(self) -> dict[str, bytes]:
        files = [self._path] if self._path.is_file() else sorted(self._path.glob("*")) if self._path.is_dir() else []
        found = {}
        for file in files:
            if not file.name.startswith(".") and file.is_file():
                try:
                    found[str(file)] = file.read_bytes()
                except OSError as error:
                    log.warning("a static pod cannot be read", file=str(file), error=error.strerror)
        return found

    def _parse(self, texts: dict[str, bytes]) -> dict[str, Pod]:
        # Not in a worker thread: msgspec crashes when two threads are the first to use one type.
        found = {}
        for where, text in texts.items():
            try:
                pod = parse_manifest(text, where, self._node_name)
            except ManifestError as error:
                log.warning("a static pod cannot be read", error=str(error))
                continue
            found[pod.metadata.uid] = pod
        return found

    def _load(self, found: dict[str, Pod]) -> None:
        for uid in self._pods.keys() - found.keys():
            self._workers.remove(uid)
            self._pods.pop(uid)
        for uid, pod in found.items():
            if uid not in self._pods:
                pod.metadata.annotations[SEEN_ANNOTATION] = format_time(self._client.clock.now())
                pod.metadata.creation_timestamp = format_time(self._client.clock.now())
                self._pods[uid] = pod
                self._workers.take(pod)
            elif self._workers.get(uid) is None:
                # The one before it ended only now.
                self._workers.take(self._pods[uid])
        self.loaded = True

    async def _mirror(self) -> None:
        """One mirror for each static Pod, the same as it is now, and none besides."""
        wanted = {(p.metadata.namespace, p.metadata.name): p for p in self._pods.values()}
        try:
            for key, mirror in list(self._mirrors.items()):
                pod = wanted.get(key)
                same = pod is not None and mirror.metadata.annotations.get(MIRROR_ANNOTATION) == pod.metadata.uid
                if same and mirror.metadata.deletion_timestamp is None:
                    continue
                with contextlib.suppress(NotFound):
                    await self._client.delete(Pod, key[1], key[0], grace_period_seconds=0, uid=mirror.metadata.uid)
                self._mirrors.pop(key, None)
            for key, pod in wanted.items():
                if key not in self._mirrors:
                    await self._try_create(key, pod)
                worker = self._workers.get(pod.metadata.uid)
                mirror_or_none = self._mirrors.get(key)
                if worker is not None and mirror_or_none is not None:
                    if worker.mirror_uid != mirror_or_none.metadata.uid:
                        worker.mirrored(mirror_or_none)
        except (ApiError, ConnectionFailed) as error:
            log.debug("mirror pods cannot be written yet", error=str(error))

    async def _try_create(self, key: tuple[str, str], pod: Pod) -> None:
        try:
            await self._create(key, pod)
        except ApiError as error:
            # What the API refuses must not keep the others from their mirrors.
            told = log.warning if pod.metadata.uid not in self._refused else log.debug
            self._refused.add(pod.metadata.uid)
            told("no mirror of a static pod", pod=key[1], namespace=key[0], error=str(error))

    async def _create(self, key: tuple[str, str], pod: Pod) -> None:
        node = self._node()
        if node is None:
            return
        mirror: Any = deep_copy(pod)
        mirror.metadata.annotations[MIRROR_ANNOTATION] = pod.metadata.uid
        mirror.metadata.uid = ""
        mirror.metadata.creation_timestamp = None
        mirror.metadata.owner_references = [
            OwnerReference(
                api_version="v1",
                kind="Node",
                name=node.metadata.name,
                uid=node.metadata.uid,
                controller=True,
            )
        ]
        with contextlib.suppress(AlreadyExists):
            self._mirrors[key] = await self._client.create(mirror)
