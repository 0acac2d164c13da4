"""How objects of one resource are filled in, checked and changed: the seam between the verbs and the kinds.

The verbs know no kind; a kind knows no verb. A `Strategy` holds what is particular to one resource, as pure functions:
nothing here reads or writes anything but the objects it is given. `create` and `update` below put the steps of a
strategy in the order in which Kubernetes takes them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

import msgspec

from apiserver.at_once import TooSlow, at_once, judged
from apiserver.beside import run
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.quantities import canonical_quantities
from apiserver.slow_kinds import is_slow
from minik8s.api.objects import Object

T = TypeVar("T", bound=Object)


@dataclasses.dataclass(frozen=True, slots=True)
class Request:
    """What a strategy may know of the request: when it is, who asks, and by which version of the API.

    `now` is RFC 3339 in seconds, as stored times are written.
    """

    now: str
    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)
    group_version: str = ""
    warnings: list[str] = dataclasses.field(default_factory=list)
    """What a check of a change finds wrong that was so before."""


@dataclasses.dataclass(frozen=True, slots=True)
class ScalePaths:
    """Where a resource keeps what its scale subresource shows; `selector` is "" where there is none."""

    spec_replicas: str = ".spec.replicas"
    status_replicas: str = ".status.replicas"
    selector: str = ".spec.selector"


class Strategy(Generic[T]):
    """What is particular to one resource. The defaults are those of a kind without spec, status or surprises.

    `garbage_collection` says what becomes of dependents when a delete request does not: "Background", "Orphan", or
    "" where the kind has none; `delete_warning` is what such a request is told.
    `selectable` names the field labels beyond metadata.name and metadata.namespace.
    `reset_fields` are the paths that this endpoint takes over from the stored object: nobody owns them through it.
    """

    namespaced: ClassVar[bool] = True
    allow_create_on_update: ClassVar[bool] = False
    allow_unconditional_update: ClassVar[bool] = True
    garbage_collection: ClassVar[str] = "Background"
    delete_warning: ClassVar[str] = ""
    short_names: ClassVar[tuple[str, ...]] = ()
    categories: ClassVar[tuple[str, ...]] = ()
    selectable: ClassVar[tuple[str, ...]] = ()
    scale: ClassVar[ScalePaths | None] = None
    reset_fields: ClassVar[tuple[str, ...]] = ("status",)

    def __init__(self) -> None:
        self.subresources: dict[str, Strategy[T]] = {}

    def default(self, obj: T, request: Request) -> None:
        """Fill what the author left out, in place; runs on everything that is decoded."""

    def prepare_for_create(self, obj: T, request: Request) -> None:
        """Clear what an author may not set and set what every new object has."""

    def validate(self, obj: T, request: Request) -> Errors:
        """What is wrong with a new object."""
        return Errors()

    def takes_long(self, obj: T) -> bool:
        """Whether checking an object is better done beside the event loop, so that other requests need not wait."""
        return False

    def warnings_on_create(self, obj: T) -> list[str]:
        """What is allowed, and unwise."""
        return []

    def canonicalize(self, obj: T) -> None:
        """Bring a valid object into the one form in which it is stored."""

    def keep(self, obj: T) -> None:
        """Take out what is not stored, of an object that admission has seen whole."""

    def prepare_for_update(self, new: T, old: T, request: Request) -> None:
        """Undo what this endpoint may not change; count a new generation."""

    def validate_update(self, new: T, old: T, request: Request) -> Errors:
        """What is wrong with a change."""
        return Errors()

    def warnings_on_update(self, new: T, old: T) -> list[str]:
        """What is allowed, and unwise, about a change."""
        return []

    def prepare_for_delete(self, obj: T, now: datetime) -> None:
        """Note on an object that is to be deleted what has to happen before it goes."""

    def graceful_period(self, obj: T, asked: int | None) -> int | None:
        """Seconds that a deletion leaves to the object, None for kinds that go at once."""
        return None

    def select(self, obj: T) -> dict[str, str]:
        """The values of the fields in `selectable`."""
        return {}


class StatusStrategy(Strategy[T]):
    """The status endpoint: the new object is the old one with the status it brought.

    Metadata other than labels, annotations, finalizers and managed fields stays too, where `keeps_metadata` is set.
    """

    keeps_metadata: ClassVar[bool] = False
    reset_fields: ClassVar[tuple[str, ...]] = ("spec",)

    def prepare_for_update(self, new: T, old: T, request: Request) -> None:
        """Everything but the status stays as it was."""
        for name in new.__struct_fields__:
            if name not in ("api_version", "kind", "metadata", "status"):
                setattr(new, name, getattr(old, name))
        if self.keeps_metadata:
            reset_metadata_for_status(new, old)

    def validate_update(self, new: T, old: T, request: Request) -> Errors:
        """Metadata rules; kinds add theirs about the status."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        return errors


def reset_metadata_for_status(new: Object, old: Object) -> None:
    """A status update changes no metadata but what other writers own (managed fields)."""
    mine, theirs = new.metadata, old.metadata
    mine.deletion_timestamp = theirs.deletion_timestamp
    mine.generation = theirs.generation
    mine.self_link = theirs.self_link
    mine.labels = theirs.labels
    mine.annotations = theirs.annotations
    mine.finalizers = theirs.finalizers
    mine.owner_references = theirs.owner_references


def count_generation(new: Object, old: Object, *, parts: tuple[str, ...] = ("spec",)) -> None:
    """A changed spec is a new generation."""
    if any(getattr(new, part) != getattr(old, part) for part in parts):
        new.metadata.generation = old.metadata.generation + 1


def create(strategy: Strategy[T], obj: T, request: Request, warnings: list[str] | None = None) -> Errors:
    """Prepare and check a new object, defaulted and changed by admission already; canonical if there are no errors.

    Name, UID and creation time have been set by the caller. Warnings are about the object as its author wrote it.
    """
    canonical_quantities(obj)
    metadata = obj.metadata
    metadata.deletion_timestamp = None
    metadata.deletion_grace_period_seconds = None
    strategy.prepare_for_create(obj, request)
    errors = strategy.validate(obj, request)
    if not errors:
        # What any kind's name must be to stand in a URL; kinds say more themselves.
        validate_metadata(
            metadata,
            errors,
            namespaced=strategy.namespaced,
            name=formats.path_segment,
            qualified_finalizers=False,
        )
    if not errors:
        if warnings is not None:
            warnings += strategy.warnings_on_create(obj)
        strategy.canonicalize(obj)
    return errors


def update(strategy: Strategy[T], new: T, old: T, request: Request, warnings: list[str] | None = None) -> Errors:
    """Prepare and check the object that replaces `old`; canonical if there are no errors.

    Warnings are about the object as its author wrote it.
    """
    request.warnings.clear()
    canonical_quantities(new)
    new.metadata.generation = old.metadata.generation
    strategy.prepare_for_update(new, old, request)
    mine, theirs = new.metadata, old.metadata
    mine.uid = mine.uid or theirs.uid
    if theirs.creation_timestamp is not None:
        mine.creation_timestamp = theirs.creation_timestamp
    if theirs.deletion_timestamp is not None:
        mine.deletion_timestamp = theirs.deletion_timestamp
    mine.self_link = ""
    if mine.deletion_grace_period_seconds is None:
        mine.deletion_grace_period_seconds = theirs.deletion_grace_period_seconds
    errors = Errors()
    validate_metadata(
        mine,
        errors,
        namespaced=strategy.namespaced,
        name=formats.path_segment,
        qualified_finalizers=False,
    )
    validate_metadata_update(mine, theirs, errors, qualified_finalizers=False)
    errors += strategy.validate_update(new, old, request)
    if not errors:
        if warnings is not None:
            warnings += request.warnings + strategy.warnings_on_update(new, old)
        strategy.canonicalize(new)
    return errors


async def beside(strategy: Strategy[T], obj: T, check: Callable[[], Errors], *, large: bool = False) -> Errors:
    """Run `create` or `update` of an object; in a thread where that takes long, as of a large one.

    What turns out to take long is begun anew in a thread.
    """
    if large or strategy.takes_long(obj) or is_slow():
        return await run(check)
    try:
        return at_once(check)
    except TooSlow:
        return await run(lambda: judged(check))


def plain(value: Any) -> Any:
    """A value of the meta API as plain data, as messages quote it."""
    return msgspec.to_builtins(value)
