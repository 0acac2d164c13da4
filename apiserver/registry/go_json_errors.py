"""What Go's JSON decoder says about a document that is no object."""

from __future__ import annotations

import json

_KINDS = {list: "array", str: "string", bool: "bool", int: "number", float: "number"}
_WHITESPACE = b" \t\r\n"
TOO_DEEP = "exceeded max depth"


def _character(code: int) -> str:
    text = chr(code)
    if text == "'":
        return "'\\''"
    if text == '"':
        return "'\"'"
    if 0x20 <= code < 0x7F:
        return f"'{text}'"
    escapes = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
    shown = escapes.get(text, f"\\x{code:02x}") if code < 0x80 else text
    return f"'{shown}'"


def json_object_problem(document: bytes) -> str:
    """Why a document is not a JSON object (null counts as one), in Go's words; "" when it is."""
    try:
        # Numbers of any length are numbers.
        value = json.loads(document, parse_int=float)
    except RecursionError:
        return TOO_DEEP
    except (ValueError, UnicodeDecodeError):
        stripped = document.lstrip(_WHITESPACE)
        if not stripped:
            return "unexpected end of JSON input"
        if stripped[0] not in b'{["-0123456789tfn':
            return f"invalid character {_character(stripped[0])} looking for beginning of value"
        return _literal_problem(stripped) or "unexpected end of JSON input"
    if value is None or isinstance(value, dict):
        return ""
    return f"json: cannot unmarshal {_KINDS[type(value)]} into Go value of type map[string]interface {{}}"


def _word_problem(rest: bytes) -> str:
    """What is wrong with true, false or null that is not written out; "" where the text ends too early."""
    for word in (b"true", b"false", b"null"):
        if rest[:1] == word[:1]:
            for index, expected in enumerate(word):
                if index >= len(rest):
                    return ""
                if rest[index] != expected:
                    where = f"in literal {word.decode()} (expecting {_character(expected)})"
                    return f"invalid character {_character(rest[index])} {where}"
    return ""


def _literal_problem(document: bytes) -> str:
    if document[:1] in (b"t", b"f", b"n"):
        return _word_problem(document)
    return _structure_problem(document)


def _structure_problem(document: bytes) -> str:
    try:
        json.loads(document, parse_int=float)
    except RecursionError:
        return TOO_DEEP
    except json.JSONDecodeError as error:
        rest = document[error.pos :].lstrip(_WHITESPACE) if error.pos < len(document) else b""
        if not rest:
            return ""
        if rest[:1] in (b"t", b"f", b"n"):
            return _word_problem(rest)
        shown = _character(rest[0])
        if "property name" in error.msg:
            return f"invalid character {shown} looking for beginning of object key string"
        if "':' delimiter" in error.msg:
            return f"invalid character {shown} after object key"
        if "',' delimiter" in error.msg:
            inside = "array element" if document.lstrip(_WHITESPACE)[:1] == b"[" else "object key:value pair"
            return f"invalid character {shown} after {inside}"
        if "Extra data" in error.msg:
            return f"invalid character {shown} after top-level value"
        return f"invalid character {shown} looking for beginning of value"
    except UnicodeDecodeError:
        return ""
    return ""
