"""Objects inside objects (`x-kubernetes-embedded-resource`): they say their kind and carry metadata like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from apiserver import decode_errors
from apiserver.coding import convert
from apiserver.crd.json_values import child_path
from apiserver.crd.schema import EMBEDDED, Schema, item_schema, value_schema
from apiserver.field_checks import unknown_fields
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_common
from minik8s.api.fields import Struct
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery import field_errors
from minik8s.machinery.field_errors import FieldError

Find = Callable[[Any, str], Iterator[tuple[dict[str, Any], str]]]


class _Holder(Struct):
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)


class EmbeddedCheck:
    """Looks at all embedded objects in a value."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def read(self, value: Any, path: str, unknown: list[str]) -> None:
        """Make metadata what it is read as, noting what it does not know. Raises ValueError for what cannot be read."""
        if (problem := self.problem(value, path)) is not None:
            raise ValueError(str(problem))
        for found, where in self._find(value, path):
            if "metadata" not in found:
                continue
            unknown += [child_path(where, each) for each in unknown_fields({"metadata": found["metadata"]}, _Holder)[0]]
            found["metadata"] = _read(found["metadata"])

    def problem(self, value: Any, path: str) -> FieldError | None:
        """The first version, kind or metadata that is not of its type."""
        for found, where in self._find(value, path):
            for name in ("apiVersion", "kind"):
                if name in found and not isinstance(found[name], str):
                    return field_errors.invalid(child_path(where, name), found[name], "must be a string")
            metadata = found.get("metadata")
            if metadata is not None and (problem := decode_errors.problem(metadata, ObjectMeta)):
                return field_errors.invalid(child_path(where, "metadata"), metadata, problem)
        return None

    def validate(self, value: Any, path: str, errors: Errors) -> None:
        """Kind, version and metadata of each."""
        for found, where in self._find(value, path):
            _validate(found, where, errors)


def _read(metadata: Any) -> Any:
    """Metadata as it is written again: without what is empty and what it does not know."""
    if metadata is None:
        return {}
    return msgspec.json.decode(msgspec.json.encode(convert(metadata, ObjectMeta)))


def _validate(found: dict[str, Any], path: str, errors: Errors) -> None:
    for name, look in (("apiVersion", _version_problem), ("kind", _kind_problem)):
        where = child_path(path, name)
        value = found.get(name)
        if name not in found:
            errors.required(where)
        elif not isinstance(value, str):
            errors.invalid(where, value, "must be a string")
        elif not value:
            errors.invalid(where, value, "must not be empty")
        elif problem := look(value):
            errors.invalid(where, value, problem)
    metadata = found.get("metadata")
    if not isinstance(metadata, dict):
        return
    try:
        typed = msgspec.json.decode(msgspec.json.encode(metadata), type=ObjectMeta)
    except msgspec.MsgspecError:
        return
    where = child_path(path, "metadata")
    if typed.name:
        errors.invalid_each(f"{where}.name", typed.name, formats.path_segment(typed.name))
    validate_common(typed, errors, namespaced=bool(typed.namespace), path=where)


def _version_problem(version: str) -> str:
    return f"unexpected GroupVersion string: {version}" if version.count("/") > 1 else ""


def _kind_problem(kind: str) -> str:
    problems = formats.dns1035_label(kind.lower())
    return "may have mixed case, but should otherwise match: " + ",".join(problems) if problems else ""


def embedded_checker(schema: Schema) -> EmbeddedCheck | None:
    """What looks at the embedded objects of a schema's values, None where there are none."""
    find = _finder(schema)
    return None if find is None else EmbeddedCheck(find)


def _finder(schema: Schema) -> Find | None:
    known = {name: found for name, child in schema.get("properties", {}).items() if (found := _finder(child))}
    values, items = value_schema(schema), item_schema(schema)
    others = _finder(values) if values is not None else None
    each = _finder(items) if items is not None else None
    own = bool(schema.get(EMBEDDED))
    names = frozenset(schema.get("properties", ()))
    if not (known or others or each or own):
        return None

    def find(value: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
        if isinstance(value, dict):
            if own:
                yield value, path
            for name, item in value.items():
                if (inner := known.get(name)) is not None:
                    yield from inner(item, child_path(path, name))
                elif others is not None and name not in names:
                    yield from others(item, f"{path}[{name}]")
        elif isinstance(value, list) and each is not None:
            for index, item in enumerate(value):
                yield from each(item, f"{path}[{index}]")

    return find
