"""The grammar of label selectors: text to terms, with Kubernetes' messages for what does not parse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from minik8s.machinery import names
from minik8s.machinery.quoting import quote

_SPECIAL = frozenset("=!(),><")
_SPACE = frozenset(" \t\r\n")
_TOKENS = frozenset({")", ",", "!", "==", "=", ">", "in", "<", "!=", "notin", "("})
_OPERATORS = {"in": "in", "notin": "notin", "=": "=", "==": "==", "!=": "!=", ">": "gt", "<": "lt"}
_EXPECTED_OPERATOR = "in, notin, =, ==, !=, gt, lt"
_IDENTIFIER, _END, _ERROR = "identifier", "end", "error"


class SelectorSyntaxError(ValueError):
    """A label selector does not parse."""


class Term(NamedTuple):
    """One requirement as written; values are sorted, each there once."""

    key: str
    operator: str
    values: tuple[str, ...]


class _Token(NamedTuple):
    kind: str
    text: str


def _symbol(text: str, at: int) -> tuple[_Token, int]:
    end = at
    while end < len(text) and text[end] in _SPECIAL:
        end += 1
    for stop in range(at + 1, end + 1):
        if text[at:stop] in _TOKENS:
            while stop < end and text[at : stop + 1] in _TOKENS:
                stop += 1
            return _Token(text[at:stop], text[at:stop]), stop
    return _Token(_ERROR, f"error expected: keyword found '{text[at:end]}'"), end


def _tokens(text: str) -> list[_Token]:
    text = text.partition("\0")[0]  # a NUL ends the text, as it does for Kubernetes
    found, at = [], 0
    while at < len(text):
        if text[at] in _SPACE:
            at += 1
        elif text[at] in _SPECIAL:
            token, at = _symbol(text, at)
            found.append(token)
        else:
            start = at
            while at < len(text) and text[at] not in _SPECIAL and text[at] not in _SPACE:
                at += 1
            word = text[start:at]
            found.append(_Token(word if word in _TOKENS else _IDENTIFIER, word))
    return [*found, _Token(_END, "")]


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0

    def look(self) -> _Token:
        """The next token, where `in` and `notin` are words like others."""
        token = self.tokens[self.at]
        return _Token(_IDENTIFIER, token.text) if token.kind in ("in", "notin") else token

    def take(self) -> _Token:
        token = self.look()
        self.at = min(self.at + 1, len(self.tokens) - 1)
        return token

    def terms(self) -> Iterator[Term]:
        while True:
            token = self.look()
            if token.kind == _END:
                return
            if token.kind not in (_IDENTIFIER, "!"):
                raise SelectorSyntaxError(f"found '{token.text}', expected: !, identifier, or 'end of string'")
            try:
                term = self.term()
            except SelectorSyntaxError as error:
                raise SelectorSyntaxError(f"unable to parse requirement: {error}") from None
            yield term
            after = self.take()
            if after.kind == _END:
                return
            if after.kind != ",":
                raise SelectorSyntaxError(f"found '{after.text}', expected: ',' or 'end of string'")
            following = self.look()
            if following.kind not in (_IDENTIFIER, "!"):
                raise SelectorSyntaxError(f"found '{following.text}', expected: identifier after ','")

    def term(self) -> Term:
        token, absent = self.take(), False
        if token.kind == "!":
            absent, token = True, self.take()
        if token.kind != _IDENTIFIER:
            raise SelectorSyntaxError(f"found '{token.text}', expected: identifier")
        key = token.text
        if found := names.label_key(key):
            raise SelectorSyntaxError(f"<nil>: Invalid value: {quote(key)}: {'; '.join(found)}")
        if absent:
            return Term(key, "!", ())
        if self.look().kind in (_END, ","):
            return Term(key, "exists", ())
        written = self.tokens[self.at]
        self.take()
        operator = _OPERATORS.get(written.kind)
        if operator is None:
            raise SelectorSyntaxError(f"found '{written.text}', expected: {_EXPECTED_OPERATOR}")
        values = self.values() if operator in ("in", "notin") else self.value()
        return Term(key, operator, tuple(sorted(values)))

    def value(self) -> set[str]:
        if self.look().kind in (_END, ","):
            return {""}
        token = self.take()
        if token.kind != _IDENTIFIER:
            raise SelectorSyntaxError(f"found '{token.text}', expected: identifier")
        return {token.text}

    def values(self) -> set[str]:
        token = self.take()
        if token.kind != "(":
            raise SelectorSyntaxError(f"found '{token.text}' expected: '('")
        token = self.look()
        if token.kind == ")":
            self.take()
            return {""}
        if token.kind not in (_IDENTIFIER, ","):
            raise SelectorSyntaxError(f"found '{token.text}', expected: ',', ')' or identifier")
        found = self.listed()
        if self.take().kind != ")":
            raise SelectorSyntaxError(f"found '{token.text}', expected: ')'")
        return found

    def listed(self) -> set[str]:
        """Words and commas up to the parenthesis; a comma without a word stands beside an empty value."""
        found: set[str] = set()
        while True:
            token = self.take()
            if token.kind == _IDENTIFIER:
                found.add(token.text)
                after = self.look()
                if after.kind == ")":
                    return found
                if after.kind != ",":
                    raise SelectorSyntaxError(f"found '{after.text}', expected: ',' or ')'")
            elif token.kind == ",":
                if not found:
                    found.add("")
                after = self.look()
                if after.kind in (")", ","):
                    found.add("")
                if after.kind == ")":
                    return found
            else:
                raise SelectorSyntaxError(f"found '{token.text}', expected: ',', or identifier")


def parse_terms(text: str) -> Iterator[Term]:
    """The terms in the order written, each as soon as it is read; raises SelectorSyntaxError."""
    return _Parser(text).terms()
