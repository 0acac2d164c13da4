"""The form in which error messages quote structured values: field names as Kubernetes keeps them in memory."""

from __future__ import annotations

import base64
import difflib
import json
from functools import cache
from typing import Any, cast

import msgspec

from apiserver.registry.internal_layout import LAYOUT
from minik8s.api.core_v1 import PodSecurityContext, PodSpec
from minik8s.api.fields import Struct, fields_of
from minik8s.api.object_meta import ObjectMeta

_METADATA = "*"
_HOST_FIELDS = (
    ("HostNetwork", "host_network"),
    ("HostPID", "host_pid"),
    ("HostIPC", "host_ipc"),
    ("ShareProcessNamespace", "share_process_namespace"),
    ("HostUsers", "host_users"),
)


@cache
def _layout(cls: type[Struct]) -> tuple[tuple[str, str, bool], ...] | None:
    group = cls.__module__.removeprefix("minik8s.api.").partition(".")[0].rpartition("_")[0]
    found = LAYOUT.get(f"{group}.{cls.__name__}")
    if found is None:
        return None
    fields = {field.attribute.replace("_", ""): field for field in fields_of(cls)}
    rows = []
    for name, source in found:
        if name == _METADATA:
            rows.append((_METADATA, "metadata", False))
            continue
        attribute = source.replace("_", "") or name.lower()
        field = fields.get(attribute)
        rows.append((name, field.attribute if field else "", field is not None and field.scalar_format == "quantity"))
    return tuple(rows)


def _metadata(metadata: ObjectMeta) -> dict[str, Any]:
    return cast(dict[str, Any], msgspec.json.decode(msgspec.json.encode(metadata, order="deterministic")))


def _struct(value: Struct) -> Any:
    rows = _layout(type(value))
    if rows is None:
        return msgspec.to_builtins(value, order="deterministic", enc_hook=msgspec.json.decode)
    form: dict[str, Any] = {}
    for name, attribute, is_quantity in rows:
        if name == _METADATA:
            form.update(_metadata(getattr(value, attribute)))
            continue
        found = getattr(value, attribute) if attribute else None
        form[name] = "0" if is_quantity and found == "" else _form(found)
    if isinstance(value, PodSpec):
        form["SecurityContext"] = _pod_security_context(value)
    return form


def _pod_security_context(spec: PodSpec) -> Any:
    host = {name: getattr(spec, attribute) for name, attribute in _HOST_FIELDS}
    if spec.security_context is None and not any(value for value in host.values()):
        return None
    context = spec.security_context or PodSecurityContext()
    return {**host, **_struct(context)}


def _form(value: Any) -> Any:
    """A value as plain JSON data: structs by their internal names, what is empty as null."""
    if isinstance(value, Struct):
        return _struct(value)
    if isinstance(value, dict):
        return {key: _form(value[key]) for key in sorted(value)} or None
    if isinstance(value, list):
        return [_form(item) for item in value] or None
    if isinstance(value, bytes):
        return base64.b64encode(value).decode() if value else None
    if isinstance(value, msgspec.Raw):
        return msgspec.json.decode(value)
    return value


def internal_form(value: Any) -> msgspec.Raw:
    """A value as a message quotes it: JSON whose structs keep the order of their fields."""
    return msgspec.Raw(msgspec.json.encode(_form(value)))


def in_order(value: Any) -> msgspec.Raw:
    """Plain data, or types of the meta API, as a message quotes them: JSON with its keys in the order they have."""
    return msgspec.Raw(msgspec.json.encode(value))


def _pretty(value: Any) -> list[str]:
    text = json.dumps(_form(value), indent=1, ensure_ascii=False)
    lines = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026").splitlines(keepends=True)
    lines[-1] += "\n"
    return lines


def difference(old: Any, new: Any) -> str:
    """What changed between two values, as a unified diff of their internal forms."""
    found = list(difflib.unified_diff(_pretty(old), _pretty(new), n=3))
    return "".join(found[2:]) if found else ""
