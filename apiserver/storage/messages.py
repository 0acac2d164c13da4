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
# Message -> field -> (number, type): `*` repeats, `^` is one of the alternatives of which only one is set.
Table = Mapping[str, Mapping[str, tuple[int, str]]]


def classes(package: str, table: Table) -> Callable[[str], Any]:
    """A function from a message's name to its class. Enumerations are integers, maps lists of key and value."""
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
            mark, plain = (kind[0], kind[1:]) if kind[0] in "*^" else ("", kind)
            made = message.field.add(name=field, number=number)
            made.label = _F.LABEL_REPEATED if mark == "*" else _F.LABEL_OPTIONAL
            if plain in _SCALARS:
                made.type = _SCALARS[plain]
            else:
                made.type = _F.TYPE_MESSAGE
                made.type_name = f".{package}.{plain}"
            if mark == "^":
                if not message.oneof_decl:
                    message.oneof_decl.add(name="choice")
                made.oneof_index = 0
    return file
