"""Sets of fields: members with and without parts below them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minik8s.machinery.apply.field_set import difference, intersection, parse_paths, paths, union, without

_elements = st.sampled_from(["f:a", "f:b", 'k:{"name":"c"}', 'v:"d"'])


def _nodes(children: Any) -> Any:
    def marked(node: dict[str, Any], member: bool) -> dict[str, Any]:
        return {".": {}, **node} if member and node else node

    return st.builds(marked, st.dictionaries(_elements, children, max_size=3), st.booleans())


_sets = st.dictionaries(_elements, st.recursive(st.just({}), _nodes, max_leaves=8), max_size=3)


def _members(fields: dict[str, Any]) -> set[str]:
    return set(paths(fields))


@given(_sets, _sets)
def test_operations_are_those_of_sets(left: dict[str, Any], right: dict[str, Any]) -> None:
    assert _members(union(left, right)) == _members(left) | _members(right)
    assert _members(intersection(left, right)) == _members(left) & _members(right)
    assert _members(difference(left, right)) == _members(left) - _members(right)


@given(_sets, _sets)
def test_without_takes_what_is_below_too(left: dict[str, Any], right: dict[str, Any]) -> None:
    gone = _members(right)
    left_over = _members(without(left, right))
    assert left_over == {path for path in _members(left) if not any(path.startswith(each) for each in gone)}


def test_paths_are_shown_as_people_know_them() -> None:
    fields = {
        "f:spec": {
            "f:containers": {'k:{"name":"c"}': {".": {}, "f:image": {}}},
            "f:ports": {'k:{"port":80,"protocol":"TCP"}': {}},
        },
        "f:metadata": {"f:finalizers": {'v:"x"': {}}},
    }
    assert paths(fields) == [
        '.metadata.finalizers[="x"]',
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].image',
        '.spec.ports[port=80,protocol="TCP"]',
    ]
    assert parse_paths("metadata.labels", "spec") == {"f:metadata": {"f:labels": {}}, "f:spec": {}}
