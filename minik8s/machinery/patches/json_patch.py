"""JSON patches (RFC 6902 with the pointers of RFC 6901)."""

from __future__ import annotations

import copy
import re
from typing import Any

import msgspec

from minik8s.machinery.patches.errors import PatchError

MAX_OPERATIONS = 10000
MAX_COPIED = 3 * 1024 * 1024  # bytes of JSON that all copies of a patch make, as kube-apiserver has it
_INDEX = re.compile(r"[+-]?[0-9]+")
_LONGEST_INDEX = 20


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
    path = _pointer(operation, "path")
    found = _get(doc, _pointer(operation, "from"))
    text = msgspec.json.encode(found)
    if len(text) > most:
        size = MAX_COPIED - most + len(text)
        raise PatchError(
            "Unable to complete the copy, the accumulated size increase of copy is "
            f"{size}, exceeding the limit {MAX_COPIED}"
        )
    _add(doc, path, copy.deepcopy(found))
    return len(text)


def _apply(doc: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation.get("op"), _pointer(operation, "path")
    match kind:
        case "add":
            _add(doc, path, _value(operation))
        case "remove":
            _remove(doc, path)
        case "replace":
            if not path:
                return _root(operation)
            _replace(doc, path, _value(operation))
        case "move":
            source = _pointer(operation, "from")
            _add(doc, path, _remove(doc, source))
        case "test":
            if not _same(_get(doc, path) if path else doc, operation.get("value")):
                raise PatchError(f"testing value {operation['path']} failed: test failed")
        case _:
            raise PatchError(f"Unexpected kind: {kind}")
    return doc


def _pointer(operation: dict[str, Any], name: str) -> list[str]:
    """The steps of a pointer, [] for the whole document. Kubernetes overlooks what stands before the first slash."""
    text = operation.get(name)
    if not isinstance(text, str) or (text and "/" not in text):
        raise PatchError(f'"{name}" of a JSON patch operation must be a JSON pointer, not {text!r}')
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _value(operation: dict[str, Any]) -> Any:
    """A value that is not given is null, as in Kubernetes."""
    return copy.deepcopy(operation.get("value"))


def _root(operation: dict[str, Any]) -> Any:
    value = _value(operation)
    if not isinstance(value, dict | list):
        raise PatchError("replace operation value must be object or array")
    return value


def _missing(path: list[str]) -> PatchError:
    return PatchError(f"doc is missing path: /{'/'.join(path)}: missing value")


def _at(key: str, path: list[str], length: int) -> int:
    """The place an index names; a negative one counts from the end."""
    index = int(key) if _INDEX.fullmatch(key) and len(key) < _LONGEST_INDEX else length
    if not -length <= index < length:
        raise PatchError(f"Unable to access invalid index: {key} of /{'/'.join(path)}")
    return index + length if index < 0 else index


def _parent(doc: Any, path: list[str]) -> Any:
    if not path:
        raise _missing(path)
    for key in path[:-1]:
        if isinstance(doc, dict):
            doc = doc.get(key)
        elif isinstance(doc, list):
            doc = doc[_at(key, path, len(doc))]
    if not isinstance(doc, dict | list):
        raise _missing(path)
    return doc


def _get(doc: Any, path: list[str]) -> Any:
    """What is there; null for a member that is not."""
    parent = _parent(doc, path)
    return parent.get(path[-1]) if isinstance(parent, dict) else parent[_at(path[-1], path, len(parent))]


def _add(doc: Any, path: list[str], value: Any) -> None:
    parent, key = _parent(doc, path), path[-1]
    if isinstance(parent, dict):
        parent[key] = value
    else:
        parent.insert(len(parent) if key == "-" else _at(key, path, len(parent) + 1), value)


def _replace(doc: Any, path: list[str], value: Any) -> None:
    parent, key = _parent(doc, path), path[-1]
    # As in Kubernetes, a member need not be there to be replaced.
    parent[key if isinstance(parent, dict) else _at(key, path, len(parent))] = value


def _remove(doc: Any, path: list[str]) -> Any:
    parent, key = _parent(doc, path), path[-1]
    if isinstance(parent, list):
        return parent.pop(_at(key, path, len(parent)))
    if key not in parent:
        raise _missing(path)
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
