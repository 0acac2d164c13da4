"""What is wrong with the shape of an applied configuration."""

from __future__ import annotations

from typing import Any

from minik8s.machinery.apply.compare import item_element, resolved
from minik8s.machinery.apply.field_set import shown
from minik8s.machinery.apply.schema import Schema


class ShapeError(ValueError):
    """A value does not fit its schema; the text tells every fault with its path."""

    def __init__(self, faults: list[str]) -> None:
        text = faults[0] if len(faults) == 1 else "errors:" + "".join(f"\n  {fault}" for fault in faults)
        super().__init__(text)
        self.faults = faults


def check(schema: Schema, value: Any) -> None:
    """Raises ShapeError unless the value fits: no fields that are not declared, no list item twice."""
    faults: list[str] = []
    _check(schema, value, "", faults)
    if faults:
        raise ShapeError(faults)


def _check(schema: Schema | None, value: Any, path: str, faults: list[str]) -> None:
    if value is None:
        return
    schema = resolved(schema, value)
    match schema.kind:
        case "string" if not isinstance(value, str):
            faults.append(f"{path}: expected string, got {_go_syntax(value)}")
        case "boolean" if not isinstance(value, bool):
            faults.append(f"{path}: expected boolean, got {_go_syntax(value)}")
        case "number" if isinstance(value, bool) or not isinstance(value, int | float):
            faults.append(f"{path}: expected numeric (int or float), got {_go_type(value)}")
        case "scalar" if not isinstance(value, str | int | float):
            faults.append(f"{path}: expected any scalar, got {_go_syntax(value)}")
        case "list":
            _check_list(schema, value, path, faults)
        case "map":
            _check_map(schema, value, path, faults)
        case "any" if isinstance(value, dict) and not schema.atomic:
            for key, item in value.items():
                _check(schema.element, item, f"{path}.{key}", faults)


def _check_list(schema: Schema, value: Any, path: str, faults: list[str]) -> None:
    if not isinstance(value, list):
        faults.append(f"{path}: expected list, got &{{{_go(value)}}}")
        return
    seen: set[str] = set()
    told: set[str] = set()
    for index, item in enumerate(value):
        if schema.leaf:
            _check(schema.element, item, f"{path}[{index}]", faults)
            continue
        if item is None:
            faults.append(
                f"{path}: element {index}: associative list with keys may not have a null element"
                if schema.keys
                else f"{path}: element {index}: associative list without keys has an element that's an explicit null"
            )
            continue
        if schema.keys and not isinstance(item, dict):
            faults.append(f"{path}: element {index}: associative list with keys may not have non-map elements")
            continue
        if schema.is_set and isinstance(item, dict | list):
            what = "lists" if isinstance(item, list) else "maps"
            faults.append(
                f"{path}: element {index}: associative list without keys has an element that's a {what[:-1]} type"
            )
            continue
        if schema.keys and not any(_has_key(schema, item, name) for name in schema.keys):
            listed = " ".join(f'"{name}"' for name in schema.keys)
            faults.append(
                f"{path}: element {index}: associative list with keys has an element that omits all key fields "
                f"[{listed}] (and doesn't have default values for any key fields)"
            )
            continue
        element = item_element(schema, item)
        if element in seen:
            if element not in told:
                faults.append(f"{path}: duplicate entries for key {shown(element)}")
                told.add(element)
            continue
        seen.add(element)
        _check(schema.element, item, path + shown(element), faults)


def _has_key(schema: Schema, item: dict[str, Any], name: str) -> bool:
    """Whether an item says a key of its list, or the key has a default."""
    declared = schema.element.fields.get(name) if schema.element is not None else None
    return item.get(name) is not None or (declared is not None and declared.default is not None)


def _check_map(schema: Schema, value: Any, path: str, faults: list[str]) -> None:
    if not isinstance(value, dict):
        faults.append(f"{path}: expected map, got &{{{_go(value)}}}")
        return
    for key, item in value.items():
        declared = schema.fields.get(key)
        if declared is None:
            declared = schema.element
            if declared is None:
                # What else is in the map is not looked at.
                faults.append(f"{path}.{key}: field not declared in schema")
                return
        _check(declared, item, f"{path}.{key}", faults)


def _go(value: Any) -> str:
    """A value as Go's %v prints it."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_go(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list):
        return "[" + " ".join(map(_go, value)) + "]"
    return str(value)


def _go_type(value: Any) -> str:
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, dict):
        return "map[string]interface {}"
    return "[]interface {}" if isinstance(value, list) else "string"


def _go_syntax(value: Any) -> str:
    """A value as Go's %#v prints the wrapper it stands in."""
    if isinstance(value, str):
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'&value.valueUnstructured{{Value:"{quoted}"}}'
    if isinstance(value, dict | list):
        return f"&value.valueUnstructured{{Value:{_go_type(value)}{_go(value)}}}"
    return f"&value.valueUnstructured{{Value:{_go(value)}}}"
