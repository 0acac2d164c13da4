"""Values of expressions as JSON has them."""

from __future__ import annotations

import base64
from typing import Any

from minik8s.machinery.cel import EvalError
from minik8s.machinery.cel.library.conversions import to_string
from minik8s.machinery.cel.moments import Timestamp
from minik8s.machinery.cel.values import Duration, Optional, TypeValue, UInt, type_name


def as_json(value: Any) -> Any:
    """Plain data for a value. Raises EvalError for one that JSON has nothing for."""
    if value is None or isinstance(value, bool | str | float):
        return value
    if isinstance(value, Duration):
        return to_string(value)
    if isinstance(value, UInt):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Timestamp):
        return str(value)
    if isinstance(value, list):
        return [as_json(each) for each in value]
    if isinstance(value, dict):
        found = {}
        for key, each in value.items():
            if not isinstance(key, str):
                raise EvalError(f"unsupported type conversion from '{type_name(key)}' to string")
            found[key] = as_json(each)
        return found
    if isinstance(value, Optional) and value.present:
        return as_json(value.value)
    if isinstance(value, TypeValue):
        raise EvalError("type conversion not supported for 'type'")
    raise EvalError(f"type conversion error from '{type_name(value).rpartition('.')[2]}' to '*structpb.Value'")
