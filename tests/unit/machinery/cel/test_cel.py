"""CEL: values, errors, types, costs, and expressions that mean harm."""

from __future__ import annotations

import time
from typing import Any

import pytest

from minik8s.machinery.cel import CompileError, CostExceeded, Environment, EvalError, compile_expression
from minik8s.machinery.cel.cost import estimate
from minik8s.machinery.cel.types import DYN, INT, STRING, ObjectType, Type, list_of, map_of
from minik8s.machinery.cel.values import MapList, SetList

SPEC = ObjectType("Spec", {"replicas": INT, "name": STRING, "foo__dash__bar": STRING})
ENVIRONMENT = Environment(
    variables={
        "self": DYN,
        "x": INT,
        "s": STRING,
        "l": list_of(INT),
        "m": map_of(STRING, STRING),
        "spec": Type("Spec"),
    },
    types={"Spec": SPEC},
)
VALUES: dict[str, Any] = {
    "self": {
        "a": 1,
        "b": [1, 2, 3],
        "c": {"d": "x"},
        "set": SetList([1, 2]),
        "rows": MapList([{"k": 1, "v": 1}], ("k",)),
    },
    "x": 5,
    "s": "hello",
    "l": [3, 1, 2],
    "m": {"k": "v"},
    "spec": {"replicas": 3, "name": "n", "foo-bar": "dashed"},
}


def value_of(source: str) -> Any:
    return compile_expression(source, ENVIRONMENT).evaluate(VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "1 + 2 * 3 == 7",
        "'%s %d'.format([s, x]) == 'hello 5' && [?optional.none(), 1] == [1] && sign(quantity('-1')) == -1",
        "{'a': 1, 'a': 2}.a == 2 && 'abc'.indexOf('c', 9) == -1 && 'abc'.lastIndexOf('a', 9) == -1",
        "l.sortBy(i, -i) == [3, 2, 1] && ['b', 'a'].sortBy(e, e) == ['a', 'b'] && l.sortBy(i, 0) == l",
        "7 / -2 == -3 && 7 % -2 == 1 && -7 % 2 == -1",
        "1u < 2u && 1 < 2.5 && dyn(1) == 1.0 && 1 != 2",
        "'a' + 'b' == 'ab' && 'abc'.size() == 3 && size(b'abc') == 3",
        "r'\\d' == '\\\\d' && '\\x41\\u0042\\103' == 'ABC'",
        "[1, 2] + [3] == [1, 2, 3] && 2 in [1, 2] && 'k' in m && !('z' in m)",
        "{'a': 1, 'b': 2}.b == 2 && {'a': 1}['a'] == 1",
        "has(self.c.d) && !has(self.z) && !has(self.c.z)",
        "self.z == 1 || true",
        "true || self.z == 1",
        "!(self.z == 1 && false)",
        "self.b.exists(i, i == 3 || self.z == 1)",
        "self.b.all(i, i > 0) && self.b.exists(i, i > 2) && self.b.exists_one(i, i == 2)",
        "self.b.map(i, i * 2) == [2, 4, 6] && self.b.map(i, i > 1, i * 2) == [4, 6]",
        "self.b.filter(i, i > 1) == [2, 3] && m.all(k, k == 'k') && m.map(k, m[k]) == ['v']",
        "l.all(i, v, i < 3 && v > 0) && m.transformList(k, v, k + v) == ['kv']",
        "m.transformMap(k, v, v + v) == {'k': 'vv'}",
        "x > 3 ? true : self.z",
        "spec.replicas == 3 && spec.foo__dash__bar == 'dashed' && has(spec.name)",
        "m[?'z'].orValue('none') == 'none' && self.?c.?d.orValue('q') == 'x' && !self.?z.hasValue()",
        "optional.of(1).optMap(v, v + 1).value() == 2 && [?optional.none(), 1] == [1]",
        "self.set == [2, 1] && self.set + [2, 3] == [1, 2, 3] && self.rows == [{'v': 1, 'k': 1}]",
        "timestamp('2020-01-01T00:00:00Z') + duration('1h') == timestamp('2020-01-01T01:00:00Z')",
        "duration('1h30m').getMinutes() == 90 && timestamp('2020-03-01T00:00:00Z').getMonth() == 2",
        "int('7') == 7 && string(1.5) == '1.5' && double('2') == 2.0 && string(true) == 'true'",
        "type(1) == int && type('a') == string && type([]) == list",
        "s.matches('^h.*o$') && 'a1b22'.findAll('[0-9]+') == ['1', '22'] && 'a1'.find('[0-9]') == '1'",
        "s.contains('ell') && s.startsWith('he') && s.endsWith('lo') && s.indexOf('l') == 2",
        "'a,b,c'.split(',').join('-') == 'a-b-c' && 'abc'.substring(1) == 'bc' && ' x '.trim() == 'x'",
        "'%s is %d, %.2f %x'.format(['a', 3, 1.5, 255]) == 'a is 3, 1.50 ff'",
        "'aBc'.lowerAscii() == 'abc' && 'aXa'.replace('a', 'b') == 'bXb'",
        "l.sum() == 6 && l.min() == 1 && l.max() == 3 && !l.isSorted() && l.sort() == [1, 2, 3]",
        "[1, 2, 2].distinct() == [1, 2] && [[1], [2]].flatten() == [1, 2] && l.slice(0, 2) == [3, 1]",
        "quantity('1Gi').isLessThan(quantity('2Gi')) && quantity('1k').add(1).asInteger() == 1001",
        "isQuantity('1.5Mi') && !isQuantity('x') && quantity('50k').compareTo(quantity('50000')) == 0",
        "ip('10.0.0.1').family() == 4 && isIP('::1') && !isIP('1.2.3') && ip('::1').isLoopback()",
        "cidr('10.0.0.0/8').containsIP('10.1.1.1') && cidr('10.0.0.0/8').prefixLength() == 8 && isCIDR('::/0')",
        "url('https://a.b:80/x?y=z').getHost() == 'a.b:80' && url('https://a/x?y=z').getQuery()['y'] == ['z']",
        "'abcd'.split('', 2) == ['a', 'bcd'] && 'ab'.split('', 5) == ['a', 'b'] && 'ab'.split('', -1) == ['a', 'b']",
        "'a,b,c'.split(',', 2) == ['a', 'b,c'] && 'a,b'.split(',', 1) == ['a,b'] && 'a'.split(',', 0) == []",
        "semver('1.0.0-a').isLessThan(semver('1.0.0')) && semver('1.0.0').isGreaterThan(semver('1.0.0-a'))",
        "semver('1.0.0-1').isLessThan(semver('1.0.0-a')) && semver('1.0.0-2').isLessThan(semver('1.0.0-10'))",
        "semver('1.0.0-a').compareTo(semver('1.0.0-b')) == -1",
        "semver('1.0.0-a').compareTo(semver('1.0.0-a.1')) == -1",
        "semver('1.0.0+x').compareTo(semver('1.0.0+y')) == 0 && semver('1.0.0-a').compareTo(semver('1.0.0-a')) == 0",
        "semver('1.2.3').isLessThan(semver('1.3.0-a')) && isSemver('1.0.0') && !isSemver('v1.0')",
        "!format.dns1123Label().validate('a').hasValue() && format.dns1123Label().validate('A_').hasValue()",
        "sets.contains([1, 2], [1]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])",
    ],
)
def test_true_things(source: str) -> None:
    assert value_of(source) is True


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("self.z", "no such key: z"),
        ("l[9]", "index out of bounds: 9"),
        ("1 / 0", "division by zero"),
        ("9223372036854775807 + 1", "integer overflow"),
        ("uint(1) - 2u", "unsigned integer overflow"),
        ("int(s)", "type conversion error from 'string' to 'int'"),
        ("double(s) == 1.0", "type conversion error from 'string' to 'double'"),
        ("optional.none().value()", "dereference"),
        ("dyn(1).startsWith('a')", "no such overload"),
        ("dyn('a') < 1", "no such overload"),
        ("dyn([1]).replace('a', 'b')", "no such overload"),
        ("'a'.matches(s + '(')", r"error parsing regexp: missing closing \): `hello\(`"),
        ("timestamp(s)", "type conversion error from 'string' to 'google.protobuf.Timestamp'"),
        ("duration(s)", "type conversion error from 'string' to 'google.protobuf.Duration'"),
        ("dyn(s) == 'hello' && self.y && self.z", "no such key: y"),
        ("self.y || self.z", "no such key: y"),
        ("['p', 'q'].all(x, m[x] == x)", "no such key: p"),
        ("duration(x)", "type conversion error from 'int' to 'google.protobuf.Duration'"),
        ("spec.foo__dash__bar == 'dashed' && self.x__dash__y", "no such key: x__dash__y"),
        ("ip('::ffff:1.2.3.4').family() == 4", 'IPv4-mapped IPv6 address "::ffff:1.2.3.4" is not allowed'),
        ("ip('fe80::1%eth0').family() == 4", 'IP address "fe80::1%eth0" with zone value is not allowed'),
        ("cidr('10.0.0.0/8').containsIP('x')", "no such overload"),
        ("cidr('x').prefixLength() == 8", "netip.ParsePrefix\\(\"x\"\\): no '/'"),
    ],
)
def test_what_has_no_value(source: str, message: str) -> None:
    with pytest.raises(EvalError, match=message):
        value_of(source)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x + 's'", r"ERROR: <input>:1:3: found no matching overload for '_\+_' applied to '\(int, string\)'"),
        ("nothing", r"undeclared reference to 'nothing' \(in container ''\)"),
        ("s.nothing()", "undeclared reference to 'nothing'"),
        ("spec.nothing", "undefined field 'nothing'"),
        ("x.y", "does not support field selection"),
        ("l.all(i, i + 1)", "expected type 'bool' but found 'int'"),
        ("1 +", "Syntax error"),
        ("has(x)", "invalid argument to has"),
        ("'a' == 1", "no matching overload for '_==_'"),
        ("'unclosed", "Syntax error"),
        ("if", "reserved identifier: if"),
        ("x ? 1 : 2", "no matching overload"),
        ("x > 1 && x", "ERROR: <input>:1:10: expected type 'bool' but found 'int'"),
        ("s == null", r"applied to '\(string, null\)'"),
        ("[1, 'a'] == []", "ERROR: <input>:1:5: expected type 'int' but found 'string'"),
        ("{1: 'a', 'b': 2} == {}", "(?s)1:10: expected type 'int' but found 'string'.*1:15: expected type 'string'"),
        ("s.matches('(')", "ERROR: <input>:1:11: invalid matches argument"),
        ("duration('1d') > duration('1s')", "ERROR: <input>:1:10: invalid duration argument"),
        ("timestamp('x') > timestamp('y')", "(?s)1:11: invalid timestamp argument.*1:28: invalid timestamp argument"),
        ("int('9223372036854775808') == 0", "^type conversion error from 'string' to 'int'$"),
        ("uint(-1) == 0u", "^unsigned integer overflow$"),
        ("s.reverse() == ''", "no matching overload for 'reverse'"),
        ("cel.bind(y, 1, y)", "undeclared reference to 'bind'"),
        ("(" * 500 + "1" + ")" * 500, "^ERROR: <input>:-1:0: expression recursion limit exceeded: 250$"),
        ("x" * 100_001, "^ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100001, limit 100000$"),
    ],
)
def test_what_does_not_compile(source: str, message: str) -> None:
    with pytest.raises(CompileError, match=message):
        compile_expression(source, ENVIRONMENT)


@pytest.mark.parametrize(
    "source",
    [
        "[0,1,2,3,4,5,6,7,8,9].all(a, [0,1,2,3,4,5,6,7,8,9].all(b, [0,1,2,3,4,5,6,7,8,9].all(c, "
        "[0,1,2,3,4,5,6,7,8,9].all(d, [0,1,2,3,4,5,6,7,8,9].all(e, [0,1,2,3,4,5,6,7,8,9].all(f, true))))))",
        "self.many.map(x, self.many.map(y, self.many)).size() > 0",
        "self.long.matches('(a+)+$') && self.many.all(x, self.long.contains(self.long))",
    ],
)
def test_hostile_expressions_end_soon(source: str) -> None:
    values = {"self": {"many": list(range(5000)), "long": "a" * 50_000}}
    program = compile_expression(source, ENVIRONMENT)
    began = time.process_time()
    with pytest.raises(CostExceeded):
        program.evaluate(values, limit=200_000)
    assert time.process_time() - began < 5


def cost_of(source: str, **variables: Type) -> int:
    program = compile_expression(source, Environment(variables=variables))
    return estimate(program.node, program.checked, program.environment)


def test_costs_are_estimated_from_sizes() -> None:
    small = Type("list", (Type("string", size=10),), size=5)
    assert cost_of("a.all(x, x.contains('b'))", a=small) < 100
    assert cost_of("a.all(x, x.contains('b'))", a=list_of(STRING)) >= 1 << 60
    assert cost_of("a.all(x, a.all(y, x == y))", a=small) > cost_of("a.all(x, x == 'b')", a=small)
    assert cost_of("s == 'abc'", s=STRING) < 10


def test_what_it_cost_is_told() -> None:
    _, cost = compile_expression("self.b.all(i, i > 0)", ENVIRONMENT).measured(VALUES)
    assert 5 < cost < 30
