"""Any object, field by field."""

from __future__ import annotations

from typing import Any

from cli.describe.text import block, mapping, notes


def lines_of(obj: dict[str, Any]) -> list[str]:
    """Name, labels, annotations, then every field as it is named."""
    meta = obj["metadata"]
    rows: list[tuple[str, Any]] = [("Name", meta["name"])]
    if "namespace" in meta:
        rows.append(("Namespace", meta["namespace"]))
    rows += [
        ("Labels", mapping(meta.get("labels"))),
        ("Annotations", notes(meta.get("annotations"))),
        ("API Version", obj.get("apiVersion", "")),
        ("Kind", obj.get("kind", "")),
    ]
    lines = block(rows)
    kept = {k: v for k, v in meta.items() if k not in ("name", "namespace", "labels", "annotations", "managedFields")}
    lines += ["Metadata:", *_fields(kept, 2)]
    for key, value in obj.items():
        if key not in ("apiVersion", "kind", "metadata"):
            lines += _field(key, value, 0)
    return lines


def _fields(value: dict[str, Any], indent: int) -> list[str]:
    return [line for key in sorted(value) for line in _field(key, value[key], indent)]


def _field(key: str, value: Any, indent: int) -> list[str]:
    pad, label = " " * indent, _label(key)
    if isinstance(value, dict):
        return [f"{pad}{label}:", *_fields(value, indent + 2)]
    if isinstance(value, list):
        lines = [f"{pad}{label}:"]
        for item in value:
            lines += _fields(item, indent + 2) if isinstance(item, dict) else [f"{pad}  {item}"]
        return lines
    return [f"{pad}{label}:  {value}"]


def _label(key: str) -> str:
    """`clusterIP` as `Cluster IP`."""
    found = ""
    for at, char in enumerate(key):
        before = key[at - 1] if at else ""
        after = key[at + 1] if at + 1 < len(key) else ""
        if char.isupper() and at and (not before.isupper() or after.islower()) and before.isalnum():
            found += " "
        found += char
    return found[:1].upper() + found[1:]


def head(obj: dict[str, Any]) -> list[str]:
    """Name, namespace, labels, annotations."""
    meta = obj["metadata"]
    rows: list[tuple[str, Any]] = [("Name", meta["name"])]
    if meta.get("namespace"):
        rows.append(("Namespace", meta["namespace"]))
    return block([*rows, ("Labels", mapping(meta.get("labels"))), ("Annotations", notes(meta.get("annotations")))])


def config_map(obj: dict[str, Any]) -> list[str]:
    """A ConfigMap, its values in full."""
    lines = [*head(obj), "", "Data", "===="]
    for key, value in sorted((obj.get("data") or {}).items()):
        lines += [f"{key}:", "----", value, ""]
    lines += ["", "BinaryData", "===="]
    lines += [f"{key}: {_size(value)} bytes" for key, value in sorted((obj.get("binaryData") or {}).items())]
    return [*lines, ""]


def secret(obj: dict[str, Any]) -> list[str]:
    """A Secret, sizes instead of values."""
    lines = [*head(obj), "", f"Type:\t{obj.get('type', '')}", "", "Data", "===="]
    return lines + [f"{key}:\t{_size(value)} bytes" for key, value in sorted((obj.get("data") or {}).items())]


def _size(value: str) -> int:
    return len(value) * 3 // 4 - value[-2:].count("=")
