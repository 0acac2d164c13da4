"""Walking tokens, and going on after one that should not be there: told and mended as ANTLR's parsers do it.

A token too many is skipped where the next fits, one too few is taken as given where what follows fits; else tokens are
skipped until one can follow any of the parts that are open. Until then nothing more is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from minik8s.machinery.cel.lexer import Lexer, Token

_SHOWN = {
    "bool": "",
    "null_type": "null",
    "double": "NUM_FLOAT",
    "int": "NUM_INT",
    "uint": "NUM_UINT",
    "string": "STRING",
    "bytes": "BYTES",
    "ident": "IDENTIFIER",
    "quoted": "ESC_IDENTIFIER",
}
OPERAND = frozenset(
    ("[", "{", "(", ".", "-", "!", "bool", "null_type", "double", "int", "uint", "string", "bytes", "ident")
)
"""What an expression can begin with."""
FIELDS = frozenset(("}", ",", "?", "ident", "quoted"))
"""What can follow the brace of an object."""
_ORDER = (
    "[", "]", "{", "}", "(", ")", ".", ",", "-", "!", "?", ":", "bool", "null_type", "double", "int", "uint", "string",
    "bytes", "ident", "quoted",
)  # fmt: skip
_FOLLOWS = frozenset(
    ("==", "!=", "in", "<", "<=", ">=", ">", "&&", "||", "[", ".", "-", "?", "+", "*", "/", "%", "end")
)
"""What can follow a part of an expression, besides the ends of what is open."""


class Abandoned(Exception):
    """There is no going on."""


class Recovery:
    """The tokens of a source, one after the other."""

    def __init__(self, source: str) -> None:
        self.source = source
        lexer = Lexer(source)
        self.issues = lexer.issues
        self.issue = lexer.issue
        self._tokens = lexer.tokens
        self._at = 0
        self._open: list[frozenset[str]] = []
        self.recovering = False

    @property
    def here(self) -> Token:
        """The token to read next."""
        return self._tokens[self._at]

    @property
    def after(self) -> Token:
        """The one after that."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def next(self) -> Token:
        """Read a token that fits."""
        found = self.here
        if found.kind != "end":
            self._at += 1
        self.recovering = False
        return found

    def sees(self, *texts: str) -> bool:
        """Whether the next token is one of these operators or brackets."""
        return self.here.kind == "op" and self.here.text in texts

    def begins(self, token: Token, kinds: frozenset[str]) -> bool:
        """Whether a token is one of these."""
        return _kind(token) in kinds

    @contextmanager
    def inside(self, *ends: str) -> Iterator[None]:
        """While something is open that these end."""
        self._open.append(frozenset(ends))
        try:
            yield
        finally:
            self._open.pop()

    def operand(self, wanted: frozenset[str], *, unwanted: bool = False) -> bool:
        """Whether the next token is one of those wanted, perhaps after one too many; tells what is wrong.

        `unwanted` says that whatever stands there is too much.
        """
        if self.begins(self.here, wanted):
            return True
        extra = self.begins(self.after, wanted)
        what = "extraneous" if extra or unwanted else "mismatched"
        self._tell(f"{what} input '{self._shown(self.here)}' expecting {_named(wanted)}")
        if extra:
            self.next()
            return True
        self.skip()
        return self.begins(self.here, wanted) and not self.recovering

    def take(self, text: str) -> int:
        """Read a token of that text, or go on as if it was there; where it is. Raises Abandoned."""
        here = self.here
        if self.sees(text):
            return self.next().at
        if self.recovering:
            self.skip(text)
            if self.sees(text):
                self.next()
            return here.at
        if self.after.kind == "op" and self.after.text == text:
            self._tell(f"extraneous input '{self._shown(here)}' expecting '{text}'")
            self.next()
            return self.next().at
        follows = OPERAND if text == ":" else _FOLLOWS.union(*self._open)
        if self.begins(here, follows):
            self._tell(f"missing '{text}' at '{self._shown(here)}'")
            return here.at
        self._tell(f"mismatched input '{self._shown(here)}' expecting '{text}'")
        raise Abandoned

    def end(self) -> None:
        """Nothing may be left."""
        here = self.here
        if here.kind != "end" and not self.recovering:
            what = "extraneous" if self.after.kind == "end" else "mismatched"
            self._tell(f"{what} input '{self._shown(here)}' expecting <EOF>")

    def field_name(self, dot: int, *, optional: bool) -> Token | None:
        """The name after a dot; None where there is none, which is told."""
        here = self.here
        if here.kind == "ident":
            return self.next()
        if here.kind == "quoted":
            self.issue(here.at, "unsupported syntax: '`'")
            return self.next()
        if optional:
            self._tell(f"mismatched input '{self._shown(here)}' expecting {{IDENTIFIER, ESC_IDENTIFIER}}")
            self.issue(here.at, "unsupported ident kind")
        elif here.text in ("bool", "null_type"):
            self._tell(f"mismatched input '{self._shown(here)}' expecting IDENTIFIER")
        else:
            self.no_viable(dot)
        self.skip()
        return None

    def no_viable(self, since: int) -> None:
        """Tell that nothing can go on from a place to the end of the next token."""
        end = self.here.end if self.here.kind != "end" else _last(self._tokens, since)
        self._tell(f"no viable alternative at input '{_escaped(self.source[since:end])}'")
        self.recovering = False

    def skip(self, *also: str) -> None:
        """Skip what cannot follow anything that is open; nothing is told until a token fits."""
        self.recovering = True
        stops = _FOLLOWS.union(also, *self._open)
        while not self.begins(self.here, stops):
            self._at += 1

    def _tell(self, message: str) -> None:
        if not self.recovering:
            self.issue(self.here.at, f"Syntax error: {message}")
        self.recovering = True

    def _shown(self, token: Token) -> str:
        return _escaped(self.source[token.at : token.end]) if token.kind != "end" else "<EOF>"


def _last(tokens: list[Token], since: int) -> int:
    """Where the last token but the end ends."""
    return max((each.end for each in tokens[:-1]), default=since)


def _kind(token: Token) -> str:
    return token.text if token.kind in ("op", "literal") else token.kind


def _escaped(text: str) -> str:
    return text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")


def _named(wanted: frozenset[str]) -> str:
    names: list[str] = []
    for each in _ORDER:
        if each == "bool" and each in wanted:
            names += ("'true'", "'false'")
        elif each == "null_type" and each in wanted:
            names.append("'null'")
        elif each in wanted:
            names.append(_SHOWN.get(each) or f"'{each}'")
    return f"{{{', '.join(names)}}}"
