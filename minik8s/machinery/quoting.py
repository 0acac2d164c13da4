"""Values as Kubernetes' messages show them: Go's quoted strings and Go's JSON."""

from __future__ import annotations

import re
from typing import Any

import msgspec

_NEEDS_ESCAPE = re.compile(r"[^ !#-\[\]-~]")
_INT64 = 2**63
_SHORT = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"',
}  # fmt: skip
_encoder = msgspec.json.Encoder(order="deterministic")


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    if character in _SHORT:
        return _SHORT[character]
    if character.isprintable():
        return character
    code = ord(character)
    if code < 0x80:
        return f"\\x{code:02x}"
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was no UTF-8, as surrogateescape keeps it
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quote(text: str) -> str:
    """A string in double quotes, escaped as Go's `%q` does."""
    return f'"{_NEEDS_ESCAPE.sub(_escape, text)}"'


def go_json(value: Any) -> str:
    """A value as Go's `json.Marshal` writes it: keys of maps sorted, `<`, `>` and `&` escaped.

    Structs keep the order of their fields. Raises TypeError for values that JSON cannot hold.
    """
    text = _encoder.encode(value).decode()
    if any(character in text for character in "<>&\u2028\u2029"):
        text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return text


def go_value(value: Any) -> str:
    """Plain JSON data as Go's `%v` prints it: `map[a:1 b:[x y]]`, `<nil>`, `true`."""
    if value is None:
        return "<nil>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{go_value(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(map(go_value, value)) + "]"
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return _go_float(float(value)) if abs(value) < 10**308 else str(value)
    if isinstance(value, float):
        return _go_float(value)
    return str(value)


def go_string(value: Any) -> str:
    """Plain JSON data as Go's `%s` prints it: what is no string with the type it has instead."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "map[" + " ".join(f"{key}:{_within(value[key])}" for key in sorted(value)) + "]"
    if isinstance(value, list | tuple):
        return "[" + " ".join(map(_within, value)) + "]"
    if value is None:
        return "%!s(<nil>)"
    kind = "bool" if isinstance(value, bool) else "int64"
    if isinstance(value, float) or not -_INT64 <= value < _INT64:
        kind = "float64"
    return f"%!s({kind}={go_value(value)})"


def _within(value: Any) -> str:
    return "<nil>" if value is None else go_string(value)


def _go_float(value: float) -> str:
    """Go's `%v` of a float64: the fewest digits that tell it, with an exponent below 1e-4 and from 1e6 on."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    if not exponent and (abs(value) < 1e6):
        return text.removesuffix(".0")
    if not exponent:
        # Python writes an exponent from 1e16 on only.
        mantissa, _, exponent = f"{value:.16e}".partition("e")
        digits = text.replace(".", "").lstrip("-").lstrip("0").rstrip("0") or "0"
        mantissa = f"{'-' if value < 0 else ''}{digits[0]}.{digits[1:]}".removesuffix(".")
    power = int(exponent)
    return f"{mantissa.removesuffix('.0')}e{'-' if power < 0 else '+'}{abs(power):02d}"
