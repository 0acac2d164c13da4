"""What is wrong with expressions, as a kube-apiserver tells it: syntax and how it goes on after it, types, literals."""

from __future__ import annotations

import pytest

from minik8s.machinery.admission.environment import environment, problem

_PLACE = environment()
# Long parts of messages are told short here.
_OPERAND = (
    "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}"
)
_TERMS = "'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER"
_CLAUSE = "could not parse formatting clause: "


@pytest.mark.parametrize(
    ("expression", "issues"),
    [
        ("1 +", ["1:4: Syntax error: mismatched input '<EOF>' expecting @"]),
        ("(1", ["1:3: Syntax error: missing ')' at '<EOF>'"]),
        ("[1, 2", ["1:6: Syntax error: mismatched input '<EOF>' expecting {']', ','}"]),
        ("{'a': 1", ["1:8: Syntax error: mismatched input '<EOF>' expecting {'}', ','}"]),
        ("{'a' 1}", ["1:6: Syntax error: missing ':' at '1'"]),
        ("a..b", ["1:3: Syntax error: no viable alternative at input '..'"]),
        ("1 2", ["1:3: Syntax error: extraneous input '2' expecting <EOF>"]),
        ("1 2 3", ["1:3: Syntax error: mismatched input '2' expecting <EOF>"]),
        (
            "'abc",
            [
                "1:1: Syntax error: token recognition error at: ''abc'",
                "1:5: Syntax error: mismatched input '<EOF>' expecting @",
            ],
        ),
        ("'''abc", ["1:3: Syntax error: token recognition error at: ''abc'"]),
        (
            "1 = 2",
            [
                "1:3: Syntax error: token recognition error at: '= '",
                "1:5: Syntax error: extraneous input '2' expecting <EOF>",
            ],
        ),
        ("== 1", ["1:1: Syntax error: extraneous input '==' expecting @"]),
        (
            "a ? : c",
            [
                "1:5: Syntax error: extraneous input ':' expecting @",
                "1:8: Syntax error: mismatched input '<EOF>' expecting ':'",
            ],
        ),
        ("a ? b c", ["1:7: Syntax error: missing ':' at 'c'"]),
        (
            "object.a[",
            ["1:10: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', '?', *}"],
        ),
        (
            "object.a(",
            ["1:10: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!', *}"],
        ),
        ("foo(1,)", ["1:7: Syntax error: mismatched input ')' expecting @"]),
        ("foo(,1)", ["1:5: Syntax error: extraneous input ',' expecting {'[', '{', '(', ')', '.', '-', '!', *}"]),
        ("foo(1 2)", ["1:7: Syntax error: extraneous input '2' expecting ')'"]),
        ("[1,,2]", ["1:4: Syntax error: mismatched input ',' expecting ']'"]),
        ("[1,", ["1:4: Syntax error: missing ']' at '<EOF>'"]),
        ("{'a'}", ["1:5: Syntax error: mismatched input '}' expecting ':'"]),
        (
            "{:1}",
            [
                "1:2: Syntax error: extraneous input ':' expecting {'[', '{', '}', '(', '.', ',', '-', '!', '?', *}",
                "1:4: Syntax error: mismatched input '}' expecting ':'",
            ],
        ),
        (
            "[",
            ["1:2: Syntax error: mismatched input '<EOF>' expecting {'[', ']', '{', '(', '.', ',', '-', '!', '?', *}"],
        ),
        (
            "Object{1: 2}",
            ["1:8: Syntax error: mismatched input '1' expecting {'}', ',', '?', IDENTIFIER, ESC_IDENTIFIER}"],
        ),
        (
            "a.?",
            [
                "1:4: Syntax error: mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}",
                "1:4: unsupported ident kind",
            ],
        ),
        ("a.1", ["1:2: Syntax error: extraneous input '.1' expecting <EOF>"]),
        ("a.true", ["1:3: Syntax error: mismatched input 'true' expecting IDENTIFIER"]),
        (
            "object.in == 1",
            [
                "1:8: Syntax error: no viable alternative at input '.in'",
                "1:11: Syntax error: extraneous input '==' expecting @",
            ],
        ),
        (
            "?",
            [
                "1:1: Syntax error: mismatched input '?' expecting @",
                "1:2: Syntax error: mismatched input '<EOF>' expecting @",
            ],
        ),
        ("!", ["1:2: Syntax error: extraneous input '<EOF>' expecting @"]),
        (
            "-",
            [
                "1:2: Syntax error: no viable alternative at input '-'",
                "1:2: Syntax error: mismatched input '<EOF>' expecting @",
            ],
        ),
        (
            "- * 2",
            [
                "1:3: Syntax error: no viable alternative at input '- *'",
                "1:3: Syntax error: extraneous input '*' expecting @",
            ],
        ),
        (
            "a++",
            [
                "1:3: Syntax error: mismatched input '+' expecting @",
                "1:4: Syntax error: mismatched input '<EOF>' expecting @",
            ],
        ),
        (
            "foo(()",
            ["1:6: Syntax error: mismatched input ')' expecting @", "1:7: Syntax error: missing ')' at '<EOF>'"],
        ),
        ("for x", ["1:1: reserved identifier: for", "1:5: Syntax error: extraneous input 'x' expecting <EOF>"]),
        ("has(a", ["1:5: invalid argument to has() macro", "1:6: Syntax error: missing ')' at '<EOF>'"]),
        (
            "'\\q'",
            [
                "1:1: Syntax error: token recognition error at: ''\\q'",
                "1:4: Syntax error: token recognition error at: '''",
                "1:5: Syntax error: mismatched input '<EOF>' expecting @",
            ],
        ),
        (
            "'\\400'",
            [
                "1:1: Syntax error: token recognition error at: ''\\4'",
                "1:6: Syntax error: token recognition error at: '''",
            ],
        ),
        ("'\\U00110000'", ["1:1: invalid unicode code point"]),
        ("b'\\u00e1'", ["1:1: unable to unescape string"]),
        ("1e999", ["1:1: invalid double literal"]),
        ("object.`a-b` == 1", ["1:8: unsupported syntax: '`'"]),
        ("'日本' + 1 == 'a'", ["1:6: found no matching overload for '_+_' applied to '(string, int)'"]),
        (
            "’a’",
            [
                "1:1: Syntax error: token recognition error at: '’'",
                "1:3: Syntax error: token recognition error at: '’'",
            ],
        ),
        (
            "[1].all(x)",
            [
                "1:8: undeclared reference to 'all' (in container '')",
                "1:9: undeclared reference to 'x' (in container '')",
            ],
        ),
        (
            "a.b.c(d.e, f)",
            [
                "1:1: undeclared reference to 'a' (in container '')",
                "1:6: undeclared reference to 'c' (in container '')",
                "1:7: undeclared reference to 'd' (in container '')",
                "1:12: undeclared reference to 'f' (in container '')",
            ],
        ),
        (".a.b == 1", ["1:2: undeclared reference to '.a' (in container '')"]),
        ("type(1) == 'int'", ["1:9: found no matching overload for '_==_' applied to '(type(int), string)'"]),
        (
            "timestamp('2020-01-01T00:00:00Z') < 1",
            ["1:35: found no matching overload for '_<_' applied to '(timestamp, int)'"],
        ),
        ("[1].exists_one(x, 'a')", ["1:15: found no matching overload for '_?_:_' applied to '(string, int, int)'"]),
        (
            "[1].filter(x, 1) == []",
            ["1:11: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
        ),
        (
            "[1].map(x, 1, x) == []",
            ["1:8: found no matching overload for '_?_:_' applied to '(int, list(int), list(int))'"],
        ),
        (
            "[1].transformMap(i, v, 1, 2) == {}",
            ["1:17: found no matching overload for '_?_:_' applied to '(int, map(int, int), map(int, int))'"],
        ),
        (
            "[1].transformMapEntry(i, v, v) == {}",
            ["1:22: found no matching overload for 'cel.@mapInsert' applied to '(map(dyn, dyn), int)'"],
        ),
        ("[1].all(__result__, true)", ["1:9: iteration variable overwrites accumulator variable"]),
        ("'a'.find('[') == ''", ["program instantiation failed: error parsing regexp: missing closing ]: `[`"]),
        ("int('a') == 1", ["program instantiation failed: type conversion error from 'string' to 'int'"]),
        ("string(null) == ''", ["program instantiation failed: no such overload: string(null_type)"]),
        ("string(null)", ["must evaluate to bool but got string"]),
        (
            "'%d'.format(['a']) == ''",
            ["1:14: error during formatting: decimal clause can only be used on integers, was given string"],
        ),
        ("'%d %d'.format([1]) == ''", ["1:15: index 1 out of range"]),
        ("'%d'.format([1, 2]) == ''", ["1:12: too many arguments supplied to string.format (expected 1, got 2)"]),
        ("'%q'.format([1]) == ''", ['1:12: #unrecognized formatting clause "q"']),
        (
            "'%.1'.format([1]) == ''",
            ["1:13: #error while parsing precision: could not find end of precision specifier"],
        ),
        ("[].max() == 0", ["OK"]),
        ("[?1] == []", ["1:3: expected type 'optional_type(int)' but found 'int'"]),
        ("{?'a': 1} == {}", ["1:8: expected type 'optional_type(int)' but found 'int'"]),
        ("[1][?'a'] == 1", ["1:4: found no matching overload for '_[?_]' applied to '(list(int), string)'"]),
        (
            "[1].optMap(x, x) == 1",
            [
                "1:11: found no matching overload for 'hasValue' applied to 'list(int).()'",
                "1:11: found no matching overload for 'value' applied to 'list(int).()'",
                "1:18: found no matching overload for '_==_' applied to '(optional_type(!error!), int)'",
            ],
        ),
        (
            "optional.of(1).optFlatMap(x, x) == 1",
            ["1:26: found no matching overload for '_?_:_' applied to '(bool, int, optional_type(dyn))'"],
        ),
        ("[1].last().value() == 'a'", ["1:20: found no matching overload for '_==_' applied to '(int, string)'"]),
        ("Foo{a: 1}", ["1:4: undeclared reference to 'Foo' (in container '')"]),
        ("object{a: 1}", ["1:7: 'dyn' is not a type", "1:9: unexpected failed resolution of 'object'"]),
        ("startsWith('a', 'b')", ["1:11: found no matching overload for 'startsWith' applied to '(string, string)'"]),
        ("'a'.int() == 1", ["1:8: found no matching overload for 'int' applied to 'string.()'"]),
        ("list == 1", ["1:6: found no matching overload for '_==_' applied to '(type(list(dyn)), int)'"]),
        ("dyn == 1", ["1:1: undeclared reference to 'dyn' (in container '')"]),
        ("\t1 + 'a' == 2", ["1:4: found no matching overload for '_+_' applied to '(int, string)'"]),
        (
            "'a'.optMap(x, x.foo) == 1",
            [
                "1:11: found no matching overload for 'hasValue' applied to 'string.()'",
                "1:11: found no matching overload for 'value' applied to 'string.()'",
                "1:22: found no matching overload for '_==_' applied to '(optional_type(dyn), int)'",
            ],
        ),
    ],
)
def test_what_is_wrong_is_told(expression: str, issues: list[str]) -> None:
    told = problem(expression, _PLACE, "bool") or "OK"
    begun = "ERROR: <input>:"
    found = [part.split("\n | ")[0] for part in told.removeprefix("compilation failed: ").split(begun)]
    heads = [
        each.rstrip("\n").replace(_OPERAND, "@").replace(_TERMS, "*").replace(_CLAUSE, "#") for each in found if each
    ]
    assert heads == issues


def test_the_place_is_shown() -> None:
    assert problem("'\u65e5\u672c' +\n 1 == 'a'", _PLACE, "bool").endswith("\n | '\u65e5\u672c' +\n | .\uff0e\uff0e..^")
    assert problem("\t1 + 'a' == 2", _PLACE, "bool").endswith("\n |  1 + 'a' == 2\n | ...^")
    assert problem("\u2019a == 1", _PLACE, "bool").partition("\n | ")[2].startswith("\u2019a == 1\n | \uff3e")


def test_no_more_than_a_hundred_are_told() -> None:
    told = problem(" && ".join(["x"] * 120), _PLACE, "bool")
    assert told.count("ERROR") == 100 and told.endswith("\n20 more errors were truncated")


def test_what_lies_too_deep_is_refused() -> None:
    deep = "compilation failed: ERROR: <input>:-1:0: max recursion depth exceeded"
    assert problem("1" + " + 1" * 249 + " == 1", _PLACE, "bool") == ""
    assert problem("1" + " + 1" * 250 + " == 1", _PLACE, "bool") == deep
    assert problem("object" + ".a" * 250 + " == 1", _PLACE, "bool") == deep
    assert problem(" && ".join(["true"] * 1000), _PLACE, "bool") == ""
