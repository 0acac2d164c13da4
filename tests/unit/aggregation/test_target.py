"""What the server behind an APIService is asked for."""

from __future__ import annotations

import pytest

from apiserver.aggregation.target import target


@pytest.mark.parametrize(
    ("path", "query", "asked"),
    [
        ("/apis/g/v1/things", b"", "/apis/g/v1/things"),
        ("/apis/g/v1/a%2Fb/c%20d", b"", "/apis/g/v1/a/b/c%20d"),
        ("/apis/g/v1/a!b(c)", b"", "/apis/g/v1/a%21b%28c%29"),
        ("/a/%C3%A9:x@y", b"", "/a/%C3%A9:x@y"),
        ("/a", b"x=1&y=%20z", "/a?x=1&y=+z"),
        ("/a", b"b=2&a=3&b=1", "/a?a=3&b=2&b=1"),
        ("/a", b"watch&x=", "/a?watch=&x="),
        ("/a", b"a;b=1&c=%zz&d=a+b~c%2Bd", "/a?d=a+b~c%2Bd"),
        ("/a", b"&&", "/a"),
    ],
)
def test_paths_and_queries_are_written_anew(path: str, query: bytes, asked: str) -> None:
    assert target(path, query) == asked
