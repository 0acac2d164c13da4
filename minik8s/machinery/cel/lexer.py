"""Text to tokens (CEL specification, "Syntax"). What is no token is told and skipped, as cel-go's lexer does."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from minik8s.machinery.cel.errors import Issue, place
from minik8s.machinery.cel.strings import unescaped
from minik8s.machinery.cel.values import UInt


class Token(NamedTuple):
    """One token; `kind` is ident, quoted, literal, op or end, and `text` what it is (of a literal its type)."""

    kind: str
    text: str
    value: Any
    at: int
    end: int


_SKIP = re.compile(r"(?:[ \t\r\n\f]+|//[^\n]*)+")
_NUMBER = re.compile(
    r"(?P<hex>0x[0-9a-fA-F]+[uU]?)|(?P<float>(?:[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+|\.[0-9]+(?:[eE][+-]?[0-9]+)?))|(?P<int>[0-9]+[uU]?)"
)
_IDENT = re.compile(r"[_a-zA-Z][_a-zA-Z0-9]*")
_STRING = re.compile(r"(?P<prefix>[rR][bB]?|[bB][rR]?)?(?P<quote>\"\"\"|'''|\"|')")
_OPS = ("&&", "||", "==", "!=", "<=", ">=", *"<>+-*/%!?:.,()[]{}")
# What begins a token that a second character must end.
_BEGUN = ("&", "|", "=")
_QUOTED = re.compile(r"`([a-zA-Z0-9_.\-/ ]+)`")
_BEGUN_QUOTED = re.compile(r"`[a-zA-Z0-9_.\-/ ]*")
_WORDS = {"true": (True, "bool"), "false": (False, "bool"), "null": (None, "null_type")}


class Lexer:
    """All tokens of a source, the last of kind `end`, and what is wrong with it."""

    def __init__(self, source: str) -> None:
        self.issues: list[Issue] = []
        self.tokens: list[Token] = []
        self._source = source
        at = 0
        while True:
            if skipped := _SKIP.match(source, at):
                at = skipped.end()
            if at >= len(source):
                self.tokens.append(Token("end", "<EOF>", None, at, at))
                return
            at = self._token(at)

    def _add(self, kind: str, text: str, value: Any, at: int, end: int) -> int:
        self.tokens.append(Token(kind, text, value, at, end))
        return end

    def issue(self, at: int, message: str) -> None:
        """Note what is wrong."""
        self.issues.append(Issue(*place(self._source, at), message))

    def _unknown(self, at: int, end: int) -> int:
        self.issue(at, f"Syntax error: token recognition error at: '{self._source[at:end]}'")
        return end

    def _token(self, at: int) -> int:
        """Read one token; where the next begins."""
        source = self._source
        if opening := _STRING.match(source, at):
            return self._string(at, opening)
        if number := _NUMBER.match(source, at):
            return self._number(number, at)
        if word := _IDENT.match(source, at):
            text = word.group()
            if text in _WORDS:
                value, name = _WORDS[text]
                return self._add("literal", name, value, at, word.end())
            return self._add("op" if text == "in" else "ident", text, None, at, word.end())
        if quoted := _QUOTED.match(source, at):
            return self._add("quoted", quoted.group(1), None, at, quoted.end())
        for op in _OPS:
            if source.startswith(op, at):
                return self._add("op", op, None, at, at + len(op))
        if begun := _BEGUN_QUOTED.match(source, at):
            return self._unknown(at, min(begun.end() + 1, len(source)))
        return self._unknown(at, min(at + 1 + (source[at] in _BEGUN), len(source)))

    def _number(self, found: re.Match[str], at: int) -> int:
        text, end = found.group(), found.end()
        if found["float"]:
            value = float(text)
            if value == float("inf"):
                self.issue(at, "invalid double literal")
            return self._add("literal", "double", value, at, end)
        unsigned = text[-1] in "uU"
        digits = text[:-1] if unsigned else text
        whole = int(digits, 16) if found["hex"] else int(digits)
        if unsigned:
            if whole >= 1 << 64:
                self.issue(at, "invalid uint literal")
                whole = 0
            return self._add("literal", "uint", UInt(whole), at, end)
        # One more than the largest positive: the parser refuses it unless a minus stands before it.
        if whole > 1 << 63:
            self.issue(at, "invalid int literal")
            whole = 0
        return self._add("literal", "int", whole, at, end)

    def _string(self, at: int, opening: re.Match[str]) -> int:
        prefix, quote = (opening["prefix"] or "").lower(), opening["quote"]
        start = opening.end()
        end, ended = _text_end(self._source, start, quote, raw="r" in prefix)
        if not ended:
            # What was read before is a token of its own: a name, or an empty string.
            if prefix:
                return self._add("ident", opening["prefix"], None, at, at + len(prefix))
            if len(quote) == 3:
                return self._add("literal", "string", "", at, at + 2)
            return self._unknown(at, min(end + 1, len(self._source)))
        value, problem = unescaped(self._source[start:end], raw="r" in prefix, as_bytes="b" in prefix)
        if problem:
            self.issue(at, problem)
        return self._add("literal", "bytes" if "b" in prefix else "string", value, at, end + len(quote))


_ESCAPE = re.compile(r"\\(?:[abfnrtv\\?\"'`]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7][0-7])")
# As much of an escape as can be one.
_BEGUN_ESCAPE = re.compile(r"\\(?:[xX][0-9a-fA-F]?|u[0-9a-fA-F]{0,3}|U[0-9a-fA-F]{0,7}|[0-3][0-7]?)?")


def _text_end(source: str, at: int, quote: str, *, raw: bool) -> tuple[int, bool]:
    """Where a text ends, before its quote; or the character that it cannot have, and False."""
    while at < len(source):
        if source.startswith(quote, at):
            return at, True
        if len(quote) == 1 and source[at] in "\r\n":
            return at, False
        if source[at] == "\\" and not raw:
            found = _ESCAPE.match(source, at)
            if found is None:
                begun = _BEGUN_ESCAPE.match(source, at)
                return (begun.end() if begun else at), False
            at = found.end()
        else:
            at += 1
    return at, False
