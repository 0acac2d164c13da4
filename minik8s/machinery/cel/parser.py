"""Tokens to a tree, macros expanded (CEL specification, "Grammar")."""

from __future__ import annotations

from minik8s.machinery.cel.ast import (
    Call,
    Comprehension,
    Ident,
    Index,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from minik8s.machinery.cel.errors import CompileError, Issue, beyond_limits, place
from minik8s.machinery.cel.lexer import Token, tokens

_DEPTH = 250
_SIZE = 100_000
_RESERVED = frozenset(
    "as break const continue else for function if import let loop package namespace return var void while".split()
)
_COMPARE = ("<", "<=", ">=", ">", "==", "!=")
_ONE = {"all": "all", "exists": "exists", "exists_one": "existsOne", "existsOne": "existsOne", "filter": "filter"}
_TWO = {
    "all": "all",
    "exists": "exists",
    "existsOne": "existsOne",
    "exists_one": "existsOne",
    "transformList": "transformList",
    "transformMap": "transformMap",
    "transformMapEntry": "transformMapEntry",
}


def parse(source: str) -> Node:
    """The tree. Raises CompileError."""
    if len(source) > _SIZE:
        message = f"expression code point size exceeds limit: size: {len(source)}, limit {_SIZE}"
        raise beyond_limits(source, message)
    return _Parser(source).whole()


class _Parser:
    def __init__(self, source: str) -> None:
        self._source = source
        self._tokens = tokens(source)
        self._at = 0
        self._depth = 0

    def whole(self) -> Node:
        found = self._expression()
        if self._here.kind != "end":
            raise self._unexpected()
        return found

    @property
    def _here(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        found = self._here
        self._at += 1
        return found

    def _take(self, text: str) -> Token:
        if not (self._here.kind == "op" and self._here.text == text):
            raise self._unexpected(text)
        return self._next()

    def _unexpected(self, wanted: str = "") -> CompileError:
        here = self._here
        shown = here.text if here.kind != "literal" else self._source[here.at :].split()[0]
        if wanted:
            return self._error(here.at, f"Syntax error: mismatched input '{shown}' expecting '{wanted}'")
        return self._error(here.at, f"Syntax error: unexpected '{shown}'")

    def _error(self, at: int, message: str) -> CompileError:
        return CompileError(self._source, [Issue(*place(self._source, at), message)])

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise beyond_limits(self._source, f"expression recursion limit exceeded: {_DEPTH}")
        try:
            found = self._or()
            if not (self._here.kind == "op" and self._here.text == "?"):
                return found
            at = self._next().at
            first = self._or()
            self._take(":")
            return Call(at, "_?_:_", None, [found, first, self._expression()])
        finally:
            self._depth -= 1

    def _or(self) -> Node:
        return self._balanced("||", self._and)

    def _and(self) -> Node:
        return self._balanced("&&", self._relation)

    def _balanced(self, op: str, inner: object) -> Node:
        assert callable(inner)
        terms: list[Node] = [inner()]
        places: list[int] = []
        while self._here.kind == "op" and self._here.text == op:
            places.append(self._next().at)
            terms.append(inner())
        return _tree(op, terms, places)

    def _relation(self) -> Node:
        found = self._addition()
        while (self._here.kind == "op" and self._here.text in _COMPARE) or (
            self._here.kind == "ident" and self._here.text == "in"
        ):
            op = self._next()
            found = Call(op.at, "@in" if op.text == "in" else f"_{op.text}_", None, [found, self._addition()])
        return found

    def _addition(self) -> Node:
        found = self._multiplication()
        while self._here.kind == "op" and self._here.text in ("+", "-"):
            op = self._next()
            found = Call(op.at, f"_{op.text}_", None, [found, self._multiplication()])
        return found

    def _multiplication(self) -> Node:
        found = self._unary()
        while self._here.kind == "op" and self._here.text in ("*", "/", "%"):
            op = self._next()
            found = Call(op.at, f"_{op.text}_", None, [found, self._unary()])
        return found

    def _unary(self) -> Node:
        here = self._here
        if here.kind != "op" or here.text not in ("!", "-"):
            return self._member(self._primary())
        op = here.text
        count = 0
        while self._here.kind == "op" and self._here.text == op:
            self._next()
            count += 1
        if op == "-" and self._here.kind == "literal" and self._here.text in ("int", "double"):
            token = self._next()
            number: Node = Literal(here.at, -token.value, token.text)
            found = self._member(number)
            count -= 1
        else:
            found = self._member(self._primary())
        return Call(here.at, "!_" if op == "!" else "-_", None, [found]) if count % 2 else found

    def _member(self, found: Node) -> Node:
        while self._here.kind == "op" and self._here.text in (".", "[", "{"):
            here = self._here
            if here.text == "{":
                name = _qualified(found)
                if name is None:
                    return found
                found = self._struct(name, found.at)
                continue
            self._next()
            optional = self._here.kind == "op" and self._here.text == "?"
            if optional:
                self._next()
            if here.text == "[":
                key = self._expression()
                self._take("]")
                found = Index(here.at, found, key, optional)
                continue
            name_token = self._next()
            if name_token.kind not in ("ident", "quoted"):
                self._at -= 1
                raise self._unexpected("IDENTIFIER")
            if self._here.kind == "op" and self._here.text == "(" and not optional and name_token.kind == "ident":
                paren = self._next()
                args = self._arguments(")")
                found = self._call(paren.at, name_token.text, found, args)
            else:
                found = Select(here.at, found, name_token.text, optional=optional)
        return found

    def _primary(self) -> Node:
        token = self._next()
        if token.kind == "literal":
            if token.text == "int" and token.value == 1 << 63:
                raise self._error(token.at, "invalid int literal")
            return Literal(token.at, token.value, token.text)
        if token.kind == "ident":
            return self._identifier(token, False)
        if token.kind == "op":
            if token.text == "(":
                found = self._expression()
                self._take(")")
                return found
            if token.text == "[":
                return self._list(token.at)
            if token.text == "{":
                return self._map(token.at)
            if token.text == ".":
                return self._identifier(self._next(), True)
        self._at -= 1
        raise self._unexpected()

    def _identifier(self, token: Token, absolute: bool) -> Node:
        if token.kind != "ident":
            self._at -= 1
            raise self._unexpected("IDENTIFIER")
        words = {"true": (True, "bool"), "false": (False, "bool"), "null": (None, "null_type")}
        if token.text in words and not absolute:
            return Literal(token.at, *words[token.text])
        if token.text in _RESERVED:
            raise self._error(token.at, f"reserved identifier: {token.text}")
        if self._here.kind == "op" and self._here.text == "(":
            paren = self._next()
            return self._call(paren.at, token.text, None, self._arguments(")"))
        return Ident(token.at, token.text, absolute)

    def _arguments(self, end: str) -> list[Node]:
        found: list[Node] = []
        while not (self._here.kind == "op" and self._here.text == end):
            found.append(self._expression())
            if self._here.kind == "op" and self._here.text == ",":
                self._next()
            elif not (self._here.kind == "op" and self._here.text == end):
                raise self._unexpected(end)
        self._next()
        return found

    def _list(self, at: int) -> Node:
        items: list[Node] = []
        optional: set[int] = set()
        while not (self._here.kind == "op" and self._here.text == "]"):
            if self._here.kind == "op" and self._here.text == "?":
                self._next()
                optional.add(len(items))
            items.append(self._expression())
            if not (self._here.kind == "op" and self._here.text == "]"):
                self._take(",")
        self._next()
        return ListLiteral(at, items, frozenset(optional))

    def _map(self, at: int) -> Node:
        entries: list[tuple[Node, Node, bool]] = []
        while not (self._here.kind == "op" and self._here.text == "}"):
            optional = self._here.kind == "op" and self._here.text == "?"
            if optional:
                self._next()
            key = self._expression()
            self._take(":")
            entries.append((key, self._expression(), optional))
            if not (self._here.kind == "op" and self._here.text == "}"):
                self._take(",")
        self._next()
        return MapLiteral(at, entries)

    def _struct(self, name: str, at: int) -> Node:
        self._take("{")
        entries: list[tuple[str, Node, bool]] = []
        while not (self._here.kind == "op" and self._here.text == "}"):
            optional = self._here.kind == "op" and self._here.text == "?"
            if optional:
                self._next()
            field = self._next()
            if field.kind not in ("ident", "quoted"):
                self._at -= 1
                raise self._unexpected("IDENTIFIER")
            self._take(":")
            entries.append((field.text, self._expression(), optional))
            if not (self._here.kind == "op" and self._here.text == "}"):
                self._take(",")
        self._next()
        return StructLiteral(at, name, entries)

    def _call(self, at: int, name: str, target: Node | None, args: list[Node]) -> Node:
        """A call, or what the macro of its name stands for."""
        if target is None:
            if name == "has" and len(args) == 1:
                if not isinstance(args[0], Select) or args[0].test:
                    raise self._error(args[0].at, "invalid argument to has() macro")
                return Select(at, args[0].operand, args[0].field, test=True)
            return Call(at, name, None, args)
        if name in _ONE and len(args) == 2:
            return Comprehension(at, _ONE[name], target, (self._variable(args[0]),), args[1])
        if name == "map" and len(args) in (2, 3):
            condition = args[1] if len(args) == 3 else None
            return Comprehension(at, "map", target, (self._variable(args[0]),), args[-1], condition)
        if name == "sortBy" and len(args) == 2:
            return Comprehension(at, name, target, (self._variable(args[0]),), args[1])
        if name in ("optMap", "optFlatMap") and len(args) == 2:
            return Comprehension(at, name, target, (self._variable(args[0]),), args[1])
        if name in _TWO and (len(args) == 3 or (len(args) == 4 and name.startswith("transform"))):
            names = (self._variable(args[0]), self._variable(args[1]))
            if names[0] == names[1]:
                raise self._error(args[1].at, f"duplicate variable name: {names[0]}")
            condition = args[2] if len(args) == 4 else None
            return Comprehension(at, _TWO[name], target, names, args[-1], condition)
        return Call(at, name, target, args)

    def _variable(self, node: Node) -> str:
        if not isinstance(node, Ident) or node.absolute:
            raise self._error(node.at, "argument must be a simple name")
        return node.name


def _tree(op: str, terms: list[Node], places: list[int]) -> Node:
    """A balanced tree, so that a long chain is not a deep one."""
    if len(terms) == 1:
        return terms[0]
    middle = (len(terms)) // 2
    left = _tree(op, terms[:middle], places[: middle - 1])
    right = _tree(op, terms[middle:], places[middle:])
    return Call(places[middle - 1], f"_{op}_", None, [left, right])


def _qualified(node: Node) -> str | None:
    if isinstance(node, Ident):
        return node.name
    if isinstance(node, Select) and not node.test and not node.optional:
        inner = _qualified(node.operand)
        return f"{inner}.{node.field}" if inner is not None else None
    return None
