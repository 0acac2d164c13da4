"""JSON patches (RFC 6902 with the pointers of RFC 6901)."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from minik8s.machinery.patches.errors import PatchError
from minik8s.machinery.quoting import quote

MAX_OPERATIONS = 10000
MAX_COPIED = 3 * 1024 * 1024  # bytes of JSON that all copies of a patch make, as kube-apiserver has it
_INDEX = re.compile(r"[+-]?[0-9]+")
_LONGEST_INDEX = 20
_KINDS = ("add", "remove", "replace", "move", "test")
_MISSING = "missing value"


def json_patch(doc: Any, ops: Any) -> Any:
    """The document after all operations, or none of them. Raises `PatchError`."""
    if not isinstance(ops, list):
        raise PatchError("a JSON patch is a list of operations")
    if len(ops) > MAX_OPERATIONS:
        raise PatchError(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(ops)}")
    patched = copy.deepcopy(doc)
    copied = 0
    for operation in ops:
        if not isinstance(operation, dict):
            raise PatchError("an operation of a JSON patch is an object")
        if operation.get("op") == "copy":
            copied += _copy(patched, operation, MAX_COPIED - copied)
        else:
            patched = _apply(patched, operation)
    return patched


def _copy(doc: Any, operation: dict[str, Any], most: int) -> int:
    """Carry out a copy of at most so many bytes; how many they were. Copies of copies would grow without bounds."""
    source, path = _pointer(operation, "from"), _pointer(operation, "path")
    said = operation["from"]
    with _told(f"copy operation does not apply: doc is missing from path: {said}", f"error in copy for from: '{said}'"):
        found = _get(doc, source)
    text = msgspec.json.encode(found)
    if len(text) > most:
        size = MAX_COPIED - most + len(text)
        raise PatchError(
            "Unable to complete the copy, the accumulated size increase of copy is "
            f"{size}, exceeding the limit {MAX_COPIED}"
        )
    gone = f"copy operation does not apply: doc is missing destination path: {operation['path']}"
    with _told(gone, "error while adding value during copy"):
        _add(doc, path, copy.deepcopy(found))
    return len(text)


def _apply(doc: Any, operation: dict[str, Any]) -> Any:
    kind = operation.get("op")
    if kind not in _KINDS:
        raise PatchError(f"Unexpected kind: {kind if isinstance(kind, str) else 'unknown'}")
    path, text = _pointer(operation, "path"), operation["path"]
    missing, wrong = f"{kind} operation does not apply: doc is missing path: ", f"error in {kind} for path: '{text}'"
    match kind:
        case "add":
            with _told(f'{missing}"{text}"', wrong):
                _add(doc, path, _value(operation))
        case "remove":
            with _told(f'{missing}"{text}"', wrong):
                _remove(doc, path)
        case "replace":
            if not path and not text:
                return _root(operation)
            with _told(missing + text, f"replace operation does not apply: doc is missing key: {text}", _MISSING):
                _replace(doc, path, _value(operation))
        case "move":
            source = _pointer(operation, "from")
            gone = f"move operation does not apply: doc is missing from path: {operation['from']}"
            with _told(gone, f"error in move for path: '{source[-1] if source else ''}'"):
                taken = _remove(doc, source)
            with _told(f"move operation does not apply: doc is missing destination path: {text}", wrong):
                _add(doc, path, taken)
        case _:
            with _told(f"test operation does not apply: is missing path: {text}", wrong):
                found = _get(doc, path) if path or text else doc
            if not _same(found, operation.get("value")):
                raise PatchError(f"testing value {text} failed: test failed")
    return doc


def _pointer(operation: dict[str, Any], name: str) -> list[str]:
    """The steps of a pointer, [] for the whole document. Kubernetes overlooks what stands before the first slash."""
    text = operation.get(name)
    if not isinstance(text, str):
        kind = operation.get("op")
        why = _MISSING
        if name == "from":
            why = f"operation, missing from field: {_MISSING}"
        elif kind in ("replace", "move", "test"):
            why = f"operation missing path field: {_MISSING}"
        raise PatchError(f"{kind} operation failed to decode {name}: {why}")
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


class _Missing(Exception):
    """A path leads nowhere."""


class _Wrong(Exception):
    """The last step of a path cannot be taken; the text says why."""


@contextmanager
def _told(missing: str, wrong: str, instead: str = "") -> Iterator[None]:
    """Say what is wrong with a path as Kubernetes does; `instead` is the reason where the real one is not told."""
    try:
        yield
    except _Missing:
        raise PatchError(f"{missing}: {_MISSING}") from None
    except _Wrong as error:
        raise PatchError(f"{wrong}: {instead or error}") from None


def _value(operation: dict[str, Any]) -> Any:
    """A value that is not given is null, as in Kubernetes."""
    return copy.deepcopy(operation.get("value"))


def _root(operation: dict[str, Any]) -> Any:
    value = _value(operation)
    if not isinstance(value, dict | list):
        raise PatchError("replace operation value must be object or array: %!w(<nil>)")
    return value


def _at(key: str, length: int) -> int:
    """The place an index names; a negative one counts from the end."""
    if not _INDEX.fullmatch(key):
        raise _Wrong(f"strconv.Atoi: parsing {quote(key)}: invalid syntax")
    if len(key) >= _LONGEST_INDEX:
        raise _Wrong(f"strconv.Atoi: parsing {quote(key)}: value out of range")
    index = int(key)
    if not -length <= index < length:
        raise _Wrong(f"Unable to access invalid index: {index}: invalid index referenced")
    return index + length if index < 0 else index


def _parent(doc: Any, path: list[str]) -> Any:
    if not path:
        raise _Missing
    for key in path[:-1]:
        if isinstance(doc, dict):
            doc = doc.get(key)
        elif isinstance(doc, list):
            try:
                doc = doc[_at(key, len(doc))]
            except _Wrong:
                raise _Missing from None
    if not isinstance(doc, dict | list):
        raise _Missing
    return doc


def _get(doc: Any, path: list[str]) -> Any:
    """What is there; null for a member that is not."""
    parent = _parent(doc, path)
    return parent.get(path[-1]) if isinstance(parent, dict) else parent[_at(path[-1], len(parent))]


def _add(doc: Any, path: list[str], value: Any) -> None:
    parent, key = _parent(doc, path), path[-1]
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent.insert(len(parent) if key == "-" else _at(key, len(parent) + 1), value)


def _replace(doc: Any, path: list[str], value: Any) -> None:
    parent, key = _parent(doc, path), path[-1]
    # As in Kubernetes, a member need not be there to be replaced.
    parent[key if isinstance(parent, dict) else _at(key, len(parent))] = value


def _remove(doc: Any, path: list[str]) -> Any:
    parent, key = _parent(doc, path), path[-1]
    if isinstance(parent, list):
        return parent.pop(_at(key, len(parent)))
    if key not in parent:
        raise _Wrong(f"Unable to remove nonexistent key: {key}: {_MISSING}")
    return parent.pop(key)


def _same(left: Any, right: Any) -> bool:
    """JSON equality: unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
