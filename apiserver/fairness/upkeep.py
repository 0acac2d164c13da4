"""Keep the first levels and schemas as they must be, and tell of schemas whose level is not there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import msgspec
import structlog

from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Reader, Writer
from apiserver.fairness.bootstrap import AUTOUPDATE, MANDATORY, flow_schemas, priority_levels
from minik8s.api.flowcontrol_v1 import FlowSchema, FlowSchemaCondition, PriorityLevelConfiguration
from minik8s.api.object_meta import ManagedFieldsEntry, ObjectMeta

log = structlog.get_logger("apiserver.fairness")

_Object = FlowSchema | PriorityLevelConfiguration
_TELLER = "api-priority-and-fairness-config-consumer-v1"
_VERSION = "flowcontrol.apiserver.k8s.io/v1"
_DANGLING = msgspec.json.encode(
    {
        "f:status": {
            "f:conditions": {
                'k:{"type":"Dangling"}': {
                    ".": {},
                    "f:lastTransitionTime": {},
                    "f:message": {},
                    "f:reason": {},
                    "f:status": {},
                    "f:type": {},
                }
            }
        }
    }
)
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
_FALSE = ("0", "f", "F", "FALSE", "false", "False")


def _follows(obj: _Object) -> bool:
    """Whether the object's spec is kept as it came: by its annotation, or as long as nobody has changed it."""
    said = obj.metadata.annotations.get(AUTOUPDATE, "")
    if said in _TRUE or said in _FALSE:
        return said in _TRUE
    return obj.metadata.generation == 1


def revised(actual: _Object, wanted: _Object) -> _Object | None:
    """The object as it should be, or None when it is that already."""
    follows = wanted.metadata.name in MANDATORY or _follows(actual)
    annotations = {**actual.metadata.annotations, AUTOUPDATE: "true" if follows else "false"}
    spec = wanted.spec if follows else actual.spec
    if annotations == actual.metadata.annotations and spec == actual.spec:
        return None
    generation = (actual.metadata.generation or 0) + (spec != actual.spec)
    metadata = msgspec.structs.replace(actual.metadata, annotations=annotations, generation=generation)
    return msgspec.structs.replace(actual, metadata=metadata, spec=spec)


def _told(metadata: ObjectMeta, now: str) -> ObjectMeta:
    """The metadata with the condition among the managed fields: Kubernetes applies it."""
    entry = ManagedFieldsEntry(
        manager=_TELLER,
        operation="Apply",
        api_version=_VERSION,
        time=now,
        fields_type="FieldsV1",
        fields_v1=msgspec.Raw(_DANGLING),
        subresource="status",
    )
    others = [one for one in metadata.managed_fields if (one.manager, one.operation) != (_TELLER, "Apply")]
    return msgspec.structs.replace(metadata, managed_fields=[entry, *others])


class FlowControlUpkeep:
    """`ensure` is to be called at start and every minute; several servers may do so at once.

    `tell` is to be called again and again: it waits for a change of schemas or levels, and tells what came of it.
    """

    def __init__(self, reader: Reader, writer: Writer, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._reader = reader
        self._writer = writer
        self._now = now
        self._changed = asyncio.Event()
        for kind in (FlowSchema, PriorityLevelConfiguration):
            reader.on_change(kind, lambda old, new: self._changed.set())

    async def tell(self) -> int:
        """Once something has changed: which schemas have a level. The number of objects written. Raises StatusError."""
        await self._changed.wait()
        self._changed.clear()
        return await self._conditions(self._reader.list(FlowSchema))

    async def ensure(self) -> int:
        """Write what is missing or wrong; the number of objects written. Raises StatusError."""
        wanted: list[_Object] = [*priority_levels(), *flow_schemas()]
        # All at once: reads share an answer of the store, writes a commit.
        written = sum(await asyncio.gather(*(self._one(obj) for obj in wanted)))
        written += await self._conditions(self._reader.list(FlowSchema))
        if written:
            log.info("wrote flow control objects", objects=written)
        return written

    async def _one(self, wanted: _Object) -> bool:
        try:
            actual = await self._reader.fetch(type(wanted), wanted.metadata.name)
            if actual is None:
                metadata = msgspec.structs.replace(wanted.metadata, generation=1)
                await self._writer.create(msgspec.structs.replace(wanted, metadata=metadata))
                return True
            changed = revised(actual, wanted)
            if changed is None:
                return False
            await self._writer.update(changed)
            return True
        except StatusError as error:
            if error.code != 409:
                raise
            return False  # another server does the same

    async def _conditions(self, schemas: Sequence[FlowSchema]) -> int:
        written = 0
        for schema in schemas:
            name = schema.spec.priority_level_configuration.name
            there = self._reader.get(PriorityLevelConfiguration, name) is not None
            status = "False" if there else "True"
            old = next((one for one in schema.status.conditions if one.type == "Dangling"), None)
            if old is not None and old.status == status:
                continue
            told = "and it exists" if there else "but there is no such object"
            condition = FlowSchemaCondition(
                type="Dangling",
                status=status,
                last_transition_time=self._now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                reason="Found" if there else "NotFound",
                message=f'This FlowSchema references the PriorityLevelConfiguration object named "{name}" {told}',
            )
            rest = [one for one in schema.status.conditions if one.type != "Dangling"]
            updated = msgspec.structs.replace(
                schema,
                metadata=_told(schema.metadata, condition.last_transition_time or ""),
                status=msgspec.structs.replace(schema.status, conditions=[*rest, condition]),
            )
            try:
                await self._writer.update(updated, "status")
                written += 1
            except StatusError as error:
                if error.code not in (404, 409):
                    raise
        return written
