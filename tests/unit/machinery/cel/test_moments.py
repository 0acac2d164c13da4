"""Moments and spans to the nanosecond, in the zone they were written in."""

from __future__ import annotations

from typing import Any

import pytest

from minik8s.machinery.cel import CompileError, Environment, EvalError, compile_expression
from minik8s.machinery.cel.moments import Timestamp, parse_moment
from minik8s.machinery.cel.types import DURATION, TIMESTAMP
from minik8s.machinery.cel.values import Duration

VALUES = {
    "t": Timestamp(1709210096_789000000),
    "east": parse_moment("2024-03-01T00:00:00+02:00"),
    "first": parse_moment("0001-01-01T00:00:00Z"),
    "d": Duration(5400 * 10**9),
}
ENVIRONMENT = Environment({"t": TIMESTAMP, "east": TIMESTAMP, "first": TIMESTAMP, "d": DURATION})


def value_of(source: str) -> Any:
    return compile_expression(source, ENVIRONMENT).evaluate(VALUES)


@pytest.mark.parametrize(
    "source",
    [
        "t == timestamp('2024-02-29T12:34:56.789Z') && string(t) == '2024-02-29T12:34:56.789Z'",
        "t - duration('1ns') < t && string(t - duration('1ns')) == '2024-02-29T12:34:56.788999999Z'",
        "timestamp('2000-01-01T00:00:00.000000001Z') != timestamp('2000-01-01T00:00:00Z')",
        "string(timestamp('2000-01-01T00:00:00.000000001Z') - timestamp('2000-01-01T00:00:00Z')) == '0.000000001s'",
        "string(east) == '2024-03-01T00:00:00+02:00' && string(east + d) == '2024-03-01T01:30:00+02:00'",
        "east == timestamp('2024-02-29T22:00:00Z') && east.getHours() == 22 && east.getHours('+02:00') == 0",
        "t.getHours('America/New_York') == 7 && t.getHours('-05:30') == 7 && t.getMilliseconds() == 789",
        "t.getDayOfYear() == 59 && t.getDayOfWeek() == 4 && t.getDate() == 29 && t.getMonth() == 1",
        "first.getFullYear('America/New_York') == 0 && first.getDayOfYear('-01:00') == 365 && int(t) == 1709210096",
        "d.getMilliseconds() == 5400000 && d.getHours() == 1 && duration('-90s').getMinutes() == -1",
        "timestamp('1969-12-31T23:59:59.5Z').getMilliseconds() == 500",
    ],
)
def test_moments(source: str) -> None:
    assert value_of(source) is True


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("first - duration('1ns')", "timestamp overflow"),
        ("t.getHours('Nowhere/At_All')", "unknown time zone Nowhere/At_All"),
        ("t.getHours('x:00')", 'strconv.Atoi: parsing "x": invalid syntax'),
        ("timestamp('9999-12-31T23:59:59.999999999Z') - first", "integer overflow"),
    ],
)
def test_what_is_out_of_reach(source: str, message: str) -> None:
    with pytest.raises(EvalError) as caught:
        value_of(source)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    ["2024-02-29t12:00:00Z", "2023-02-29T00:00:00Z", "2024-01-01T24:00:00Z", "2024-01-01", "2024-01-01T00:00:60Z"],
)
def test_what_is_no_moment(text: str) -> None:
    assert parse_moment(text) is None
    with pytest.raises(CompileError, match="invalid timestamp argument"):
        value_of(f"timestamp('{text}') == t")
