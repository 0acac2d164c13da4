"""What YAML nodes stand for, as Go's reader of YAML 1.1 takes them: `y` is true, `010` is 8, dates are text."""

from __future__ import annotations

import base64
import binascii
import math
import re
import struct
from decimal import Decimal
from typing import Any

import yaml

from minik8s.machinery.quoting import go_value, quote

PLAIN = "!minik8s.plain"
"""The tag of scalars that stand without quotes and without a tag."""
_STANDARD = "tag:yaml.org,2002:"
_LOOKED_AT = ("bool", "int", "float", "null", "timestamp")
_NAMED: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_DIGITS = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)", re.ASCII)
_AFTER_POINT = re.compile(r"\.[0-9](?:_?[0-9])*(?:[eE][-+]?[0-9](?:_?[0-9])*)?", re.ASCII)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_MOST_DIGITS = 100
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_WHOLE = 1e21


class YAMLProblem(ValueError):
    """A text that is no YAML."""


def value(node: Any) -> Any:
    """What a node stands for in JSON. Raises YAMLProblem."""
    if isinstance(node, yaml.ScalarNode):
        found = _scalar(node)
        if isinstance(found, float):
            return _number(found)
        return found
    if isinstance(node, yaml.SequenceNode):
        return [value(each) for each in node.value]
    made: dict[str, Any] = {}
    _fill(made, node)
    # The JSON that a YAML text becomes has its keys in order: of several errors the first in that order is told.
    return dict(sorted(made.items()))


def _fill(made: dict[str, Any], node: Any) -> None:
    """What stands later holds, also of what is merged."""
    for key, item in node.value:
        if isinstance(key, yaml.ScalarNode):
            if is_merge(key):
                for part in merged_parts(item):
                    _fill(made, part)
            else:
                made[_key(key, item)] = value(item)
        else:
            raise YAMLProblem(f"yaml: invalid map key: {_go_syntax(key)}")


def is_merge(key: Any) -> bool:
    """Whether a key stands for the keys of its value."""
    return isinstance(key, yaml.ScalarNode) and key.value == "<<" and key.tag in (PLAIN, _STANDARD + "merge")


def merged_parts(node: Any) -> list[Any]:
    """The maps that are merged, those that hold last. Raises YAMLProblem."""
    parts = node.value[::-1] if isinstance(node, yaml.SequenceNode) else [node]
    if not all(isinstance(each, yaml.MappingNode) for each in parts):
        raise YAMLProblem("yaml: map merge requires map or sequence of maps as the value")
    return parts


def key_shown(node: Any) -> str:
    """A key as Go's reader quotes it, of its type. Raises YAMLProblem."""
    return _go_syntax(node)


def _key(node: Any, item: Any) -> str:
    found = _scalar(node)
    if isinstance(found, str):
        return found
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, int) and found < 1 << 63:
        return str(found)
    if isinstance(found, float):
        return _single(found)
    what, shown = ("uint64", hex(found)) if isinstance(found, int) else ("%!s(<nil>)", "<nil>")
    raise YAMLProblem(f"unsupported map key of type: {what}, key: {shown}, value: {_go_syntax(item)}")


def _single(value: float) -> str:
    """A float that is a key: as few digits as tell one of 32 bits, with an exponent from 1e6 on and below 1e-4."""
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    try:
        held = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return ".inf" if value > 0 else "-.inf"
    for digits in range(1, 10):
        text = f"{held:.{digits - 1}e}"
        if struct.unpack("f", struct.pack("f", float(text)))[0] == held:
            break
    exponent = int(text.partition("e")[2])
    if -5 < exponent < 6:
        return f"{Decimal(text):f}"
    return text


def _go_syntax(node: Any) -> str:
    """A value as Go writes it in a program."""
    if isinstance(node, yaml.SequenceNode):
        return "[]interface {}{" + ", ".join(_go_syntax(each) for each in node.value) + "}"
    if isinstance(node, yaml.MappingNode):
        pairs = sorted(f"{_go_syntax(key)}:{_go_syntax(item)}" for key, item in node.value)
        return "map[interface {}]interface {}{" + ", ".join(pairs) + "}"
    match _scalar(node):
        case None:
            return "interface {}(nil)"
        case bool() as found:
            return "true" if found else "false"
        case str() as found:
            return quote(found)
        case found:
            return go_value(found)


def _scalar(node: Any) -> Any:
    tag = node.tag
    if tag == PLAIN:
        return resolve(node.value)
    short = tag.removeprefix(_STANDARD)
    if short == "binary":
        try:
            return base64.b64decode(re.sub(r"[\r\n]", "", node.value), validate=True).decode("utf-8", "replace")
        except binascii.Error:
            raise YAMLProblem("yaml: !!binary value contains invalid base64 data") from None
    if short == tag or short not in _LOOKED_AT:
        return node.value
    found = resolve(node.value)
    if short == "float" and isinstance(found, int) and not isinstance(found, bool):
        return float(found)
    said = _tag_of(found)
    if said != short and not (short == "timestamp" and re.match(r"\d{4}-\d", node.value, re.ASCII)):
        raise YAMLProblem(f"yaml: cannot decode !!{said} `{node.value}` as a !!{short}")
    return found


def _tag_of(found: Any) -> str:
    match found:
        case None:
            return "null"
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
    return "str"


def resolve(text: str) -> Any:
    """What a scalar without quotes stands for: null, a bool, an int, a float or text."""
    if text in _NAMED:
        return _NAMED[text]
    first = text[0]
    if first == ".":
        return _float(text) if _AFTER_POINT.fullmatch(text) else text
    if first not in "+-0123456789":
        return text
    plain = text.replace("_", "")
    if _DIGITS.fullmatch(plain):
        found = _int(plain)
        if found is not None:
            return found
    return _float(plain, text) if _FLOAT.fullmatch(plain) else text


def _int(plain: str) -> int | None:
    sign = plain[0] if plain[0] in "+-" else ""
    digits = plain[len(sign) :].lower()
    if len(digits) > _MOST_DIGITS:
        return None
    if digits.startswith("0") and digits[1:].isdigit():
        found = int(digits, 8)
    else:
        found = int(digits, 0)
    found = -found if sign == "-" else found
    # Without a sign a number may use all 64 bits.
    return found if _LEAST <= found <= (_MOST >> 1 if sign else _MOST) else None


def _float(plain: str, text: str | None = None) -> Any:
    found = float(plain)
    return found if math.isfinite(found) else plain if text is None else text


def _number(found: float) -> int | float:
    """A number as JSON shows it: whole ones have no fraction. Raises YAMLProblem for what is none in JSON."""
    if not math.isfinite(found):
        shown = "NaN" if math.isnan(found) else "+Inf" if found > 0 else "-Inf"
        raise YAMLProblem(f"json: unsupported value: {shown}")
    if found.is_integer() and abs(found) < _WHOLE:
        # The shortest digits that read back as the number, as JSON has them.
        return int(Decimal(repr(found)))
    return found
