"""What a JSON document says that its type does not know, and what stands in it twice.

A document that is well-formed and fits its type is walked once; what is found is told in Kubernetes' words.
"""

from __future__ import annotations

import json
import re
import threading
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from minik8s.api.fields import Struct, fields_of

# What is below a field: a struct, a list or map of structs, a plain map, anything, text of a certain form, or a number
# of 32 bits that may be text as well.
_STRUCT, _LIST, _MAP, _PLAIN_MAP, _OPEN, _TEXT, _TEXTS, _NUMBER = range(8)
_UNSEEN = (-1, None)
_SECONDS = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_FORMS = {
    "quantity": re.compile(
        r"[+-]?(?:[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18})(?:[numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]{1,3})?"
    ),
    # Times in the one form in which they are stored; the last days of months are looked at more closely.
    "time": re.compile(_SECONDS + "Z"),
    "micro-time": re.compile(_SECONDS + r"\.[0-9]{6}Z"),
}
_SPACED = re.compile(rb'"[ \t\r\n]+:')


class _Table:
    """The fields of a type that are known, by their names on the wire."""

    __slots__ = ("fields",)

    def __init__(self) -> None:
        self.fields: dict[str, tuple[int, Any] | None] = {}


_tables: dict[type[Struct], _Table] = {}
_making: dict[type[Struct], _Table] = {}
_lock = threading.RLock()


def _table(cls: type[Struct]) -> _Table:
    """The table of a type. Types can hold themselves: tables are shown to other threads when all are full."""
    found = _tables.get(cls)
    if found is not None:
        return found
    with _lock:
        found = _tables.get(cls) or _making.get(cls)
        if found is not None:
            return found
        outermost = not _making
        made = _making[cls] = _Table()
        try:
            for field in fields_of(cls):
                made.fields[field.json] = _below(field.type, field.scalar_format)
            if outermost:
                _tables.update(_making)
        finally:
            if outermost:
                _making.clear()
        return made


def _below(tp: Any, scalar: str = "") -> tuple[int, Any] | None:
    origin = get_origin(tp)
    if origin is Annotated:
        return _below(get_args(tp)[0], scalar)
    if origin in (Union, UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        if len(inner) == 1:
            return _below(inner[0], scalar)
        return (_NUMBER, None) if set(inner) == {int, str} else None
    if isinstance(tp, type) and issubclass(tp, Struct):
        return _STRUCT, _table(tp)
    if origin is list:
        inside = _below(get_args(tp)[0])
        return (_LIST, inside[1]) if inside is not None and inside[0] == _STRUCT else None
    if origin is dict:
        if scalar in _FORMS:
            return _TEXTS, _FORMS[scalar].fullmatch
        inside = _below(get_args(tp)[1])
        return (_MAP, inside[1]) if inside is not None and inside[0] == _STRUCT else (_PLAIN_MAP, None)
    if scalar in _FORMS:
        return _TEXT, _FORMS[scalar].fullmatch
    return (_OPEN, None) if getattr(tp, "__name__", "") == "Raw" else None


class _Walk:
    """One pass over a document: the fields nobody knows, how many keys there are, whether a text has a wrong form."""

    __slots__ = ("counting", "keys", "unknown", "wrong")

    def __init__(self, *, counting: bool = True) -> None:
        self.counting = counting
        self.keys = 0
        self.wrong = False
        self.unknown: list[str] = []

    def struct(self, table: _Table, value: dict[str, Any], path: str) -> None:
        """Look at the fields of a struct."""
        self.keys += len(value)
        fields = table.fields
        for key, item in value.items():
            below = fields.get(key, _UNSEEN)
            if below is None:
                continue
            kind, inside = below
            if item is None and kind >= 0:
                continue
            if kind == _STRUCT:
                if isinstance(item, dict):
                    self.struct(inside, item, f"{path}{key}.")
            elif kind == _LIST:
                for index, each in enumerate(item) if isinstance(item, list) else ():
                    if isinstance(each, dict):
                        self.struct(inside, each, f"{path}{key}[{index}].")
            elif kind == _PLAIN_MAP:
                if isinstance(item, dict):
                    self.keys += len(item)
            elif kind == _MAP:
                if isinstance(item, dict):
                    self.keys += len(item)
                    for name, each in item.items():
                        if isinstance(each, dict):
                            self.struct(inside, each, f"{path}{key}.{name}.")
            elif kind == _TEXT:
                if type(item) is str and inside(item) is None:
                    self.wrong = True
            elif kind == _TEXTS:
                if isinstance(item, dict):
                    self.keys += len(item)
                    for each in item.values():
                        if type(each) is str and inside(each) is None:
                            self.wrong = True
            elif kind == _NUMBER:
                if type(item) is int and not -(2**31) <= item < 2**31:
                    self.wrong = True
            elif kind == _OPEN:
                self.count(item)
            else:
                self.unknown.append(path + key)
                self.count(item)

    def count(self, value: Any) -> None:
        """Count the keys of what has no type."""
        if not self.counting:
            return
        if isinstance(value, dict):
            self.keys += len(value)
            for each in value.values():
                self.count(each)
        elif isinstance(value, list):
            for each in value:
                self.count(each)


def unknown_fields(document: dict[str, Any], cls: type[Struct]) -> tuple[list[str], bool]:
    """The paths of fields that the type does not have, in order; whether a scalar may be none, or no stored form."""
    walk = _Walk(counting=False)
    walk.struct(_table(cls), document, "")
    return walk.unknown, walk.wrong


def findings(body: bytes, document: dict[str, Any], cls: type[Struct]) -> tuple[list[str], bool]:
    """What a strict reader objects to in a JSON body read as `document`; whether a scalar is none or has another form.

    Scalars with a form of their own are quantities, times, and numbers of 32 bits that may be text as well.
    """
    walk = _Walk()
    walk.struct(_table(cls), document, "")
    # As many keys as colons behind a quote: none stands twice. Where the count is off, it is looked at closely.
    if body.count(b'":') != walk.keys or _SPACED.search(body) is not None:
        objections: dict[str, None] = {}
        _object((_STRUCT, _table(cls)), _pairs(body), "", objections)
        return list(objections), walk.wrong
    return [f'unknown field "{path}"' for path in walk.unknown], walk.wrong


def _object(below: tuple[int, Any] | None, value: Any, path: str, found: dict[str, None]) -> None:
    """Collect what a strict reader objects to, in the order in which it stands in the text."""
    if below is None:
        return
    kind, inside = below
    if kind == _LIST or (kind == _OPEN and isinstance(value, list) and not isinstance(value, _Pairs)):
        inner = (_STRUCT, inside) if kind == _LIST else below
        for index, item in enumerate(value) if not isinstance(value, _Pairs) and isinstance(value, list) else ():
            _object(inner, item, f"{path}[{index}]", found)
        return
    if not isinstance(value, _Pairs):
        return
    seen: set[str] = set()
    for key, item in value:
        here = f"{path}.{key}" if path else key
        if kind == _STRUCT and key not in inside.fields:
            # What is in a field that nobody knows is not looked at.
            found[f'unknown field "{here}"'] = None
            continue
        if key in seen:
            found[f'duplicate field "{here}"'] = None
        seen.add(key)
        _object(_inner(kind, inside, key), item, here, found)


def _inner(kind: int, inside: Any, key: str) -> tuple[int, Any] | None:
    """What is below a key of a struct or a map."""
    if kind == _STRUCT:
        below: tuple[int, Any] | None = inside.fields[key]
        return below
    return {_MAP: (_STRUCT, inside), _OPEN: (_OPEN, None)}.get(kind)


def duplicate_fields(body: bytes) -> list[str]:
    """The paths of keys that stand twice in one object of a JSON text."""
    found: dict[str, None] = {}
    _collect(_pairs(body), "", found)
    return list(found)


def _pairs(body: bytes) -> Any:
    """A JSON text with its objects as pairs; nothing where it cannot be read."""
    try:
        return json.loads(body, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return None


class _Pairs(list[tuple[str, Any]]):
    """An object as its pairs."""


def _collect(value: Any, path: str, found: dict[str, None]) -> None:
    if isinstance(value, _Pairs):
        seen: set[str] = set()
        for key, item in value:
            here = f"{path}.{key}" if path else key
            if key in seen:
                found[here] = None
            seen.add(key)
            _collect(item, here, found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _collect(item, f"{path}[{index}]", found)
