"""Parameters that a class hands to its driver."""

from __future__ import annotations

from apiserver.registry import formats
from apiserver.registry.errors import Errors

_COUNT_MAX = 512
_SIZE_MAX = 256 * 1024


def validate_driver(name: str, path: str, errors: Errors) -> None:
    """Who provides volumes of a class."""
    if not name:
        errors.required(path)
    else:
        errors.invalid_each(path, name.lower(), formats.qualified_name(name.lower()))


def validate_parameters(parameters: dict[str, str], path: str, errors: Errors, *, needed: bool) -> None:
    """Not too many and not too large; `needed` asks for at least one."""
    if len(parameters) > _COUNT_MAX:
        errors.too_long(path, _COUNT_MAX)
        return
    for key in parameters:
        if not key:
            errors.invalid(path, key, "field can not be empty.")
    if sum(len(key.encode()) + len(value.encode()) for key, value in parameters.items()) > _SIZE_MAX:
        errors.too_long(path, _SIZE_MAX)
    if needed and not parameters:
        errors.required(path, "must contain at least one key/value pair")
