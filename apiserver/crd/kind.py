"""One served version of a custom kind: its schema, compiled when it is first needed, and objects read by it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec

from apiserver import decode_errors
from apiserver.coding import convert
from apiserver.crd.apply_schema import applied_schema
from apiserver.crd.columns import printer
from apiserver.crd.defaulting import Default, defaulter
from apiserver.crd.json_values import LARGEST
from apiserver.crd.list_types import Lists, list_checker
from apiserver.crd.metadata import EmbeddedCheck, embedded_checker
from apiserver.crd.pruning import Prune, pruner
from apiserver.crd.quick_check import Check, checker
from apiserver.crd.rules import Rules, rules_checker
from apiserver.crd.schema import PRESERVE, Schema
from apiserver.crd.struct_type import HEAD, attribute_of, make_type
from apiserver.field_checks import unknown_fields
from apiserver.registry.strategy import ScalePaths
from apiserver.tables.printer import Printer
from minik8s.api.fields import Struct
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery.apply.schema import Schema as AppliedSchema

_MOST_NAMES = 1024
_LARGE = 16 * 1024
_SHAPES = bytes(0x30 if 0x30 <= each <= 0x39 else each | 0x20 if each in b"eE" else each for each in range(256))
"""All digits made zeros, and both letters of exponents one."""
_SUSPECTS = (b"0.0", b"0e", b"0" * 19)
_LONGEST_WHOLE = 1e21
Source = Callable[[], dict[str, Any]]
"""Gives the CustomResourceDefinitionVersion as plain data."""


class _Head(Struct):
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)


_head = msgspec.json.Decoder(_Head)


class BadDocument(ValueError):
    """A document cannot be an object of the kind; the text says why, as Go's decoder would."""


@dataclasses.dataclass(frozen=True, slots=True)
class Names:
    """What a kind is called, and where its objects are."""

    group: str
    plural: str
    singular: str
    kind: str
    list_kind: str
    namespaced: bool


class CustomKind:
    """One version of a definition. `source` is asked when something is needed that is not known yet."""

    def __init__(
        self, names: Names, version: dict[str, Any], source: Source, size: int = 0, *, ruled: bool = False
    ) -> None:
        self.names = names
        self.large = size > _LARGE
        """Whether the schema is so large that work with it is done beside the event loop; `size` is in bytes."""
        self.dear = self.large or ruled
        """Whether compiling it is done beside the event loop: where it is large, or has rules."""
        self.prepared = False
        self.kind = names.kind
        self.version: str = version["name"]
        self.group_version = f"{names.group}/{self.version}"
        self._source = source
        subresources = version.get("subresources") or {}
        self.has_status = subresources.get("status") is not None
        self.scale: ScalePaths | None = None
        if (scale := subresources.get("scale")) is not None:
            self.scale = ScalePaths(
                scale["specReplicasPath"], scale["statusReplicasPath"], scale.get("labelSelectorPath") or ""
            )
        self.selectable: tuple[str, ...] = tuple(each["jsonPath"] for each in version.get("selectableFields", ()))
        self.warning = ""
        if version.get("deprecated"):
            self.warning = version.get("deprecationWarning") or f"{self.group_version} {names.kind} is deprecated"
        self._extra: list[str] = []
        self._fractions = False
        """Whether an object was read that has whole numbers written as fractions."""

    @cached_property
    def described(self) -> dict[str, Any]:
        """The version as the definition has it."""
        return self._source()

    @cached_property
    def schema(self) -> Schema:
        """The schema of whole objects."""
        found = (self.described.get("schema") or {}).get("openAPIV3Schema")
        return found if found else {"type": "object", PRESERVE: True}

    def shown_schema(self) -> Schema:
        """The schema for documents: not kept where nothing else has asked for it, most kinds are never used."""
        if "described" in self.__dict__:
            return self.schema
        found = (self._source().get("schema") or {}).get("openAPIV3Schema")
        return found if found else {"type": "object", PRESERVE: True}

    @cached_property
    def prune(self) -> Prune | None:
        """Takes out what the schema does not know."""
        return pruner(self.schema, root=True)

    @cached_property
    def default(self) -> Default | None:
        """Fills in what was left out."""
        return defaulter(self.schema)

    @cached_property
    def check(self) -> Check | None:
        """Whether an object is valid."""
        return checker(self.schema)

    @cached_property
    def lists(self) -> Lists | None:
        """Finds what stands twice in sets and maps."""
        return list_checker(self.schema)

    @cached_property
    def embedded(self) -> EmbeddedCheck | None:
        """Looks at the objects inside objects."""
        return embedded_checker(self.schema)

    @cached_property
    def rules(self) -> Rules | None:
        """Runs the rules in CEL."""
        return rules_checker(self.schema, root=True)

    @cached_property
    def applied(self) -> AppliedSchema:
        """How objects are taken apart into fields."""
        return applied_schema(self.schema)

    @cached_property
    def printer(self) -> Printer:
        """Shows objects in tables."""
        return printer(self.described.get("additionalPrinterColumns") or [], as_document)

    def write_whole(self, obj: Any) -> None:
        """Whole numbers that were written as fractions, and judged so, are written as Go does."""
        if self._fractions:
            document = contents(obj)
            _whole_numbers(document)
            for name, value in document.items():
                setattr(obj, self._attributes[name], value)

    def prepare(self) -> None:
        """Compile everything now. Most kinds are never written, and those that are small do so when it is needed."""
        _ = self.prune, self.default, self.check, self.lists, self.embedded, self.rules, self.applied, self.cls
        self.prepared = True

    @cached_property
    def cls(self) -> type[Any]:
        """The type of objects. It changes when an open kind is shown a property it has not seen before."""
        names = [*self.schema.get("properties", ()), *self._extra]
        return make_type(self.kind, self.group_version, names, self)

    @cached_property
    def _open(self) -> bool:
        return bool(self.schema.get(PRESERVE)) or self.schema.get("additionalProperties") not in (None, False)

    @cached_property
    def _attributes(self) -> dict[str, str]:
        return {name: attribute_of(name) for name in (*self.schema.get("properties", ()), *self._extra)}

    def _make_room(self, document: dict[str, Any]) -> None:
        """Know every property at the top of an object of an open kind. Raises BadDocument."""
        known = self._attributes
        new = [name for name in document if name not in known and name not in HEAD]
        if not new:
            return
        if len(self._extra) + len(new) > _MOST_NAMES:
            raise BadDocument(f"more than {_MOST_NAMES} different properties at the top of objects of kind {self.kind}")
        self._extra += new
        for each in ("cls", "_attributes"):
            self.__dict__.pop(each, None)

    def read(self, document: dict[str, Any], text: bytes, *, applied: bool = False) -> tuple[Any, list[str]]:
        """The object in a document (which is used up), and the paths of its unknown fields, which are gone.

        `text` is the document as JSON. Of an `applied` one everything is known, and its nulls are values. Raises
        BadDocument.
        """
        metadata = document.get("metadata")
        unknown: list[str] = []
        shape = text.translate(_SHAPES)
        if any(each in shape for each in _SUSPECTS):
            _whole_numbers(document, floats=False)
            self._fractions = True
        if metadata is not None:
            if problem := decode_errors.problem(metadata, ObjectMeta):
                raise BadDocument(problem)
            unknown, _ = unknown_fields(document if isinstance(metadata, dict) else {}, _Head)
            unknown = [path for path in unknown if path.startswith("metadata.")]
        try:
            head = _head.decode(text) if metadata is not None else _Head()
        except msgspec.ValidationError:
            head = convert({"metadata": metadata}, _Head)
        if self.prune is not None and not (applied and b"null" in text):
            self.prune(document, "", unknown)
        if self._open:
            self._make_room(document)
        if self.embedded is not None:
            self.embedded.read(document, "", unknown)
        find = self._attributes.get
        values: dict[str, Any] = {}
        for name, value in document.items():
            attribute = find(name)
            if attribute is not None and name not in HEAD:
                values[attribute] = value
        return self.cls(metadata=head.metadata, **values), unknown

    def decode(self, wire: bytes) -> Any:
        """The object in bytes that are stored or served."""
        if self._open:
            self._make_room(msgspec.json.decode(wire, type=dict[str, msgspec.Raw]))
        return msgspec.json.decode(wire, type=self.cls)

    def fill(self, obj: Any) -> None:
        """Default an object in place."""
        if self.default is None:
            return
        document = contents(obj)
        self.default(document)
        for name, value in document.items():
            setattr(obj, self._attributes[name], value)

    def normal(self, value: bytes) -> bytes:
        """A stored value as this version's schema wants it: pruned and defaulted."""
        if self.prune is None and self.default is None:
            return value
        document = msgspec.json.decode(value)
        if self.prune is not None:
            self.prune(document, "", [])
        if self.default is not None:
            self.default(document)
        found = msgspec.json.encode(document)
        return value if found == value else found

    def pruned(self, value: bytes) -> bytes:
        """A value that comes from another version, without what this one does not know."""
        if self.prune is None:
            return value
        document = msgspec.json.decode(value)
        self.prune(document, "", [])
        return msgspec.json.encode(document)


def contents(obj: Any) -> dict[str, Any]:
    """What an object holds besides version, kind and metadata, by the names on the wire; values are not copied."""
    found: dict[str, Any] = {}
    for attribute, name in zip(obj.__struct_fields__, obj.__struct_encode_fields__, strict=True):
        if name not in HEAD:
            value = getattr(obj, attribute)
            if value is not msgspec.UNSET:
                found[name] = value
    return found


def as_document(obj: Any) -> dict[str, Any]:
    """A whole object as plain data; what it holds is not copied."""
    document = contents(obj)
    return {
        "apiVersion": obj.api_version,
        "kind": obj.kind,
        "metadata": msgspec.to_builtins(msgspec.structs.replace(obj.metadata, managed_fields=[])),
        **document,
    }


def _whole_numbers(value: Any, *, floats: bool = True) -> None:
    """Numbers without a fraction are written without one, as Go does."""
    waiting = [value]
    while waiting:
        held = waiting.pop()
        for key, each in held.items() if isinstance(held, dict) else enumerate(held):
            if isinstance(each, dict | list):
                waiting.append(each)
            elif type(each) is int and not -LARGEST <= each < LARGEST:
                held[key] = _whole(float(each))
            elif floats and type(each) is float and each.is_integer():
                held[key] = _whole(each)


def _whole(number: float) -> float:
    """A float without a fraction as it is written: its shortest digits, then zeros."""
    return int(Decimal(repr(number))) if abs(number) < _LONGEST_WHOLE else number
