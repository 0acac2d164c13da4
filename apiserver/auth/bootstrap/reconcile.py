"""Keep the first roles and bindings as they must at least be, at every start of a server.

What a user added stays; what is missing comes back, unless the object's autoupdate annotation says "false".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

import msgspec
import structlog

from apiserver.auth.authorization.rules import missing
from apiserver.auth.bootstrap import policy
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import Reader, Writer
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.objects import Object
from minik8s.api.rbac_v1 import AggregationRule, ClusterRole, ClusterRoleBinding, Role, RoleBinding, Subject

log = structlog.get_logger("apiserver.auth")

AnyRole = ClusterRole | Role
AnyBinding = ClusterRoleBinding | RoleBinding
W = TypeVar("W", bound=ClusterRole | Role | ClusterRoleBinding | RoleBinding)


def _with_metadata(actual: ObjectMeta, wanted: ObjectMeta) -> ObjectMeta:
    def over(mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
        return {**mine, **theirs}  # what the object has wins

    return msgspec.structs.replace(
        actual,
        labels=over(wanted.labels, actual.labels),
        annotations=over(wanted.annotations, actual.annotations),
    )


def _protected(obj: Object) -> bool:
    return obj.metadata.annotations.get(policy.AUTOUPDATE) == "false"


def merged_role(actual: AnyRole, wanted: AnyRole) -> AnyRole | None:
    """The role as it should be, or None when nothing is missing."""
    if _protected(actual):
        return None
    metadata = _with_metadata(actual.metadata, wanted.metadata)
    if isinstance(wanted, ClusterRole) and isinstance(actual, ClusterRole) and wanted.aggregation_rule is not None:
        have = list(actual.aggregation_rule.cluster_role_selectors) if actual.aggregation_rule else []
        lacking = [s for s in wanted.aggregation_rule.cluster_role_selectors if s not in have]
        if not lacking and metadata == actual.metadata:
            return None
        rule = AggregationRule(cluster_role_selectors=have + lacking)
        return msgspec.structs.replace(actual, metadata=metadata, aggregation_rule=rule)
    lacking_rules = [] if actual.rules == wanted.rules else missing(actual.rules, wanted.rules)
    if not lacking_rules and metadata == actual.metadata:
        return None
    return msgspec.structs.replace(actual, metadata=metadata, rules=[*actual.rules, *lacking_rules])


def merged_binding(actual: AnyBinding, wanted: AnyBinding) -> AnyBinding | None:
    """The binding as it should be, or None when nothing is missing; the role it names must be the same."""
    if _protected(actual):
        return None
    metadata = _with_metadata(actual.metadata, wanted.metadata)
    lacking: Sequence[Subject] = [subject for subject in wanted.subjects if subject not in actual.subjects]
    if not lacking and metadata == actual.metadata:
        return None
    return msgspec.structs.replace(actual, metadata=metadata, subjects=[*actual.subjects, *lacking])


class BootstrapPolicy:
    """Writes the first RBAC objects; `ensure` may be called at any time and by several servers at once."""

    def __init__(self, reader: Reader, writer: Writer) -> None:
        self._reader = reader
        self._writer = writer

    async def ensure(self) -> int:
        """Create and complete what is missing; the number of objects written.

        One that is there and cannot be read is left as it is. Raises StatusError when an object could not be written
        for another reason than a concurrent writer.
        """
        roles: list[AnyRole] = [*policy.cluster_roles(), *policy.roles()]
        bindings: list[AnyBinding] = [*policy.cluster_role_bindings(), *policy.role_bindings()]
        # All at once: reads share an answer of the store, writes a commit.
        made = await asyncio.gather(*(self._retried(self._ensure_role, role) for role in roles))
        made += await asyncio.gather(*(self._retried(self._ensure_binding, binding) for binding in bindings))
        written = sum(made)
        if written:
            log.info("wrote first RBAC objects", objects=written)
        return written

    async def _retried(self, step: Callable[[W], Awaitable[bool]], wanted: W) -> bool:
        refused: StatusError | None = None
        for _ in range(5):
            try:
                return await step(wanted)
            except StatusError as error:
                if error.code != 409:
                    raise
                refused = error
        log.error(
            "a first RBAC object is there, but cannot be read or changed; it stays as it is",
            kind=wanted.kind,
            name=wanted.metadata.name,
            namespace=wanted.metadata.namespace,
            reason=str(refused),
        )
        return False

    async def _create(self, obj: Object) -> None:
        namespace = obj.metadata.namespace
        if namespace and await self._reader.fetch(Namespace, namespace) is None:
            try:
                await self._writer.create(Namespace(metadata=ObjectMeta(name=namespace)))
            except StatusError as error:
                if error.code != 409:
                    raise
        await self._writer.create(obj)

    async def _ensure_role(self, wanted: AnyRole) -> bool:
        actual = await self._reader.fetch(type(wanted), wanted.metadata.name, wanted.metadata.namespace)
        if actual is None:
            await self._create(wanted)
            return True
        changed = merged_role(actual, wanted)
        if changed is None:
            return False
        await self._writer.update(changed)
        log.info("completed a first role", kind=wanted.kind, name=wanted.metadata.name)
        return True

    async def _ensure_binding(self, wanted: AnyBinding) -> bool:
        actual = await self._reader.fetch(type(wanted), wanted.metadata.name, wanted.metadata.namespace)
        if actual is None:
            await self._create(wanted)
            return True
        if actual.role_ref != wanted.role_ref:
            if _protected(actual):
                return False
            # A binding's role cannot be changed: it is replaced.
            await self._writer.delete(actual)
            await self._create(wanted)
            return True
        changed = merged_binding(actual, wanted)
        if changed is None:
            return False
        await self._writer.update(changed)
        log.info("completed a first role binding", kind=wanted.kind, name=wanted.metadata.name)
        return True
