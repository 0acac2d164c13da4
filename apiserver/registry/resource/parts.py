"""What the kinds of this group have in common: names, lists that are sets, configuration, and what devices wait for."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

import msgspec

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.labels import validate_label_key
from apiserver.registry.pod_spec.volume_sources import validate_driver_name
from minik8s.api.resource_v1 import DeviceConfiguration

T = TypeVar("T")
ItemCheck = Callable[[T, str, Errors], None]

EFFECTS = ("NoExecute", "NoSchedule", "None")
_POOL_NAME_MAX = 253
_IDENTIFIER_MAX = 32
_PARAMETERS_MAX = 10 * 1024
_CONDITIONS_MAX = 4
_UUID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def check_each(items: Sequence[T], limit: int, path: str, errors: Errors, check: ItemCheck[T]) -> bool:
    """Check the items of a list; too many of them are not looked at, and the answer is False."""
    if len(items) > limit:
        errors.too_many(path, len(items), limit)
        return False
    for index, item in enumerate(items):
        check(item, f"{path}[{index}]", errors)
    return True


def check_set(
    items: Sequence[T],
    limit: int,
    path: str,
    errors: Errors,
    check: ItemCheck[T],
    key: Callable[[T], Hashable],
    quoted: Callable[[Any], object] = lambda key: key,
) -> None:
    """See `check_each`; no two items have the same key."""
    if not check_each(items, limit, path, errors, check):
        return
    seen: set[Hashable] = set()
    for index, item in enumerate(items):
        mine = key(item)
        if mine in seen:
            errors.duplicate(f"{path}[{index}]", quoted(mine))
        seen.add(mine)


def itself(item: str) -> str:
    """The key of a text."""
    return item


def check_label(name: str, path: str, errors: Errors) -> None:
    """A DNS label."""
    errors.invalid_each(path, name, formats.dns_label(name))


def check_pool_name(name: str, path: str, errors: Errors) -> None:
    """DNS subdomains with slashes between them."""
    if not name:
        errors.required(path)
        return
    if len(name.encode()) > _POOL_NAME_MAX:
        errors.too_long(path, _POOL_NAME_MAX)
    for part in name.split("/"):
        errors.invalid_each(path, part, formats.dns_subdomain(part))


def check_qualified(name: str, path: str, errors: Errors) -> None:
    """The name of an attribute or a capacity, perhaps with a domain; more than one slash is let in."""
    parts = name.split("/")
    if len(parts) == 1:
        _check_identifier(name, path, errors)
    elif len(parts) == 2:
        domain, identifier = parts
        if domain:
            validate_driver_name(domain, path, errors)
        else:
            errors.invalid(path, "", "the domain must not be empty")
        if identifier:
            _check_identifier(identifier, path, errors)
        else:
            errors.invalid(path, "", "the name must not be empty")


def check_fully_qualified(name: str, path: str, errors: Errors) -> None:
    """The name of an attribute with its domain."""
    check_qualified(name, path, errors)
    if "/" not in name:
        errors.invalid(path, name, "a fully qualified name must be a domain and a name separated by a slash")


def _check_identifier(name: str, path: str, errors: Errors) -> None:
    if len(name.encode()) > _IDENTIFIER_MAX:
        errors.too_long(path, _IDENTIFIER_MAX)
    errors.invalid_each(path, name, formats.c_identifier(name))


def check_share(uid: str, path: str, errors: Errors) -> None:
    """The id of a share of a device: a UUID in lower case."""
    if _UUID.fullmatch(uid):
        return
    if _UUID.fullmatch(uid.lower()):
        errors.invalid(
            path,
            uid,
            "uid must be in RFC 4122 normalized form, `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` with lowercase "
            "hexadecimal characters",
        )
        return
    sized = len(uid.encode())
    why = "invalid UUID format" if sized in (36, 38, 45, 32) else f"invalid UUID length: {sized}"
    errors.invalid(path, uid, f"error validating uid: {why}")


def check_object(raw: bytes | None, path: str, errors: Errors) -> None:
    """Data that only a driver understands: a JSON object of a limited size."""
    if not raw or raw == b"null":
        errors.required(path)
    elif len(raw) > _PARAMETERS_MAX:
        errors.too_long(path, _PARAMETERS_MAX)
    elif not isinstance(msgspec.json.decode(raw), dict):
        errors.invalid(path, "<value omitted>", "must be a valid JSON object")


def check_configuration(config: DeviceConfiguration, path: str, errors: Errors) -> None:
    """Parameters for a driver."""
    opaque = config.opaque
    if opaque is None:
        errors.required(f"{path}.opaque")
        return
    validate_driver_name(opaque.driver, f"{path}.opaque.driver", errors)
    raw = bytes(opaque.parameters) if opaque.parameters is not None else None
    check_object(raw, f"{path}.opaque.parameters", errors)


def check_binding_conditions(wanted: list[str], failed: list[str], path: str, errors: Errors) -> None:
    """What has to be true before a device is bound, and what says that it never will be: both or none."""
    here, there = f"{path}.bindingConditions", f"{path}.bindingFailureConditions"
    check_each(wanted, _CONDITIONS_MAX, here, errors, validate_label_key)
    check_each(failed, _CONDITIONS_MAX, there, errors, validate_label_key)
    for index, name in enumerate(wanted):
        if name in wanted[:index]:
            errors.duplicate(f"{here}[{index}]", name)
    for index, name in enumerate(failed):
        if name in failed[:index]:
            errors.duplicate(f"{there}[{index}]", name)
        if name in wanted:
            errors.invalid(
                f"{there}[{index}]", name, "bindingFailureConditions must not overlap with bindingConditions"
            )
    if failed and not wanted:
        errors.invalid(here, None, "bindingConditions are required to use bindingFailureConditions")
    if wanted and not failed:
        errors.invalid(there, None, "bindingFailureConditions are required to use bindingConditions")
