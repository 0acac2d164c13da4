"""What expressions are estimated to cost at most, as a kube-apiserver estimates rules of definitions."""

from __future__ import annotations

import pytest

from minik8s.machinery.cel import Environment, compile_expression
from minik8s.machinery.cel.cost import estimate
from minik8s.machinery.cel.types import INT, ObjectType, Type

_TEXT = Type("string", size=1000)
_PLACE = Environment(
    {
        "self": Type("selfType1"),
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
        ("s.split(',')", 1 + 200),
        ("s.split(',').all(x, x == 'a')", 1 + 200 + 1 + 1000 * (1 + 3)),
        ("s.startsWith('a')", 1 + 1),
        ("l.isSorted()", 1 + 10 * (1 + 5)),
        ("l.join(',')", 1 + 1 + 50),
        ("m.all(k, v, v.contains(k))", 1 + 1 + 10 * (2 + 3)),
        ("['a', any].all(x, x.contains('b'))", 10 + 1 + 1 + 2 * (1 + 3)),
        ("isURL(any)", 1 + 1),
    ],
)
def test_estimates(expression: str, cost: int) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked, program.environment) == cost


@pytest.mark.parametrize(
    "expression", ["['b', 'a'].min() == 'a'", "['a'].indexOf('a') == 0", "'a' + string(1) == 'a1'"]
)
def test_sizes_that_nobody_knows(expression: str) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked, program.environment) >= 1 << 60


@pytest.mark.parametrize("expression", ["bytes('a') + bytes('b') == b'ab'", "'a' + 'b'.replace('b', 'c') == 'ac'"])
def test_sizes_that_are_known(expression: str) -> None:
    program = compile_expression(expression, _PLACE)
    assert estimate(program.node, program.checked, program.environment) < 20


_SCHEMA = {
    "s": Type("string", (), 8_000_000),
    "t": Type("string", (), 6_000_000),
    "n": Type("list", (INT,), 4_000_000),
    "l": Type("list", (Type("string", (), 1000),), 400_000),
    "m": Type("map", (Type("string"), Type("string", (), 400)), 300_000),
}
_SELF = Environment({"self": Type("selfType1")}, {"selfType1": ObjectType("selfType1", _SCHEMA)})


@pytest.mark.parametrize(
    ("rule", "cost"),
    [
        # Kubernetes gives keys of maps no length: what looks at them costs next to nothing.
        ("self.m.all(k, k.contains('*'))", 2 + 1 + 300_000 * (1 + 3)),
        ("self.m.all(k, self.m[k].contains('*'))", 2 + 1 + 300_000 * (4 + 40 + 3)),
        # A span or moment is read at no cost for its length.
        ("duration(self.s) >= duration('1ms')", 2 + 1 + 1 + 1),
        ("isURL(self.s) ? url(self.s).getScheme() in ['http'] : true", 2 + 1 + 2 + 800_000 + 1 + 10 + 1),
        # Of a choice the dearer branch counts, of what stands at the end of it the larger.
        ("(has(self.s) ? self.s : '').startsWith('unix://') ? !has(self.l) : true", 1 + 2 + 1 + 2),
        ("self.s.replace('a', 'bb').size() > 2", 2 + 1_600_000 + 1 + 1),
        ("self.n.map(x, x + 1).all(y, y == 3)", 2 + 10 + 1 + 4_000_000 * (2 + 12) + 1 + 4_000_000 * (1 + 3)),
        ("self.l[0] == self.s", 2 + 1 + 2 + 100),
        ("[self.s, self.t].exists(x, x == 'b')", 10 + 4 + 1 + 2 * (1 + 4)),
    ],
)
def test_rules_of_definitions(rule: str, cost: int) -> None:
    program = compile_expression(rule, _SELF)
    assert estimate(program.node, program.checked, program.environment) == cost
