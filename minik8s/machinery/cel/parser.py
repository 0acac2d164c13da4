"""Tokens to a tree, macros expanded (CEL specification, "Grammar")."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
from minik8s.machinery.cel.errors import CompileError, beyond_limits
from minik8s.machinery.cel.lexer import Token
from minik8s.machinery.cel.recovery import FIELDS, OPERAND, Abandoned, Recovery

_DEPTH = 250
_SIZE = 100_000
_RESERVED = frozenset(
    "as break const continue else for function if import let loop package namespace return var void while".split()
)
_COMPARE = ("<", "<=", ">=", ">", "==", "!=", "in")
_ACCUMULATOR = "__result__"
_QUOTED = "unsupported syntax: '`'"
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
    """The tree. Raises CompileError with everything that is wrong."""
    if len(source) > _SIZE:
        message = f"expression code point size exceeds limit: size: {len(source)}, limit {_SIZE}"
        raise beyond_limits(source, message)
    return _Parser(source).whole()


class _Parser(Recovery):
    def __init__(self, source: str) -> None:
        super().__init__(source)
        self._depth = 0

    def whole(self) -> Node:
        """The tree of all tokens. Raises CompileError."""
        try:
            found = self._expression()
            self.end()
        except Abandoned:
            found = self._nothing()
        if self.issues:
            raise CompileError(self.source, self.issues)
        if _deeper(found, _DEPTH):
            raise beyond_limits(self.source, "max recursion depth exceeded")
        return found

    def _nothing(self) -> Node:
        """Stands where an expression should."""
        return Literal(self.here.at, None, "null_type")

    def _expression(self) -> Node:
        self._depth += 1
        if self._depth > _DEPTH:
            raise beyond_limits(self.source, f"expression recursion limit exceeded: {_DEPTH}")
        try:
            found = self._or()
            if not self.sees("?"):
                return found
            at = self.next().at
            with self.inside(":"):
                first = self._or()
            self.take(":")
            return Call(at, "_?_:_", None, [found, first, self._expression()])
        finally:
            self._depth -= 1

    def _or(self) -> Node:
        return self._balanced("||", self._and)

    def _and(self) -> Node:
        return self._balanced("&&", self._relation)

    def _balanced(self, op: str, inner: Callable[[], Node]) -> Node:
        terms: list[Node] = [inner()]
        places: list[int] = []
        while self.sees(op):
            places.append(self.next().at)
            terms.append(inner())
        return _tree(op, terms, places)

    def _relation(self) -> Node:
        found = self._addition()
        while self.sees(*_COMPARE):
            op = self.next()
            found = Call(op.at, "@in" if op.text == "in" else f"_{op.text}_", None, [found, self._addition()])
        return found

    def _addition(self) -> Node:
        found = self._multiplication()
        while self.sees("+", "-"):
            op = self.next()
            found = Call(op.at, f"_{op.text}_", None, [found, self._multiplication()])
        return found

    def _multiplication(self) -> Node:
        found = self._unary()
        while self.sees("*", "/", "%"):
            op = self.next()
            found = Call(op.at, f"_{op.text}_", None, [found, self._unary()])
        return found

    def _unary(self) -> Node:
        here = self.here
        if not self.sees("!", "-"):
            return self._member(self._primary())
        op = here.text
        count = 0
        while self.sees(op):
            last = self.next()
            count += 1
        if op == "-" and not self.begins(self.here, OPERAND):
            self.no_viable(last.at)
        if op == "-" and self.here.kind == "literal" and self.here.text in ("int", "double"):
            token = self.next()
            number: Node = Literal(here.at, -token.value, token.text)
            found = self._member(number)
            count -= 1
        else:
            found = self._member(self._primary(unwanted=op == "!"))
        return Call(here.at, "!_" if op == "!" else "-_", None, [found]) if count % 2 else found

    def _member(self, found: Node) -> Node:
        while self.sees(".", "[", "{") and not self.recovering:
            here = self.here
            if here.text == "{":
                name = _qualified(found)
                if name is None:
                    return found
                self.next()
                found = self._struct(name, here.at)
                continue
            self.next()
            if here.text == "[":
                with self.inside("]"):
                    self.operand(OPERAND | {"?"})
                    optional = self._optional()
                    key = self._expression()
                self.take("]")
                found = Index(here.at, found, key, optional)
                continue
            optional = self._optional()
            name_token = self.field_name(here.at, optional=optional)
            if name_token is None:
                return found
            if name_token.kind == "ident" and not optional and self.sees("("):
                paren = self.next()
                args = self._arguments()
                found = self._call(paren.at, name_token.text, found, args)
            else:
                found = Select(here.at, found, name_token.text, optional=optional)
        return found

    def _optional(self) -> bool:
        if not self.sees("?"):
            return False
        self.next()
        return True

    def _primary(self, *, unwanted: bool = False) -> Node:
        if not self.operand(OPERAND, unwanted=unwanted):
            return self._nothing()
        token = self.next()
        if token.kind == "literal":
            if token.text == "int" and token.value == 1 << 63:
                self.issue(token.at, "invalid int literal")
            return Literal(token.at, token.value, token.text)
        if token.kind == "ident":
            return self._identifier(token, False)
        if token.text == "(":
            with self.inside(")"):
                found = self._expression()
            self.take(")")
            return found
        if token.text == "[":
            return self._list(token.at)
        if token.text == "{":
            return self._map(token.at)
        if self.here.kind != "ident":
            self.no_viable(token.at)
            self.skip()
            return self._nothing()
        return self._identifier(self.next(), True)

    def _identifier(self, token: Token, absolute: bool) -> Node:
        if token.text in _RESERVED:
            self.issue(token.at, f"reserved identifier: {token.text}")
        if self.sees("("):
            paren = self.next()
            return self._call(paren.at, token.text, None, self._arguments())
        return Ident(token.at, token.text, absolute)

    def _arguments(self) -> list[Node]:
        found: list[Node] = []
        with self.inside(")", ","):
            if self.operand(OPERAND | {")"}) and not self.sees(")"):
                found.append(self._expression())
                while self.sees(","):
                    self.next()
                    found.append(self._expression())
        self.take(")")
        return found

    def _list(self, at: int) -> Node:
        items: list[Node] = []
        optional: set[int] = set()
        with self.inside("]", ","):
            more = self.operand(OPERAND | {"]", ",", "?"}) and not self.sees("]", ",")
            while more:
                if self._optional():
                    optional.add(len(items))
                items.append(self._expression())
                more = self._more("]")
        self._close("]")
        return ListLiteral(at, items, frozenset(optional))

    def _map(self, at: int) -> Node:
        entries: list[tuple[Node, Node, bool]] = []
        places: list[int] = []
        with self.inside("}", ","):
            more = self.operand(OPERAND | {"}", ",", "?"}) and not self.sees("}", ",")
            while more:
                optional = self._optional()
                with self.inside(":"):
                    key = self._expression()
                places.append(self.take(":"))
                entries.append((key, self._expression(), optional))
                more = self._more("}")
        self._close("}")
        return MapLiteral(at, entries, tuple(places))

    def _struct(self, name: str, at: int) -> Node:
        entries: list[tuple[str, Node, bool]] = []
        places: list[int] = []
        with self.inside("}", ","):
            more = self.operand(FIELDS) and not self.sees("}", ",")
            while more:
                optional = self._optional()
                field = self.next()
                if field.kind == "quoted":
                    self.issue(field.at, _QUOTED)
                places.append(self.take(":"))
                entries.append((field.text, self._expression(), optional))
                more = self._more("}", FIELDS - {"}", ","})
        self._close("}")
        return StructLiteral(at, name, entries, tuple(places))

    def _more(self, end: str, first: frozenset[str] = OPERAND | {"?"}) -> bool:
        """Whether a comma and another entry follow."""
        if self.sees(",") and self.begins(self.after, first):
            self.next()
            return True
        return False

    def _close(self, end: str) -> None:
        """The end of a list or map, before which a comma may stand."""
        self.operand(frozenset((end, ",")))
        if self.sees(","):
            self.next()
        self.take(end)

    def _call(self, at: int, name: str, target: Node | None, args: list[Node]) -> Node:
        """A call, or what the macro of its name stands for."""
        if target is None:
            if name == "has" and len(args) == 1:
                if not isinstance(args[0], Select) or args[0].test:
                    self.issue(args[0].at, "invalid argument to has() macro")
                    return self._nothing()
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
                self.issue(args[1].at, f"duplicate variable name: {names[0]}")
            condition = args[2] if len(args) == 4 else None
            return Comprehension(at, _TWO[name], target, names, args[-1], condition)
        return Call(at, name, target, args)

    def _variable(self, node: Node) -> str:
        if not isinstance(node, Ident) or node.absolute:
            self.issue(node.at, "argument must be a simple name")
            return ""
        if node.name == _ACCUMULATOR:
            self.issue(node.at, "iteration variable overwrites accumulator variable")
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


def _deeper(node: Node, most: int) -> bool:
    """Whether more parts than that lie in one another."""
    level = [node]
    for _ in range(most + 1):
        level = [part for each in level for part in _parts(each)]
        if not level:
            return False
    return True


def _parts(node: Node) -> Iterator[Node]:
    match node:
        case Select():
            yield node.operand
        case Index():
            yield node.operand
            yield node.key
        case Call():
            if node.target is not None:
                yield node.target
            yield from node.args
        case ListLiteral():
            yield from node.items
        case MapLiteral():
            for key, value, _ in node.entries:
                yield key
                yield value
        case StructLiteral():
            for _, value, _ in node.entries:
                yield value
        case Comprehension():
            yield node.range
            yield node.body
            if node.condition is not None:
                yield node.condition
