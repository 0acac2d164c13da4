"""ConfigMaps."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata, validate_metadata_update
from apiserver.registry.strategy import Request, Strategy
from minik8s.api.core_v1 import ConfigMap

MAX_SIZE = 1024 * 1024
IMMUTABLE = "field is immutable when `immutable` is set"


def _size(value: str) -> int:
    return len(value) if value.isascii() else len(value.encode())


def _validate(config_map: ConfigMap, errors: Errors) -> None:
    validate_metadata(config_map.metadata, errors, namespaced=True)
    size = 0
    for key, value in config_map.data.items():
        if found := formats.config_map_key(key):
            errors.invalid_each(f"data[{key}]", key, found)
        if key in config_map.binary_data:
            errors.invalid(f"data[{key}]", key, "duplicate of key present in binaryData")
        size += _size(value)
    for key, content in config_map.binary_data.items():
        if found := formats.config_map_key(key):
            errors.invalid_each(f"binaryData[{key}]", key, found)
        size += len(content)
    if size > MAX_SIZE:
        errors.too_long("[]", MAX_SIZE)


class ConfigMapStrategy(Strategy[ConfigMap]):
    """Text and bytes by key; immutable if it says so."""

    short_names = ("cm",)

    def validate(self, obj: ConfigMap, request: Request) -> Errors:
        """Keys and size."""
        errors = Errors()
        _validate(obj, errors)
        return errors

    def validate_update(self, new: ConfigMap, old: ConfigMap, request: Request) -> Errors:
        """What is immutable stays."""
        errors = Errors()
        validate_metadata_update(new.metadata, old.metadata, errors)
        if old.immutable:
            if not new.immutable:
                errors.forbidden("immutable", IMMUTABLE)
            if new.data != old.data:
                errors.forbidden("data", IMMUTABLE)
            if new.binary_data != old.binary_data:
                errors.forbidden("binaryData", IMMUTABLE)
        _validate(new, errors)
        return errors


STRATEGY = ConfigMapStrategy()
