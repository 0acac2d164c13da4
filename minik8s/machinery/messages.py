"""Protobuf classes made from tables when a module is first imported: no generated file to keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_F = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "bytes": _F.TYPE_BYTES,
    "string": _F.TYPE_STRING,
    "int64": _F.TYPE_INT64,
    "uint64": _F.TYPE_UINT64,
    "int32": _F.TYPE_INT32,
    "bool": _F.TYPE_BOOL,
}
# Message -> field -> (number, type): `*` repeats, `^` is one of the alternatives of which only one is set, `%` is a map
# from strings to the type.
Table = Mapping[str, Mapping[str, tuple[int, str]]]


def classes(package: str, table: Table) -> Callable[[str], Any]:
    """A function from a message's name to its class. Enumerations are integers."""
    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file(package, table))

    def of(name: str) -> Any:
        return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}"))

    return of


def _file(package: str, table: Table) -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name=f"{package}.proto", package=package, syntax="proto3")
    for name, fields in table.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            mark, plain = (kind[0], kind[1:]) if kind[0] in "*^%" else ("", kind)
            made = message.field.add(name=field, number=number)
            made.label = _F.LABEL_REPEATED if mark in ("*", "%") else _F.LABEL_OPTIONAL
            if mark == "%":
                entry = _entry(message, field, package, plain)
                made.type, made.type_name = _F.TYPE_MESSAGE, f".{package}.{name}.{entry}"
            else:
                _set_type(made, package, plain)
            if mark == "^":
                if not message.oneof_decl:
                    message.oneof_decl.add(name="choice")
                made.oneof_index = 0
    return file


def _set_type(field: descriptor_pb2.FieldDescriptorProto, package: str, kind: str) -> None:
    if kind in _SCALARS:
        field.type = _SCALARS[kind]
    else:
        field.type = _F.TYPE_MESSAGE
        field.type_name = f".{package}.{kind}"


def _entry(message: descriptor_pb2.DescriptorProto, field: str, package: str, kind: str) -> str:
    """The message that a map is a list of on the wire; protobuf wants it named after the field."""
    name = "".join(part.capitalize() for part in field.split("_")) + "Entry"
    entry = message.nested_type.add(name=name)
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=_F.TYPE_STRING, label=_F.LABEL_OPTIONAL)
    _set_type(entry.field.add(name="value", number=2, label=_F.LABEL_OPTIONAL), package, kind)
    return name
