"""What expressions see of values of a schema: their types, with the most a value can hold, and their Python form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.crd.schema import (
    INT_OR_STRING,
    LIST_KEYS,
    LIST_TYPE,
    Schema,
    is_embedded,
    item_schema,
    value_schema,
)
from minik8s.machinery.cel.errors import EvalError
from minik8s.machinery.cel.library.conversions import to_duration, to_timestamp
from minik8s.machinery.cel.operators import escaped
from minik8s.machinery.cel.types import (
    BOOL,
    BYTES,
    DOUBLE,
    DURATION,
    DYN,
    INT,
    STRING,
    TIMESTAMP,
    ObjectType,
    Type,
    list_of,
    map_of,
)
from minik8s.machinery.cel.values import MapList, SetList

LARGEST_REQUEST = 3 * 1024 * 1024
_FIXED_SIZES = {"date": 12, "date-time": 32, "duration": 32}
_LEAST_SIZES = {"date": 12, "date-time": 21, "duration": 3}
_ROOT = "selfType1"
_TEXT = Type(STRING.name, (), LARGEST_REQUEST - 2)
_META_FIELDS = {"name": _TEXT, "generateName": _TEXT}


class Types:
    """The types of one schema. Objects have types of their own, named by where they stand."""

    def __init__(self) -> None:
        self.objects: dict[str, ObjectType] = {}

    def of(self, schema: Schema, *, root: bool = False) -> Type:
        """The type of values of a schema: dyn where nothing is known of them."""
        return self._of(schema, _ROOT, root) or DYN

    def _of(self, schema: Schema, name: str, root: bool = False) -> Type | None:
        """None for values that expressions do not see."""
        if schema.get(INT_OR_STRING):
            most = schema.get("maxLength")
            return Type(DYN.name, (), LARGEST_REQUEST - 2 if most is None else most * 4)
        match schema.get("type"):
            case "boolean":
                return BOOL
            case "integer":
                return INT
            case "number":
                return DOUBLE
            case "string":
                return _string(schema)
            case "array":
                return self._list(schema, name)
            case "object":
                return self._object(schema, name, root or is_embedded(schema))
        return None

    def _list(self, schema: Schema, name: str) -> Type | None:
        items = item_schema(schema)
        item = self._of(items, f"{name}.@idx") if items is not None else None
        if item is None:
            return None
        size = schema.get("maxItems")
        if size is None:
            size = (LARGEST_REQUEST - 2) // (smallest(items or {}) + 1)
        return Type("list", list_of(item).parameters, size)

    def _object(self, schema: Schema, name: str, whole: bool) -> Type | None:
        values = value_schema(schema)
        if values is not None:
            value = self._of(values, f"{name}.@elem")
            if value is None:
                return None
            size = schema.get("maxProperties")
            if size is None:
                size = (LARGEST_REQUEST - 2) // (smallest(values) + 6)
            return Type("map", map_of(STRING, value).parameters, size)
        fields: dict[str, Type] = {}
        if whole:
            metadata = self._named(f"{name}.metadata", _META_FIELDS)
            fields = {"apiVersion": _TEXT, "kind": _TEXT, "metadata": metadata}
        for each, child in schema.get("properties", {}).items():
            spelled = escaped(each)
            if spelled is not None and not (whole and spelled in fields):
                found = self._of(child, f"{name}.{spelled}")
                if found is not None:
                    fields[spelled] = found
        return self._named(name, fields)

    def _named(self, name: str, fields: dict[str, Type]) -> Type:
        made = ObjectType(name, fields)
        self.objects[name] = made
        return made.type


def _string(schema: Schema) -> Type:
    form = schema.get("format", "")
    if form in ("date", "date-time"):
        return Type(TIMESTAMP.name, (), _FIXED_SIZES[form])
    if form == "duration":
        return Type(DURATION.name, (), _FIXED_SIZES[form])
    size = schema.get("maxLength")
    if size is not None:
        # Characters take up to four bytes; what is bytes already is counted as it is.
        size *= 1 if form == "byte" else 4
    elif "enum" in schema:
        size = max((len(each) for each in schema["enum"] if isinstance(each, str)), default=0)
    else:
        size = LARGEST_REQUEST - 2
    return Type((BYTES if form == "byte" else STRING).name, (), size)


def smallest(schema: Schema) -> int:
    """The fewest bytes of JSON a value can take."""
    if schema.get(INT_OR_STRING):
        return 1
    match schema.get("type"):
        case "object":
            least = 2
            if value_schema(schema) is not None:
                return least
            for name in schema.get("required", ()):
                child = schema.get("properties", {}).get(name)
                if child is not None and child.get("default") is None:
                    least += len(name) + 4 + smallest(child)
            return least
        case "string":
            return _LEAST_SIZES.get(schema.get("format", ""), 2)
        case "array":
            return 2
        case "boolean":
            return 4
    return 1


Convert = Callable[[Any], Any]


def converter(schema: Schema, *, root: bool = False) -> Convert | None:
    """What turns a JSON value into what expressions work with, None where it is that already."""
    if schema.get(INT_OR_STRING):
        return _either
    match schema.get("type"):
        case "number":
            return lambda value: float(value) if type(value) is int else value
        case "integer":
            return _whole
        case "string":
            return _text_converter(schema.get("format", ""))
        case "array":
            return _list_converter(schema)
        case "object":
            return _object_converter(schema)
    return None


def _whole(value: Any) -> Any:
    """A number as expressions have it. Raises EvalError where it was written as a fraction."""
    if type(value) is float:
        raise EvalError("invalid data, expected int, got float64")
    return value


def _either(value: Any) -> Any:
    """An int or a text. Raises EvalError for a number that was written as a fraction."""
    if type(value) is float:
        raise EvalError("invalid data, expected XIntOrString value to be either a string or integer")
    return value


def _text_converter(form: str) -> Convert | None:
    work: Convert | None = None
    if form == "date-time":
        work = to_timestamp
    elif form == "date":
        work = lambda text: to_timestamp(f"{text}T00:00:00Z")  # noqa: E731
    elif form == "duration":
        work = to_duration
    elif form == "byte":
        import base64

        work = base64.b64decode
    if work is None:
        return None
    chosen = work
    return lambda value: chosen(value) if type(value) is str else value


def _list_converter(schema: Schema) -> Convert | None:
    items = item_schema(schema)
    each = converter(items) if items is not None else None
    kind = schema.get(LIST_TYPE)
    keys = tuple(schema.get(LIST_KEYS, ()))
    if each is None and kind not in ("set", "map"):
        return None

    def convert(value: Any) -> Any:
        if type(value) is not list:
            return value
        found = value
        if each is not None:
            found = [int(item) if each is _whole and type(item) is float else each(item) for item in value]
        if kind == "set":
            return SetList(found)
        return MapList(found, keys) if kind == "map" else found

    return convert


def _object_converter(schema: Schema) -> Convert | None:
    known = {name: found for name, child in schema.get("properties", {}).items() if (found := converter(child))}
    values = value_schema(schema)
    others = converter(values) if values is not None else None
    if not known and others is None:
        return None

    def convert(value: Any) -> Any:
        if type(value) is not dict:
            return value
        made = dict(value)
        for name, item in value.items():
            work = known.get(name, others)
            if work is _whole and type(item) is float:
                # Not every rule looks at it.
                made[name] = int(item)
            elif work is not None:
                made[name] = work(item)
        return made

    return convert
