"""What expressions come to, and what is told where they come to nothing, as with a kube-apiserver."""

from __future__ import annotations

import pytest

from minik8s.machinery.admission.environment import environment
from minik8s.machinery.cel import EvalError, compile_expression

_PLACE = environment()
# Long parts of messages are told short here.
_SHORT = {" parse error during conversion from string: ": " @ ", " in bytes, cannot convert to string": " #"}


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("[1.5, 2.5].sum()", "[4.000000]"),
        ("[duration('1h'), duration('1m')].sum()", '[duration("3660s")]'),
        ("dyn(1).max()", "error: no such overload: max(int)"),
        ("url('/a b').getEscapedPath()", '["/a%20b"]'),
        ("url('')", 'error: URL @ parse "": empty url'),
        ("url('http://a b')", 'error: URL @ parse "http://a b": invalid character " " in host name'),
        (
            "url('https://example.com:port/')",
            'error: URL @ parse "https://example.com:port/": invalid port ":port" after host',
        ),
        ("url('https://a/%zz')", 'error: URL @ parse "https://a/%zz": invalid URL escape "%zz"'),
        ("url('https://[::1/')", "error: URL @ parse \"https://[::1/\": missing ']' in host"),
        ("url(':a')", 'error: URL @ parse ":a": missing protocol scheme'),
        ("url('//a/b').getHost()", '["a"]'),
        ("url('http://a/b?c#d').getEscapedPath()", '["/b"]'),
        ("ip('1.2.3')", 'error: IP Address "1.2.3" @ ParseAddr("1.2.3"): IPv4 address too short'),
        (
            "ip('01.2.3.4')",
            'error: IP Address "01.2.3.4" @ ParseAddr("01.2.3.4"): IPv4 field has octet with leading zero',
        ),
        ("ip('1.2.3.256')", 'error: IP Address "1.2.3.256" @ ParseAddr("1.2.3.256"): IPv4 field has value >255'),
        (
            "ip('1.2..4')",
            'error: IP Address "1.2..4" @ ParseAddr("1.2..4"): IPv4 field must have at least one digit (at ".4")',
        ),
        (
            "cidr('10.0.0.0/33')",
            'error: network address @ network address @ netip.ParsePrefix("10.0.0.0/33"): prefix length out of range',
        ),
        (
            "cidr('::ffff:1.2.3.4/96')",
            'error: network address @ IPv4-mapped IPv6 address "::ffff:1.2.3.4/96" is not allowed',
        ),
        (
            "cidr('10.0.0.0/x')",
            'error: network address @ network address @ netip.ParsePrefix("10.0.0.0/x"): bad bits after slash: "x"',
        ),
        ("quantity('1.5Gi').isInteger()", "[false]"),
        ("quantity('1.5k').isInteger()", "[true]"),
        ("quantity('1000m').asInteger()", "error: cannot convert value to integer"),
        ("quantity('1Ei').isInteger()", "[false]"),
        ("semver('v1.2.3')", 'error: Invalid character(s) found in major number "v1"'),
        ("semver('01.2.3')", 'error: Major number must not contain leading zeroes "01"'),
        ("semver('1.2.3-01')", 'error: Numeric PreRelease version must not contain leading zeroes "01"'),
        ("semver('1.2.3-a_b')", 'error: Invalid character(s) found in prerelease "a_b"'),
        ("semver('1.2.3-a..b')", "error: Prerelease is empty"),
        ("semver('1.2.3+a_b')", 'error: Invalid character(s) found in build meta data "a_b"'),
        ("semver('1.2.3+')", "error: Build meta data is empty"),
        ("semver('')", "error: Version string empty"),
        ("format.uri().validate('x y').value()", '[["parse \\"x y\\": invalid URI for request"]]'),
        ("format.uuid().validate('x').value()", '[["does not match the UUID format"]]'),
        (
            "'%s %d %f %.2f %e %x %X %b %o %%'.format(['a', 1, 1.5, 1.555, 12345.678, 255, 255, 5, 8])",
            '["a 1 1.500000 1.55 1.234568×10⁰⁴ ff FF 101 10 %"]',
        ),
        ("type(1)", "[int]"),
        ("timestamp(1577836800)", '[timestamp("2020-01-01T00:00:00Z")]'),
        (
            "'%d'.format([dyn('a')])",
            "error: error during formatting: decimal clause can only be used on integers, was given string",
        ),
        (
            "'%f'.format([dyn(1)])",
            "error: error during formatting: fixed-point clause can only be used on doubles, was given int",
        ),
        ("'%f'.format([12345.678])", '["12,345.678000"]'),
        ("'%e'.format(['Infinity'])", '["     ∞"]'),
        ("'%.20e'.format([12345.678])", '["       1.234568×10⁰⁴"]'),
        ("'%s'.format([123456789.0])", '["1.23456789e+08"]'),
        (
            "'%s'.format([[dyn(quantity('1'))]])",
            "error: error during formatting: no formatting function for kubernetes.Quantity",
        ),
        (
            "'%s'.format([[b'a\\xffb']])",
            'error: error during formatting: could not convert argument "invalid UTF-8 #" to string',
        ),
        ("dyn('%q').format([1])", 'error: could not parse formatting clause: unrecognized formatting clause "q"'),
        ("int(duration('1h'))", "[3600000000000]"),
        ("duration('9223372036s') + duration('9223372036s')", "error: integer overflow"),
        ("string(duration('1ns'))", '["0.000000001s"]'),
        ("string(1e15)", '["1e+15"]'),
        ("string(100000.0)", '["100000"]'),
        ("string(1.0e-5)", '["1e-05"]'),
        ("string(-0.0)", '["-0"]'),
        ("[1, 2][dyn('a')]", "error: unsupported index type 'string' in list"),
        ("dyn(1).a", "error: no such key: a"),
        ("dyn([1]).a", "error: unsupported index type 'string' in list"),
        ("has(dyn(1).a)", "[false]"),
        ("dyn('a')[0]", "error: no such key: 0"),
        ("size(dyn(1))", "error: no such overload: size"),
        ("dyn(true) + 1", "error: no such overload: _+_"),
        ("dyn(1) + dyn('a')", "error: no such overload"),
        ("dyn([1]) < dyn([2])", "error: no such overload: _<_"),
        ("dyn(1).startsWith('a')", "error: no such overload"),
        ("dyn(1).all(x, true)", "error: got 'types.Int', expected iterable type"),
        ("dyn(1).orValue(2)", "[1]"),
        ("sets.contains(dyn(1), [1])", "error: no such overload: sets.contains(int, list)"),
        ("quantity(dyn(1))", "error: no such overload: quantity(int)"),
        ("'aaa'.findAll('a*')", '[["aaa"]]'),
        ("{'a': 1, 'b': 1}.transformMapEntry(k, v, {v: k})", "error: insert failed: key 1 already exists"),
        ("timestamp('2020-01-01T00:00:00Z').getHours('+25:00')", "[1]"),
    ],
)
def test_values(expression: str, told: str) -> None:
    try:
        found = compile_expression(f"'%s'.format(dyn([[{expression}]]))", _PLACE).evaluate({})
    except EvalError as error:
        found = f"error: {error}"
    for long, short in _SHORT.items():
        found = found.replace(long, short)
    assert found == told
