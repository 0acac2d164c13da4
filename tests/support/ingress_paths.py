"""Which path of a rule a request matches, as the table of the API reference says and a little beyond."""

from __future__ import annotations

TABLE: list[tuple[list[tuple[str, str]], dict[str, int | None]]] = [
    ([("P", "/")], {"/": 0, "/any/path": 0}),
    ([("E", "/foo")], {"/foo": 0, "/bar": None, "/foo/": None, "/foo/bar": None}),
    ([("E", "/foo/")], {"/foo": None, "/foo/": 0}),
    ([("P", "/foo")], {"/foo": 0, "/foo/": 0, "/foobar": None, "/": None}),
    ([("P", "/foo/")], {"/foo": 0, "/foo/": 0}),
    ([("P", "/aaa/bb")], {"/aaa/bbb": None}),
    ([("P", "/aaa/bbb")], {"/aaa/bbb": 0, "/aaa/bbb/": 0, "/aaa/bbb/ccc": 0, "/aaa/bbbxyz": None}),
    ([("P", "/aaa/bbb/")], {"/aaa/bbb": 0}),
    ([("P", "/"), ("P", "/aaa")], {"/aaa/ccc": 1, "/ccc": 0}),
    ([("P", "/"), ("P", "/aaa"), ("P", "/aaa/bbb")], {"/aaa/bbb": 2, "/aaa/bbb/x": 2, "/aaa/bb": 1, "/ccc": 0}),
    ([("P", "/aaa")], {"/ccc": None}),
    ([("P", "/foo"), ("E", "/foo")], {"/foo": 1, "/foo/": 0, "/foo/x": 0}),
    ([("E", "/foo"), ("P", "/foo/")], {"/foo": 0, "/foo/": 1}),
    ([("I", "/foo")], {"/foo": 0, "/foo/x": 0, "/foobar": None}),
    ([("P", "/a%20b"), ("E", "/ü")], {"/a%20b/c": 0, "/%C3%BC": 1, "/a": None}),
    ([("P", "/Foo")], {"/Foo": 0, "/foo": None}),
]
"""Paths of one host (type and path), and for each request the number of the one it matches, None for none."""
