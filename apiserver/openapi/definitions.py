"""Schemas of the API types, as OpenAPI names and words them."""

from __future__ import annotations

import functools
import operator
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

from apiserver.openapi.described import Described, written
from minik8s.api.docs import documentation_of, shared
from minik8s.api.fields import FieldInfo, IntOrString, Struct, fields_of
from minik8s.api.object_meta import ListMeta, ObjectMeta
from minik8s.api.objects import TopLevel

_META = "io.k8s.apimachinery.pkg.apis.meta.v1."
_EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1."
_RAW = "io.k8s.apimachinery.pkg.runtime.RawExtension"
_INT_OR_STRING = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
_SCALARS = {
    "quantity": "io.k8s.apimachinery.pkg.api.resource.Quantity",
    "time": _META + "Time",
    "micro-time": _META + "MicroTime",
    "duration": _META + "Duration",
}
_LEAVES_V3: dict[str, dict[str, Any]] = {
    _SCALARS["quantity"]: {"oneOf": [{"type": "string"}, {"type": "number"}]},
    _INT_OR_STRING: {"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]},
    _EXTENSIONS + "JSON": {},
    _EXTENSIONS + "JSONSchemaPropsOrArray": {},
    _EXTENSIONS + "JSONSchemaPropsOrBool": {},
    _EXTENSIONS + "JSONSchemaPropsOrStringArray": {},
}
_LEAVES_V2: dict[str, dict[str, Any]] = {
    **_LEAVES_V3,
    _SCALARS["quantity"]: {"type": "string"},
    _INT_OR_STRING: {"format": "int-or-string", "type": "string"},
}
_LEAVES: dict[str, dict[str, Any]] = {
    _SCALARS["time"]: {"format": "date-time", "type": "string"},
    _SCALARS["micro-time"]: {"format": "date-time", "type": "string"},
    _SCALARS["duration"]: {"type": "string"},
    _META + "FieldsV1": {"type": "object"},
    _META + "Patch": {"type": "object"},
    _RAW: {"type": "object"},
}
# References that Kubernetes leaves bare in v3: nothing may stand beside them, and their type's description is shown.
_ALONE = frozenset(
    {("IngressRule", "http")}
    | {
        ("JSONSchemaProps", name)
        for name in ("additionalItems", "additionalProperties", "example", "externalDocs", "items", "not")
    }
)
WATCH_EVENT = _META + "WatchEvent"
PATCH = _META + "Patch"
DELETE_OPTIONS = _META + "DeleteOptions"


@cache
def name_of(cls: type[Struct]) -> str:
    """The definition's name of a type: `io.k8s.api.apps.v1.Deployment`."""
    parts = cls.PROTO.replace("_", "-").split(".")
    return ".".join((parts[1], parts[0], *parts[2:]))


def group_version_kind(api_version: str, kind: str) -> dict[str, str]:
    """What `x-kubernetes-group-version-kind` holds."""
    group, _, version = api_version.rpartition("/")
    return {"group": group, "kind": kind, "version": version}


class Definitions:
    """The schemas one document needs: a type asked for brings those it is made of.

    `version` is OpenAPI's, 2 or 3; `option_groups` are the group versions under which clients may send the types every
    group shares (DeleteOptions, WatchEvent).
    """

    def __init__(self, version: int, option_groups: list[str]) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}
        self._v2 = version == 2
        self._prefix = "#/definitions/" if self._v2 else "#/components/schemas/"
        self._leaves = _LEAVES | (_LEAVES_V2 if self._v2 else _LEAVES_V3)
        self._option_groups = option_groups

    def ref(self, cls: type[Struct] | Described) -> dict[str, Any]:
        """A reference to a type's schema."""
        if isinstance(cls, Described):
            return self._described(cls)
        name = name_of(cls)
        if name in self._leaves:
            return self.named(name)
        if name not in self.schemas:
            schema = self.schemas[name] = {}
            schema.update(self._schema(cls))
        return {"$ref": self._prefix + name}

    def _described(self, found: Described) -> dict[str, Any]:
        if found.name not in self.schemas:
            schema = self.schemas[found.name] = {}
            metadata = self.ref(ListMeta if found.item is not None else ObjectMeta)
            item = self.ref(found.item) if found.item is not None else None
            schema.update(written(found, metadata, item, v2=self._v2))
        return {"$ref": self._prefix + found.name}

    def named(self, name: str) -> dict[str, Any]:
        """A reference to a schema that is no struct's."""
        if name not in self.schemas:
            leaf = self._watch_event() if name == WATCH_EVENT else self._leaves[name]
            said = shared.VALUES.get(name.rpartition(".")[2])
            self.schemas[name] = {"description": said, **leaf} if said else leaf
        return {"$ref": self._prefix + name}

    def _watch_event(self) -> dict[str, Any]:
        raw = self.named(_RAW)
        kind: dict[str, Any] = {"type": "string"} if self._v2 else {"default": "", "type": "string"}
        said = shared.WATCH_EVENT
        described = raw if self._v2 else {"allOf": [raw]}
        return {
            "type": "object",
            "required": ["type", "object"],
            "properties": {
                "object": {"description": said["object"], **described},
                "type": {"description": said["type"], **kind},
            },
            "x-kubernetes-group-version-kind": self._shared("WatchEvent"),
        }

    def _shared(self, kind: str) -> list[dict[str, str]]:
        return [group_version_kind(each, kind) for each in self._option_groups]

    def _schema(self, cls: type[Struct]) -> dict[str, Any]:
        fields = fields_of(cls)
        text, said = documentation_of(cls)
        properties = {}
        for field in sorted(fields, key=lambda f: f.json):
            found = self._property(cls, field)
            if field.json in said and ("$ref" not in found or self._v2):
                found = {"description": said[field.json], **found}
            properties[field.json] = found
        schema: dict[str, Any] = {"description": text, "type": "object"} if text else {"type": "object"}
        if required := [f.json for f in fields if f.facts is not None and f.facts.required]:
            schema["required"] = required
        if properties:
            schema["properties"] = properties
        if issubclass(cls, TopLevel):
            blank: Any = cls()
            if name_of(cls) == DELETE_OPTIONS:
                schema["x-kubernetes-group-version-kind"] = self._shared(blank.kind)
            else:
                schema["x-kubernetes-group-version-kind"] = [group_version_kind(blank.api_version, blank.kind)]
        if cls.MAP_TYPE:
            schema["x-kubernetes-map-type"] = cls.MAP_TYPE
        if cls.UNIONS:
            unions = []
            for union in cls.UNIONS:
                named = {"discriminator": union.discriminator} if union.discriminator else {}
                unions.append({**named, "fields-to-discriminateBy": union.members})
            schema["x-kubernetes-unions"] = unions
        return schema

    def _property(self, cls: type[Struct], field: FieldInfo) -> dict[str, Any]:
        facts = field.facts
        schema = self._special(cls, field) or self._typed(field.type, field.scalar_format, facts.enum if facts else ())
        if "$ref" in schema and not self._v2 and (cls.__name__, field.json) not in _ALONE:
            # Beside its description a reference must stand in a list.
            schema = {"allOf": [schema]}
        if not self._v2 and facts is not None:
            if facts.default is not None:
                schema["default"] = facts.default
            elif isinstance(field.type, type) and issubclass(field.type, Struct):
                schema["default"] = {}
            elif (zero := _ZERO.get(_bare(field.type))) is not None and facts.required and not field.scalar_format:
                schema["default"] = zero
        if facts is None:
            return schema
        if facts.format:
            schema["format"] = facts.format
        if facts.list_type:
            schema["x-kubernetes-list-type"] = facts.list_type
        if facts.list_map_keys:
            schema["x-kubernetes-list-map-keys"] = list(facts.list_map_keys)
        if facts.map_type:
            schema["x-kubernetes-map-type"] = facts.map_type
        if facts.patch:
            schema["x-kubernetes-patch-strategy"] = facts.patch
        if facts.merge_key:
            schema["x-kubernetes-patch-merge-key"] = facts.merge_key
        return schema

    def _special(self, cls: type[Struct], field: FieldInfo) -> dict[str, Any] | None:
        """Fields whose definition their Python type does not tell apart."""
        if cls.__name__ == "ManagedFieldsEntry" and field.attribute == "fields_v1":
            return self.named(_META + "FieldsV1")
        if cls.__name__ != "JSONSchemaProps":
            return None
        match field.json:
            case "default" | "example":
                return self.named(_EXTENSIONS + "JSON")
            case "enum":
                return {"items": self.named(_EXTENSIONS + "JSON"), "type": "array"}
            case "items":
                return self.named(_EXTENSIONS + "JSONSchemaPropsOrArray")
            case "additionalItems" | "additionalProperties":
                return self.named(_EXTENSIONS + "JSONSchemaPropsOrBool")
            case "dependencies":
                inner = self.named(_EXTENSIONS + "JSONSchemaPropsOrStringArray")
                return {"additionalProperties": inner, "type": "object"}
        return None

    def _typed(self, tp: Any, scalar: str, enum: tuple[str, ...] = ()) -> dict[str, Any]:
        origin = get_origin(tp)
        if origin is list:
            return {"items": self._typed(get_args(tp)[0], scalar, enum), "type": "array"}
        if origin is dict:
            return {"additionalProperties": self._typed(get_args(tp)[1], scalar, enum), "type": "object"}
        if tp in (int | str, IntOrString):
            return self.named(_INT_OR_STRING)
        if origin in (Union, UnionType):
            inner = [arg for arg in get_args(tp) if arg is not NoneType]
            return (
                self._typed(functools.reduce(operator.or_, inner), scalar, enum)
                if len(inner) > 1
                else self._typed(inner[0], scalar, enum)
            )
        bare = _bare(tp)
        if isinstance(bare, type) and issubclass(bare, Struct):
            return self.ref(bare)
        if bare is msgspec.Raw:
            return self.named(_RAW)
        if bare is str and scalar:
            return self.named(_SCALARS[scalar])
        if bare is int:
            return {"format": _width(tp), "type": "integer"}
        schema: dict[str, Any] = dict(_PLAIN.get(bare, {"type": "object"}))
        if enum:
            schema["enum"] = list(enum)
        return schema


_PLAIN: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    bytes: {"format": "byte", "type": "string"},
    float: {"format": "double", "type": "number"},
}
_ZERO: dict[Any, Any] = {str: "", int: 0, bool: False}


def _bare(tp: Any) -> Any:
    return get_args(tp)[0] if get_origin(tp) is Annotated else tp


def _width(tp: Any) -> str:
    for mark in get_args(tp)[1:]:
        if isinstance(mark, msgspec.Meta) and mark.ge == -(2**31):
            return "int32"
    return "int64"
