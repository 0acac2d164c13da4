"""Text to tokens (CEL specification, "Syntax")."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from minik8s.machinery.cel.errors import CompileError, Issue, place
from minik8s.machinery.cel.values import UInt


class Token(NamedTuple):
    """One token; `kind` is ident, literal, op or end."""

    kind: str
    text: str
    value: Any
    at: int


_SKIP = re.compile(r"(?:[ \t\r\n\f]+|//[^\n]*)+")
_NUMBER = re.compile(
    r"(?P<hex>0x[0-9a-fA-F]+[uU]?)|(?P<float>(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?))|(?P<int>[0-9]+[uU]?)"
)
_IDENT = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_STRING = re.compile(r"(?:[rR][bB]?|[bB][rR]?)?(?:\"\"\"|'''|\"|')")
_OPS = ("&&", "||", "==", "!=", "<=", ">=", *"<>+-*/%!?:.,()[]{}")
_ESCAPES = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    "?": "?",
    '"': '"',
    "'": "'",
    "`": "`",
}
_QUOTED = re.compile(r"`([a-zA-Z0-9_.\-/ ]+)`")


def tokens(source: str) -> list[Token]:
    """All tokens, the last of kind `end`. Raises CompileError."""
    found: list[Token] = []
    at = 0
    while True:
        if skipped := _SKIP.match(source, at):
            at = skipped.end()
        if at >= len(source):
            found.append(Token("end", "<EOF>", None, at))
            return found
        if opening := _STRING.match(source, at):
            value, end = _string(source, at, opening.group())
            kind = "bytes" if isinstance(value, bytes) else "string"
            found.append(Token("literal", kind, value, at))
            at = end
        elif (number := _NUMBER.match(source, at)) and not (source[at] == "." and _member(found)):
            found.append(_number(source, number, at))
            at = number.end()
        elif word := _IDENT.match(source, at):
            found.append(Token("ident", word.group(), None, at))
            at = word.end()
        elif quoted := _QUOTED.match(source, at):
            found.append(Token("quoted", quoted.group(1), None, at))
            at = quoted.end()
        else:
            for op in _OPS:
                if source.startswith(op, at):
                    found.append(Token("op", op, None, at))
                    at += len(op)
                    break
            else:
                raise _error(source, at, f"Syntax error: token recognition error at: '{source[at]}'")


def _member(found: list[Token]) -> bool:
    return bool(found) and (found[-1].kind != "op" or found[-1].text in (")", "]", "}"))


def _error(source: str, at: int, message: str) -> CompileError:
    return CompileError(source, [Issue(*place(source, at), message)])


def _number(source: str, found: re.Match[str], at: int) -> Token:
    text = found.group()
    if found["float"]:
        return Token("literal", "double", float(text), at)
    unsigned = text[-1] in "uU"
    digits = text[:-1] if unsigned else text
    value = int(digits, 16) if found["hex"] else int(digits)
    if unsigned:
        if value >= 1 << 64:
            raise _error(source, at, "invalid uint literal")
        return Token("literal", "uint", UInt(value), at)
    # One more than the largest positive: the parser refuses it unless a minus stands before it.
    if value > 1 << 63:
        raise _error(source, at, "invalid int literal")
    return Token("literal", "int", value, at)


def _string(source: str, at: int, opening: str) -> tuple[str | bytes, int]:
    prefix = opening.rstrip("\"'").lower()
    quote = opening[len(prefix) :]
    raw, as_bytes = "r" in prefix, "b" in prefix
    out: list[str] = []
    data = bytearray()
    i = at + len(opening)
    while True:
        if i >= len(source):
            raise _error(source, at, f"Syntax error: token recognition error at: '{source[at:]}'")
        if source.startswith(quote, i):
            break
        char = source[i]
        if len(quote) == 1 and char in "\r\n":
            raise _error(source, at, f"Syntax error: token recognition error at: '{source[at:i]}'")
        if char == "\\" and not raw:
            text, number, i = _escape(source, i, as_bytes)
            if number is not None:
                data.append(number)
            else:
                out.append(text)
                data += text.encode()
        else:
            out.append(char)
            data += char.encode()
            i += 1
    return (bytes(data) if as_bytes else "".join(out)), i + len(quote)


def _escape(source: str, at: int, as_bytes: bool) -> tuple[str, int | None, int]:
    """(text, the byte where it is one, where it ends)."""
    char = source[at + 1 : at + 2]
    if char in _ESCAPES and char:
        return _ESCAPES[char], None, at + 2
    for letter, size in (("x", 2), ("X", 2), ("u", 4), ("U", 8)):
        if char == letter:
            digits = source[at + 2 : at + 2 + size]
            if not re.fullmatch(f"[0-9a-fA-F]{{{size}}}", digits) or (as_bytes and size > 2):
                raise _error(source, at, "invalid escape sequence")
            number = int(digits, 16)
            if as_bytes:
                return "", number, at + 2 + size
            if number > 0x10FFFF or 0xD800 <= number < 0xE000:
                raise _error(source, at, "invalid unicode code point")
            return chr(number), None, at + 2 + size
    octal = source[at + 1 : at + 4]
    if re.fullmatch("[0-3][0-7][0-7]", octal):
        number = int(octal, 8)
        return (chr(number), number if as_bytes else None, at + 4)
    raise _error(source, at, "invalid escape sequence")
