"""APIServices of what this server serves itself: made for versions of custom resources, and always available."""

from __future__ import annotations

import asyncio

import msgspec
import structlog

from apiserver.aggregation.availability import LOCAL, tell
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Writer
from apiserver.objects import StoredObjects
from apiserver.storage.cacher import NotCaughtUp
from apiserver.storage.store import StoreError
from minik8s.api.apiextensions_v1 import CustomResourceDefinition
from minik8s.api.apiregistration_v1 import APIService, APIServiceSpec
from minik8s.api.fields import Struct
from minik8s.api.object_meta import ObjectMeta
from minik8s.clock import Clock

log = structlog.get_logger("apiserver.aggregation")

AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged"
_GROUP_PRIORITY = 1000
_VERSION_PRIORITY = 100


class _Version(Struct):
    name: str = ""
    served: bool = False


class _Spec(Struct):
    group: str = ""
    versions: list[_Version] = []


class _Definition(Struct):
    """What a definition says of what is served."""

    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)
    spec: _Spec = msgspec.field(default_factory=_Spec)


class Registration:
    """Keeps them in the background."""

    def __init__(self, reader: StoredObjects, writer: Writer, clock: Clock) -> None:
        self._reader = reader
        self._writer = writer
        self._clock = clock
        # By definition, the APIServices of its served versions: reading all definitions for each change takes too long.
        self._served: dict[str, frozenset[str]] = {}
        self._due: asyncio.Queue[str] = asyncio.Queue()
        self._waiting: set[str] = set()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look at all there are, and at those that come."""
        self._reader.on_outline(CustomResourceDefinition, _Definition, self._definition_changed)
        self._reader.on_change(APIService, self._service_changed)
        self._task = asyncio.create_task(self._work(), name="APIServices of custom resources")

    async def stop(self) -> None:
        """End the work."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _definition_changed(self, old: _Definition | None, new: _Definition | None) -> None:
        if new is not None:
            versions = [f"{each.name}.{new.spec.group}" for each in new.spec.versions if each.served]
            self._served[new.metadata.name] = frozenset(versions)
        elif old is not None:
            self._served.pop(old.metadata.name, None)
        for definition in (old, new):
            for version in definition.spec.versions if definition is not None else ():
                assert definition is not None
                self._add(f"{version.name}.{definition.spec.group}")

    def _service_changed(self, old: APIService | None, new: APIService | None) -> None:
        if new is None:
            assert old is not None
            self._add(old.metadata.name)
        elif new.spec.service is None and not any(each.reason == LOCAL.reason for each in new.status.conditions):
            self._add(new.metadata.name)
        elif _is_managed(new) and new.spec != _spec(new.metadata.name):
            self._add(new.metadata.name)

    def _add(self, name: str) -> None:
        if name not in self._waiting:
            self._waiting.add(name)
            self._due.put_nowait(name)

    async def _work(self) -> None:
        while True:
            name = await self._due.get()
            self._waiting.discard(name)
            try:
                await self._settle(name)
            except (StatusError, StoreError, NotCaughtUp) as error:
                log.warning("cannot keep an APIService, trying again", name=name, reason=str(error))
                await self._clock.sleep(1)
                self._add(name)

    async def _settle(self, name: str) -> None:
        wanted = any(name in each for each in self._served.values())
        stored = await self._reader.fetch(APIService, name)
        if stored is None:
            if wanted:
                await self._make(name)
            return
        if not wanted and _is_managed(stored):
            await self._writer.delete(stored)
            return
        if _is_managed(stored) and stored.spec != _spec(name):
            # Who wants to serve a version in place of its definition takes the label away.
            stored = await self._writer.update(msgspec.structs.replace(stored, spec=_spec(name)))
        if stored.spec.service is None:
            await tell(self._reader, self._writer, self._clock, name, LOCAL)

    async def _make(self, name: str) -> None:
        made = APIService(metadata=ObjectMeta(name=name, labels={AUTOMANAGED: "true"}), spec=_spec(name))
        try:
            await self._writer.create(made)
        except StatusError as error:
            if error.code != 409:
                raise


def _is_managed(service: APIService) -> bool:
    return service.metadata.labels.get(AUTOMANAGED) == "true"


def _spec(name: str) -> APIServiceSpec:
    version, _, group = name.partition(".")
    return APIServiceSpec(
        group=group,
        version=version,
        group_priority_minimum=_GROUP_PRIORITY,
        version_priority=_VERSION_PRIORITY,
    )
