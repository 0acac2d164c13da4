"""What expressions are estimated to cost at most, as a kube-apiserver estimates rules of definitions."""

from __future__ import annotations

import pytest

from minik8s.machinery.cel import Environment, compile_expression
from minik8s.machinery.cel.cost import UNKNOWN, estimate
from minik8s.machinery.cel.types import INT, Type

_TEXT = Type("string", size=1000)
_PLACE = Environment(
    {
        "s": _TEXT,
        "n": Type("list", (INT,), size=100),
        "l": Type("list", (Type("string", size=50),), size=10),
        "m": Type("map", (Type("string"), Type("string")), size=10),
        "any": Type("string"),
    },
    {},
)


@pytest.mark.parametrize(
    ("expression", "cost"),
    [
        ("n.all(x, x > 1)", 1 + 1 + 100 * (2 + 3)),
        ("n.all(x, x == 1)", 1 + 1 + 100 * (1 + 3)),
        ("n.exists(x, x > 1)", 1 + 1 + 100 * (2 + 4)),
        ("n.map(x, x + 1)", 1 + 10 + 1 + 100 * (2 + 12)),
        ("n.filter(x, x > 1)", 1 + 10 + 1 + 100 * (2 + 13)),
        ("l.all(x, x == 'abcdefghijkl')", 1 + 1 + 10 * (1 + 2 + 3)),
        ("s.split(',')", 1 + 1 + 200),
        ("s.split(',').all(x, x == 'a')", 1 + 1 + 200 + 1 + 1000 * (1 + 3)),
        ("s.startsWith('a')", 1 + 1),
        ("l.isSorted()", 1 + 1 + 10 * 5),
        ("l.join(',')", 1 + 1 + 50),
        ("m.all(k, v, v.contains(k))", 1 + 1 + 10 * (2 + 1 + 3)),
        ("['a', any].all(x, x.contains('b'))", 10 + 1 + 1 + 2 * (1 + 1 + 3)),
        ("isURL(any)", 1 + 1),
    ],
)
def test_estimates(expression: str, cost: int) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked) == cost


@pytest.mark.parametrize(
    "expression", ["['b', 'a'].min() == 'a'", "['a'].indexOf('a') == 0", "'a' + string(1) == 'a1'"]
)
def test_sizes_that_nobody_knows(expression: str) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked) >= UNKNOWN // 100


@pytest.mark.parametrize("expression", ["bytes('a') + bytes('b') == b'ab'", "'a' + 'b'.replace('b', 'c') == 'ac'"])
def test_sizes_that_are_known(expression: str) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked) < 20
