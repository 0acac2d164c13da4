"""The seam of admission: the request a plugin sees, and what a plugin is."""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from apiserver.admission.reinvocation import Rounds
from apiserver.auth.errors import StatusError, forbidden
from apiserver.auth.protocols import Authorizer, Reader, User, Writer


class Operation(enum.StrEnum):
    """What a request does, as admission names it."""

    CREATE = "CREATE"
    UPDATE = "UPDATE"
    DELETE = "DELETE"
    CONNECT = "CONNECT"


@dataclass(slots=True, kw_only=True)
class AdmissionRequest:
    """One write on its way to the store.

    `verb` is what authorizers are asked for, `operation` what comes of it: a patch is an update.
    `obj` is the new object (None for a delete), `old` the stored one (None for a create). Mutating plugins change
    `obj` in place or replace it; nobody changes `old`. `annotations` go to the audit event, `warnings` to the client,
    whatever becomes of the request. `rounds` is kept by plugins that may have to be asked again.
    """

    operation: Operation
    verb: str = "update"
    group: str = ""
    version: str = "v1"
    resource: str
    subresource: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    obj: Any = None
    old: Any = None
    options: Any = None
    dry_run: bool = False
    user: User
    annotations: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    rounds: Rounds | None = None

    @property
    def object_name(self) -> str:
        """The name to tell people: the request's, the object's, the prefix of one to be generated, or `Unknown`."""
        if self.name:
            return self.name
        metadata = getattr(self.obj, "metadata", None)
        return getattr(metadata, "name", "") or getattr(metadata, "generate_name", "") or "Unknown"

    def forbidden(self, why: str) -> StatusError:
        """The 403 to raise when the plugin does not allow the request."""
        return forbidden(self.group, self.resource, self.object_name, why)


ResourceKey = tuple[str, str, str]  # (group, resource, subresource)


class AdmissionPlugin(Protocol):
    """One rule about writes.

    `mutates` and `validates` say which of the two methods does anything; the chain calls no other.
    """

    name: str
    mutates: bool
    validates: bool

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Whether the plugin looks at such requests at all; asked once per kind of request."""
        ...

    async def mutate(self, request: AdmissionRequest) -> None:
        """Change the request's object. Raises StatusError to refuse it."""
        ...

    async def validate(self, request: AdmissionRequest) -> None:
        """Judge the request's object as it will be stored. Raises StatusError to refuse it."""
        ...


@dataclass(slots=True, kw_only=True)
class AdmissionContext:
    """What plugins may use. `resource_of(api_version, kind)` finds (group, resource) of kinds that are served."""

    reader: Reader
    writer: Writer
    authorizer: Authorizer
    resource_of: Callable[[str, str], tuple[str, str] | None]
    now: Callable[[], float] = time.time


class Plugin:
    """Base of the plugins here: subclasses set the class variables and override one or both methods.

    `RESOURCES` None means every resource; `OPERATIONS` are those looked at.
    """

    NAME: ClassVar[str] = ""
    OPERATIONS: ClassVar[tuple[Operation, ...]] = ()
    RESOURCES: ClassVar[tuple[ResourceKey, ...] | None] = None

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        self.name = self.NAME
        self.context = context
        self.mutates = type(self).mutate is not Plugin.mutate
        self.validates = type(self).validate is not Plugin.validate

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """Whether operation and resource are among the plugin's."""
        if operation not in self.OPERATIONS:
            return False
        return self.RESOURCES is None or (group, resource, subresource) in self.RESOURCES

    async def mutate(self, request: AdmissionRequest) -> None:
        """Nothing."""

    async def validate(self, request: AdmissionRequest) -> None:
        """Nothing."""


PODS: ResourceKey = ("", "pods", "")
