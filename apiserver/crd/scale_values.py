"""The numbers a scale subresource shows have to be numbers it can show."""

from __future__ import annotations

from typing import Any

from apiserver.crd import json_path
from apiserver.registry.errors import Errors
from apiserver.registry.strategy import ScalePaths
from minik8s.machinery.quoting import go_value

_MOST = 2**31 - 1
_GO_TYPES = {str: "string", float: "float64", bool: "bool", int: "int64", list: "[]interface {}"}


def check_scale(paths: ScalePaths, document: dict[str, Any], errors: Errors) -> None:
    """The replicas that are wanted."""
    _number(paths.spec_replicas, document, errors)


def check_scale_status(paths: ScalePaths, document: dict[str, Any], errors: Errors) -> None:
    """The replicas there are, and the selector of their Pods."""
    _number(paths.status_replicas, document, errors)
    if paths.selector:
        found, problem = _found(paths.selector, document, str, "string")
        if problem:
            errors.invalid(paths.selector, found, problem)


def _number(path: str, document: dict[str, Any], errors: Errors) -> None:
    found, problem = _found(path, document, int, "int64")
    if problem:
        errors.invalid(path, found, problem)
    elif found < 0:
        errors.invalid(path, found, "should be a non-negative integer")
    elif found > _MOST:
        errors.invalid(path, found, f"should be less than or equal to {_MOST}")


def _found(path: str, document: dict[str, Any], wanted: type, called: str) -> tuple[Any, str]:
    """The value at a path ("" or 0 where there is none), and why there can be none."""
    value: Any = document
    for name in json_path.fields(path):
        if value is None:
            return wanted(), ""
        if not isinstance(value, dict):
            return wanted(), _other(path, value, "map[string]interface{}")
        if name not in value:
            return wanted(), ""
        value = value[name]
    return (value, "") if type(value) is wanted else (wanted(), _other(path, value, called))


def _other(path: str, value: Any, wanted: str) -> str:
    kind = "<nil>" if value is None else _GO_TYPES.get(type(value), "map[string]interface {}")
    return f"{path} accessor error: {go_value(value)} is of the type {kind}, expected {wanted}"
