"""Escapes in literals of text and bytes."""

from __future__ import annotations

import re

_SIMPLE = {"a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11}
_ESCAPE = re.compile(r"\\(?:([xX])(..)|(u)(.{4})|(U)(.{8})|([0-3][0-7][0-7])|(.))", re.DOTALL)
_LAST_POINT = 0x10FFFF


def unescaped(text: str, *, raw: bool, as_bytes: bool) -> tuple[str | bytes, str]:
    """(what a literal stands for, what is wrong with it); its escapes are known to be written as they must be."""
    if raw or "\\" not in text:
        return (text.encode() if as_bytes else text), ""
    parts: list[str] = []
    data = bytearray()
    last, problem = 0, ""
    for found in _ESCAPE.finditer(text):
        before = text[last : found.start()]
        last = found.end()
        parts.append(before)
        data += before.encode()
        number, wide = _number(found)
        if as_bytes and wide:
            problem = "unable to unescape string"
        elif number > _LAST_POINT or 0xD800 <= number < 0xE000:
            problem = "invalid unicode code point"
        elif as_bytes and found[8] is None:
            data.append(number)
        else:
            parts.append(chr(number))
            data += chr(number).encode()
    parts.append(text[last:])
    data += text[last:].encode()
    return (bytes(data) if as_bytes else "".join(parts)), problem


def _number(found: re.Match[str]) -> tuple[int, bool]:
    """The character an escape names, and whether it may be more than a byte."""
    if found[1]:
        return int(found[2], 16), False
    if found[3] or found[5]:
        return int(found[4] or found[6], 16), True
    if found[7]:
        return int(found[7], 8), False
    return _SIMPLE.get(found[8], ord(found[8])), False
