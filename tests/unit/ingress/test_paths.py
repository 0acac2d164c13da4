from __future__ import annotations

import pytest

from ingress.paths import ROOT, BadPath, Kind, Match, ordered, parse
from tests.support.ingress_paths import TABLE

TYPES = {"P": "Prefix", "E": "Exact", "I": "ImplementationSpecific"}


@pytest.mark.parametrize("number", range(len(TABLE)))
def test_the_table_of_the_api_reference(number: int) -> None:
    rules, asked = TABLE[number]
    parsed = [parse(path, TYPES[kind]) for kind, path in rules]
    for path, index in asked.items():
        plain = parse(path, "Exact").path
        found = next((match for match in ordered(parsed) if match.matches(plain)), None)
        assert found == (None if index is None else parsed[index]), path


def test_the_longest_path_goes_first_and_an_exact_one_before_all() -> None:
    paths = [parse("/a", "Prefix"), parse("/", "Prefix"), parse("/a/b", "Prefix"), parse("/a", "Exact")]
    assert ordered(paths) == [paths[3], paths[2], paths[0], paths[1]]


def test_an_expression_is_one_only_when_asked_for() -> None:
    assert parse("/a(/|$)(.*)", "ImplementationSpecific", regex=True) == Match(Kind.REGEX, "^/a(/|$)(.*)")
    assert parse("/a.b", "Prefix", regex=True) == Match(Kind.PREFIX, "/a.b")
    assert parse("/a(b", "ImplementationSpecific").kind is Kind.PREFIX
    assert parse("/a*", "Exact", regex=True) == Match(Kind.EXACT, "/a*")
    assert parse("", None) == ROOT


def test_what_a_prefix_covers() -> None:
    assert parse("/a", "Prefix").covers(parse("/a/b", "Exact"))
    assert not parse("/a", "Prefix").covers(parse("/ab", "Prefix"))
    assert ROOT.covers(parse("/x(.*)", "Prefix", regex=True))
    assert not parse("/a", "Exact").covers(parse("/a", "Prefix"))


@pytest.mark.parametrize(
    "path",
    [
        "no-slash", "/%00", "/a%0Ab", "/a\nb", "/%ff", "/x" * 1000,
    ],
)  # fmt: skip
def test_paths_that_cannot_be(path: str) -> None:
    with pytest.raises(BadPath):
        parse(path, "Prefix")


@pytest.mark.parametrize(
    "path",
    [
        "/(", "/a(?=b)", "/a(?<=b)", "/a(?P<n>b)\\1", "/(a)\\1", "/a\\", "/[[:alpha:]]", "/(*ACCEPT)", '/a"; x*',
        "/a\nb*", "/a\x00*", "/(?i)a", "/a{2,1}", "/a#*",
    ],
)  # fmt: skip
def test_expressions_that_cannot_be(path: str) -> None:
    with pytest.raises(BadPath):
        parse(path, "ImplementationSpecific", regex=True)
