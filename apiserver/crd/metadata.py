"""Objects inside objects (`x-kubernetes-embedded-resource`): they say their kind and carry metadata like any other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from apiserver import decode_errors
from apiserver.crd.schema import EMBEDDED, Schema, item_schema, value_schema
from apiserver.crd.validation import child_path
from apiserver.field_checks import unknown_fields
from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_common
from minik8s.api.fields import Struct
from minik8s.api.object_meta import ObjectMeta

Find = Callable[[Any, str], Iterator[tuple[dict[str, Any], str]]]


class _Holder(Struct):
    metadata: ObjectMeta = msgspec.field(default_factory=ObjectMeta)


class EmbeddedCheck:
    """Looks at all embedded objects in a value."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def read(self, value: Any, path: str, unknown: list[str]) -> None:
        """Drop what their metadata does not know, noting it. Raises ValueError for metadata of a wrong form."""
        for found, where in self._find(value, path):
            metadata = found.get("metadata")
            if metadata is None:
                continue
            if problem := decode_errors.problem(metadata, ObjectMeta):
                raise ValueError(problem)
            holder = {"metadata": metadata}
            for each in unknown_fields(holder, _Holder)[0]:
                unknown.append(child_path(where, each))
                at = holder
                *above, last = each.split(".")
                for name in above:
                    at = at.get(name, {}) if isinstance(at, dict) else {}
                if isinstance(at, dict):
                    at.pop(last, None)

    def validate(self, value: Any, path: str, errors: Errors) -> None:
        """Kind, version and metadata of each."""
        for found, where in self._find(value, path):
            _validate(found, where, errors)


def _validate(found: dict[str, Any], path: str, errors: Errors) -> None:
    version, kind = found.get("apiVersion"), found.get("kind")
    if not version or not isinstance(version, str):
        errors.required(f"{path}.apiVersion")
    elif version.count("/") > 1:
        errors.invalid(f"{path}.apiVersion", version, f"unexpected GroupVersion string: {version}")
    if not kind or not isinstance(kind, str):
        errors.required(f"{path}.kind")
    elif problems := formats.dns1035_label(kind.lower()):
        said = "may have mixed case, but should otherwise match: "
        errors.invalid(f"{path}.kind", kind, said + ",".join(problems))
    metadata = found.get("metadata")
    if not isinstance(metadata, dict):
        return
    try:
        typed = msgspec.json.decode(msgspec.json.encode(metadata), type=ObjectMeta)
    except msgspec.MsgspecError:
        return
    where = f"{path}.metadata"
    if typed.name:
        errors.invalid_each(f"{where}.name", typed.name, formats.path_segment(typed.name))
    validate_common(typed, errors, namespaced=bool(typed.namespace), path=where)


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
    if not (known or others or each or own):
        return None

    def find(value: Any, path: str) -> Iterator[tuple[dict[str, Any], str]]:
        if isinstance(value, dict):
            if own:
                yield value, path
            for name, item in value.items():
                inner = known.get(name, others)
                if inner is not None:
                    yield from inner(item, child_path(path, name))
        elif isinstance(value, list) and each is not None:
            for index, item in enumerate(value):
                yield from each(item, f"{path}[{index}]")

    return find
