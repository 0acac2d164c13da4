"""What calls cost at most, from the sizes their arguments may have: cel-go's rules, and Kubernetes' for its libraries.

Each function's rule is told by its name here; the rules are those of cel-go's checker and its extensions, and of
k8s.io/apiserver/pkg/cel/library.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil
from typing import NamedTuple, Protocol

from minik8s.machinery.cel.ast import Literal, Node
from minik8s.machinery.cel.ranges import MOST, ONE, UNKNOWN, Range, fixed
from minik8s.machinery.cel.types import Type

TRAVERSED = 0.1
"""For each character or byte that is walked over."""
_PATTERN = 0.25
"""For each character of a regular expression, at each step through a text."""
LIST, MAP, STRUCT = 10, 30, 40
"""What making one costs."""
_FORMAT = 64
_NAME_PATTERN = 128
_ADDRESS = Range(4, 16)
_CHECK = fixed(350_000)


class Sized(Protocol):
    """What is known of an argument."""

    @property
    def node(self) -> Node:
        """The expression."""
        ...

    @property
    def type(self) -> Type:
        """Its type."""
        ...

    @property
    def size(self) -> Range:
        """How many characters, bytes, items or entries it may have; UNKNOWN where nobody says."""
        ...

    def item_size(self) -> Range:
        """The size of an item, of a list whose items are found in the schema."""
        ...


class Costs(NamedTuple):
    """Of a call: its cost besides its arguments', and the size of its result where the call says it."""

    cost: Range
    size: Range | None = None


class Arguments(NamedTuple):
    """What a function is called with; `target` is None where it is no method."""

    target: Sized | None
    given: list[Sized]

    @property
    def kinds(self) -> list[str]:
        """The names of all types, the target's first."""
        every = [self.target, *self.given] if self.target is not None else self.given
        return [each.type.name for each in every if each is not None]


def call_costs(name: str, called: Arguments) -> Costs:
    """What a call costs; sizes of results are None where nothing is known of them."""
    rule = _RULES.get(name)
    found = rule(called) if rule is not None else None
    return found if found is not None else Costs(ONE)


def _open(kind: str) -> bool:
    return kind in ("dyn", "!error!") or kind.startswith("'")


def _may_be(called: Arguments, *names: str) -> bool:
    """Whether all arguments may be of one of these types."""
    return all(kind in names or _open(kind) for kind in called.kinds)


def _either(*found: Costs | None) -> Costs | None:
    """Where the types leave several overloads."""
    known = [each for each in found if each is not None]
    if not known:
        return None
    cost, size = known[0]
    for each in known[1:]:
        cost = cost.union(each.cost)
        size = each.size if size is None else size if each.size is None else size.union(each.size)
    return Costs(cost, size)


def _walked(size: Range) -> Costs:
    return Costs(size.scaled(TRAVERSED))


def _compared(called: Arguments) -> Costs:
    """Two values that are walked along together, until the shorter one ends."""
    most = min(each.size.most for each in called.given)
    return Costs(Range(1 if most > 0 else 0, most).scaled(TRAVERSED))


_QUICK_TO_COMPARE = frozenset({"net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver"})


def _equal(called: Arguments) -> Costs:
    one, other = called.given
    if one.type == other.type:
        kind = one.type.name
        if kind in _QUICK_TO_COMPARE or kind.startswith("kubernetes.authorization."):
            return Costs(ONE)
        if kind == "kubernetes.NamedFormat":
            return Costs(Range(1, _FORMAT).scaled(TRAVERSED))
        if kind == "kubernetes.URL":
            return Costs(Range(1, other.size.most if other.size != UNKNOWN else 1).scaled(TRAVERSED))
    return _compared(called)


_ORDERED = ("bool", "int", "uint", "double", "google.protobuf.Timestamp", "google.protobuf.Duration")


def _ordered(called: Arguments) -> Costs | None:
    texts = _compared(called) if _may_be(called, "string") or _may_be(called, "bytes") else None
    return _either(texts, Costs(ONE) if _may_be(called, *_ORDERED) else None)


def _sum_of_two(called: Arguments) -> Costs | None:
    one, other = called.given
    size = one.size.plus(other.size)
    texts = lists = numbers = None
    if _may_be(called, "string") or _may_be(called, "bytes"):
        texts = Costs(size.scaled(TRAVERSED), size)
    if _may_be(called, "list"):
        lists = Costs(ONE, size)
    if _may_be(called, *_ORDERED[1:]):
        numbers = Costs(ONE)
    return _either(texts, lists, numbers)


def _contained(called: Arguments) -> Costs | None:
    kind = called.given[1].type.name
    listed = Costs(called.given[1].size) if kind == "list" or _open(kind) else None
    return _either(listed, Costs(ONE) if kind == "map" or _open(kind) else None)


def _pattern(called: Arguments, *, size: Range | None = None) -> Costs | None:
    if called.target is None or not called.given:
        return None
    text = called.target.size.plus(ONE).scaled(TRAVERSED)
    return Costs(text.times(called.given[0].size.scaled(_PATTERN)), size)


def _found(called: Arguments) -> Costs | None:
    return _pattern(called, size=Range(0, called.target.size.most) if called.target is not None else None)


def _contains(called: Arguments) -> Costs | None:
    if called.target is None or len(called.given) != 1:
        return None
    return Costs(called.target.size.scaled(TRAVERSED).times(called.given[0].size.scaled(TRAVERSED)))


def _begins(called: Arguments) -> Costs | None:
    return _walked(called.given[0].size) if len(called.given) == 1 else None


def _format(called: Arguments) -> Costs | None:
    return _walked(called.target.size) if called.target is not None else None


def _to_bytes(called: Arguments) -> Costs | None:
    size = called.given[0].size
    text = (
        Costs(size.scaled(TRAVERSED), Range(size.least, min(size.most * 4, MOST)))
        if _may_be(called, "string")
        else None
    )
    return _either(text, Costs(ONE) if _may_be(called, "bytes") else None)


def _to_string(called: Arguments) -> Costs | None:
    size = called.given[0].size
    if not _may_be(called, "bytes"):
        return None
    raw = Costs(size.scaled(TRAVERSED), Range(size.least // 4, size.most))
    return _either(raw, Costs(ONE)) if _open(called.kinds[0]) else raw


def _quoted(called: Arguments) -> Costs | None:
    size = called.given[0].size
    return Costs(size.scaled(TRAVERSED), Range(size.least + 2, min(size.most * 2 + 2, MOST)))


def _walks_argument(called: Arguments, factor: float = 1) -> Costs | None:
    return Costs(called.given[0].size.scaled(TRAVERSED * factor)) if called.given else None


def _parsed(called: Arguments) -> Costs | None:
    if len(called.given) != 1:
        return None
    size = called.given[0].size
    return Costs(size.scaled(TRAVERSED), size)


def _walks_target(called: Arguments) -> Costs | None:
    if called.target is None:
        return None
    return Costs(called.target.size.scaled(TRAVERSED), called.target.size)


def _of_items(called: Arguments) -> Costs | None:
    """What looks at each item of a list, or at each character of a text."""
    if called.target is None:
        return None
    if not called.target.type.parameters:
        return _walked(called.target.size)
    each = ONE
    if called.target.type.parameters[0].name in ("string", "bytes"):
        each = each.plus(called.target.item_size().scaled(TRAVERSED))
    return Costs(called.target.size.times(each))


def _replaced(called: Arguments) -> Costs | None:
    if called.target is None or len(called.given) < 2:
        return None
    size, old, new = called.target.size, called.given[0].size, called.given[1].size
    most, kept_most = _times_replaced(size.most, old.least, new.most)
    least, kept_least = _times_replaced(size.least, old.most, new.least, least=True)
    made = Range(least, most).times(new).plus(Range(kept_least, kept_most))
    return Costs(size.scaled(2 * TRAVERSED), made)


def _times_replaced(size: int, old: int, new: int, *, least: bool = False) -> tuple[int, int]:
    """(how often something is replaced, how much stays)."""
    if old == 0:
        return min(size + 1, MOST), size
    if (old <= new) if least else (new <= old):
        return 0, size
    return ceil(size / old), 0


def _split(called: Arguments) -> Costs | None:
    if called.target is None:
        return None
    size = called.target.size
    most = size.most
    if len(called.given) > 1:
        limit = called.given[1].node
        if isinstance(limit, Literal) and limit.type == "int":
            most = limit.value % (1 << 64)
    return Costs(size.scaled(2 * TRAVERSED), Range(0, most))


def _joined(called: Arguments) -> Costs | None:
    if called.target is None:
        return None
    size = called.target.size
    made = size.times(called.target.item_size()) if called.target.type.parameters else fixed(0)
    if called.given:
        made = made.plus(called.given[0].size.times(Range(max(size.least - 1, 0), max(size.most - 1, 0))))
    return Costs(made.scaled(TRAVERSED), made)


def _ip(called: Arguments) -> Costs | None:
    # A CIDR has a method of this name.
    return Costs(ONE) if called.target is not None else _walks_argument(called)


_TWO_ADDRESSES = _ADDRESS.plus(_ADDRESS).scaled(TRAVERSED)


def _with_text(called: Arguments, cost: Range) -> Costs | None:
    if not called.given:
        return None
    kind = called.given[0].type.name
    parsed = Costs(cost.plus(called.given[0].size.scaled(TRAVERSED))) if kind == "string" or _open(kind) else None
    return _either(parsed, Costs(cost) if kind != "string" else None)


def _contains_ip(called: Arguments) -> Costs | None:
    return _with_text(called, _TWO_ADDRESSES)


def _contains_cidr(called: Arguments) -> Costs | None:
    return _with_text(called, _TWO_ADDRESSES.plus(_ADDRESS.scaled(TRAVERSED)).plus(ONE))


def _validated(called: Arguments) -> Costs | None:
    if not called.given:
        return None
    return Costs(called.given[0].size.scaled(TRAVERSED).scaled(_NAME_PATTERN * _PATTERN))


def _selector(called: Arguments) -> Costs | None:
    if len(called.given) != 1:
        return None
    size = called.given[0].size
    # Every other character may begin a requirement, which takes a list and a structure.
    requirements = size.scaled(0.5).scaled(LIST + STRUCT)
    return Costs(fixed(LIST).plus(size.scaled(TRAVERSED)).plus(requirements))


def _sets(factor: int) -> Callable[[Arguments], Costs | None]:
    def rule(called: Arguments) -> Costs | None:
        if len(called.given) != 2:
            return None
        one, other = called.given
        return Costs(one.size.times(other.size).scaled(factor).plus(ONE))

    return rule


def _list_made(size: Range, factor: float = 1) -> Costs:
    return Costs(size.scaled(factor).plus(ONE).plus(fixed(LIST)), size)


def _number(argument: Sized, otherwise: int) -> int:
    node = argument.node
    return max(node.value, 0) if isinstance(node, Literal) and node.type == "int" else otherwise


def _sliced(called: Arguments) -> Costs | None:
    if called.target is None or len(called.given) != 2:
        return None
    start, end = _number(called.given[0], 0), _number(called.given[1], called.target.size.most)
    return _list_made(fixed((end - start) % (1 << 64)))


def _numbers(called: Arguments) -> Costs | None:
    return _list_made(fixed(_number(called.given[0], MOST))) if len(called.given) == 1 else None


def _reversed(called: Arguments) -> Costs | None:
    if called.target is None or called.target.type.name == "string":
        return None
    return _list_made(called.target.size)


def _flattened(called: Arguments) -> Costs | None:
    if called.target is None:
        return None
    depth = _number(called.given[0], MOST) if called.given else 1
    return _list_made(called.target.size, float(depth))


def _distinct(called: Arguments) -> Costs | None:
    if called.target is None:
        return None
    return _list_made(called.target.size.times(called.target.size), 2)


def _sorted(called: Arguments) -> Costs | None:
    return sorted_by(called.target) if called.target is not None else None


def sorted_by(keys: Sized) -> Costs:
    """What sorting by a list of keys costs."""
    kinds = keys.type.parameters
    of_text = bool(kinds) and kinds[0].name in ("string", "bytes")
    return _list_made(keys.size.times(keys.size), 2 + TRAVERSED if of_text else 2)


_RULES: dict[str, Callable[[Arguments], Costs | None]] = {
    "_==_": _equal,
    "_!=_": _compared,
    **dict.fromkeys(("_<_", "_<=_", "_>_", "_>=_"), _ordered),
    "_+_": _sum_of_two,
    "@in": _contained,
    "matches": _pattern,
    **dict.fromkeys(("find", "findAll"), _found),
    "contains": _contains,
    **dict.fromkeys(("startsWith", "endsWith"), _begins),
    "format": _format,
    "bytes": _to_bytes,
    "string": _to_string,
    "strings.quote": _quoted,
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver", "isSemver"), _walks_argument),
    "ip.isCanonical": lambda called: _walks_argument(called, 2),
    **dict.fromkeys(("url", "jsonpatch.escapeKey"), _parsed),
    **dict.fromkeys(("lowerAscii", "upperAscii", "substring", "trim"), _walks_target),
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _of_items),
    "replace": _replaced,
    "split": _split,
    "join": _joined,
    "ip": _ip,
    "containsIP": _contains_ip,
    "containsCIDR": _contains_cidr,
    "validate": _validated,
    "check": lambda called: Costs(_CHECK),
    **dict.fromkeys(("fieldSelector", "labelSelector"), _selector),
    **dict.fromkeys(("sets.contains", "sets.intersects"), _sets(1)),
    "sets.equivalent": _sets(2),
    "slice": _sliced,
    "lists.range": _numbers,
    "reverse": _reversed,
    "flatten": _flattened,
    "distinct": _distinct,
    "sort": _sorted,
}
