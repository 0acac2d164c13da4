"""JSON patches (RFC 6902 with the pointers of RFC 6901)."""

from __future__ import annotations

import copy
import re
from typing import Any

from minik8s.machinery.patches.errors import PatchError

MAX_OPERATIONS = 10000
_INDEX = re.compile(r"0|[1-9][0-9]*")


def json_patch(doc: Any, ops: Any) -> Any:
    """The document after all operations, or none of them. Raises `PatchError`."""
    if not isinstance(ops, list):
        raise PatchError("a JSON patch is a list of operations")
    if len(ops) > MAX_OPERATIONS:
        raise PatchError(f"The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {len(ops)}")
    patched = copy.deepcopy(doc)
    for operation in ops:
        if not isinstance(operation, dict):
            raise PatchError("an operation of a JSON patch is an object")
        patched = _apply(patched, operation)
    return patched


def _apply(doc: Any, operation: dict[str, Any]) -> Any:
    kind, path = operation.get("op"), _pointer(operation, "path")
    match kind:
        case "add":
            return _add(doc, path, _value(operation))
        case "remove":
            return _remove(doc, path)[0]
        case "replace":
            return _replace(doc, path, _value(operation))
        case "move":
            source = _pointer(operation, "from")
            if path[: len(source)] == source and path != source:
                raise PatchError("move operation does not apply: a value cannot be moved into itself")
            rest, moved = _remove(doc, source)
            return _add(rest, path, moved)
        case "copy":
            return _add(doc, path, copy.deepcopy(_get(doc, _pointer(operation, "from"))))
        case "test":
            if not _same(_get(doc, path), operation.get("value")):
                raise PatchError(f"testing value {operation['path']} failed: test failed")
            return doc
    raise PatchError(f"Unexpected kind: {kind}")


def _pointer(operation: dict[str, Any], name: str) -> list[str]:
    text = operation.get(name)
    if not isinstance(text, str) or (text and not text.startswith("/")):
        raise PatchError(f'"{name}" of a JSON patch operation must be a JSON pointer, not {text!r}')
    return [part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]]


def _value(operation: dict[str, Any]) -> Any:
    if "value" not in operation:
        raise PatchError(f'a JSON patch operation "{operation.get("op")}" needs a value')
    return copy.deepcopy(operation["value"])


def _missing(path: list[str]) -> PatchError:
    return PatchError(f"doc is missing path: /{'/'.join(path)}: missing value")


def _at(items: list[Any], key: str, path: list[str], length: int) -> int:
    if not _INDEX.fullmatch(key) or int(key) >= length:
        raise PatchError(f"Unable to access invalid index: {key} of /{'/'.join(path)}")
    return int(key)


def _get(doc: Any, path: list[str]) -> Any:
    for key in path:
        if isinstance(doc, dict) and key in doc:
            doc = doc[key]
        elif isinstance(doc, list):
            doc = doc[_at(doc, key, path, len(doc))]
        else:
            raise _missing(path)
    return doc


def _add(doc: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, key = _get(doc, path[:-1]), path[-1]
    if isinstance(parent, dict):
        parent[key] = value
    elif isinstance(parent, list):
        parent.insert(len(parent) if key == "-" else _at(parent, key, path, len(parent) + 1), value)
    else:
        raise _missing(path)
    return doc


def _replace(doc: Any, path: list[str], value: Any) -> Any:
    if not path:
        return value
    parent, key = _get(doc, path[:-1]), path[-1]
    if isinstance(parent, dict):
        # As in Kubernetes, a member need not be there to be replaced.
        parent[key] = value
    elif isinstance(parent, list):
        parent[_at(parent, key, path, len(parent))] = value
    else:
        raise _missing(path)
    return doc


def _remove(doc: Any, path: list[str]) -> tuple[Any, Any]:
    if not path:
        return None, doc
    parent, key = _get(doc, path[:-1]), path[-1]
    if isinstance(parent, dict) and key in parent:
        return doc, parent.pop(key)
    if isinstance(parent, list):
        return doc, parent.pop(_at(parent, key, path, len(parent)))
    raise _missing(path)


def _same(left: Any, right: Any) -> bool:
    """JSON equality: unlike in Python, true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(_same(value, right[key]) for key, value in left.items())
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_same, left, right))
    return bool(left == right)
