"""The model as descriptors of Google's protobuf runtime: another reader and writer to compare ours with."""

from __future__ import annotations

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

from apiserver.protobuf import shapes
from apiserver.protobuf.shapes import MANY, MAP, layout_of
from minik8s.api.fields import Struct

_FIELD = descriptor_pb2.FieldDescriptorProto
_PLAIN = {
    shapes.STRING: _FIELD.TYPE_STRING,
    shapes.BYTES: _FIELD.TYPE_BYTES,
    shapes.BOOL: _FIELD.TYPE_BOOL,
    shapes.INT32: _FIELD.TYPE_INT32,
    shapes.INT64: _FIELD.TYPE_INT64,
    shapes.DOUBLE: _FIELD.TYPE_DOUBLE,
}
# Scalars that are messages: (field, number, type).
_SPECIAL = {
    shapes.QUANTITY: [("string", 1, _FIELD.TYPE_STRING)],
    shapes.TIME: [("seconds", 1, _FIELD.TYPE_INT64), ("nanos", 2, _FIELD.TYPE_INT32)],
    shapes.MICRO_TIME: [("seconds", 1, _FIELD.TYPE_INT64), ("nanos", 2, _FIELD.TYPE_INT32)],
    shapes.RAW: [("raw", 1, _FIELD.TYPE_BYTES)],
    shapes.INT_OR_STRING: [
        ("type", 1, _FIELD.TYPE_INT64),
        ("intVal", 2, _FIELD.TYPE_INT32),
        ("strVal", 3, _FIELD.TYPE_STRING),
    ],
}


class Descriptors:
    """Message classes by type."""

    def __init__(self, types: list[type[Struct]]) -> None:
        self._file = descriptor_pb2.FileDescriptorProto(name="model.proto", package="m", syntax="proto2")
        self._seen: set[str] = set()
        for cls in types:
            self._add(cls)
        pool = descriptor_pool.DescriptorPool()
        pool.Add(self._file)
        self._pool = pool

    def message(self, cls: type[Struct]) -> Any:
        """The message class of a type."""
        return message_factory.GetMessageClass(self._pool.FindMessageTypeByName(f"m.{_name(cls)}"))

    def _add(self, cls: type[Struct]) -> str:
        name = _name(cls)
        if name in self._seen:
            return f".m.{name}"
        self._seen.add(name)
        layout = layout_of(cls)
        message = descriptor_pb2.DescriptorProto(name=name)
        for number, base in layout.inline:
            self._field(message, f"inline{number}", number, _FIELD.LABEL_OPTIONAL, self._add(base))
        for shape in layout.fields:
            label = _FIELD.LABEL_OPTIONAL if shape.label == shapes.ONE else _FIELD.LABEL_REPEATED
            kind = self._kind(shape.kind, shape.cls)
            if shape.label == MAP:
                entry = message.nested_type.add(name=f"E{shape.number}Entry")
                entry.options.map_entry = True
                self._field(entry, "key", 1, _FIELD.LABEL_OPTIONAL, _FIELD.TYPE_STRING)
                self._field(entry, "value", 2, _FIELD.LABEL_OPTIONAL, kind)
                kind = f".m.{name}.E{shape.number}Entry"
                self._field(message, f"e{shape.number}", shape.number, label, kind)
            else:
                assert label != _FIELD.LABEL_REPEATED or shape.label == MANY
                self._field(message, shape.attribute, shape.number, label, kind)
        self._file.message_type.append(message)
        return f".m.{name}"

    def _kind(self, kind: str, cls: type[Struct] | None) -> Any:
        if kind in _PLAIN:
            return _PLAIN[kind]
        if kind == shapes.MESSAGE:
            assert cls is not None
            return self._add(cls)
        inner = self._add(cls) if cls is not None else ""
        fields: list[tuple[str, int, Any]] = {
            shapes.STRINGS: [("items", -1, _FIELD.TYPE_STRING)],
            shapes.OR_LIST: [("schema", 1, inner), ("many", -2, inner)],
            shapes.OR_BOOL: [("allows", 1, _FIELD.TYPE_BOOL), ("schema", 2, inner)],
            shapes.OR_STRINGS: [("schema", 1, inner), ("property", -2, _FIELD.TYPE_STRING)],
        }.get(kind) or _SPECIAL[kind]
        name = f"Special_{kind.replace('-', '_')}_{_name(cls) if cls else ''}"
        if name not in self._seen:
            self._seen.add(name)
            message = descriptor_pb2.DescriptorProto(name=name)
            for field, number, each in fields:
                label = _FIELD.LABEL_REPEATED if number < 0 else _FIELD.LABEL_OPTIONAL
                self._field(message, field, abs(number), label, each)
            self._file.message_type.append(message)
        return f".m.{name}"

    @staticmethod
    def _field(message: Any, name: str, number: int, label: Any, kind: Any) -> None:
        field = message.field.add(name=name, number=number, label=label)
        if isinstance(kind, str):
            field.type, field.type_name = _FIELD.TYPE_MESSAGE, kind
        else:
            field.type = kind


def _name(cls: type[Struct]) -> str:
    return (cls.PROTO or cls.__name__).replace(".", "_").replace("-", "_")
