import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minik8s.api.apps_v1 import Deployment
from minik8s.api.core_v1 import Pod
from minik8s.machinery.patches import PatchError, json_patch, merge_patch, strategic_merge

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=10,
)


def containers(*items: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(items), **more}}


def test_merge_patch() -> None:
    doc = {"a": {"b": 1, "c": 2}, "d": [1]}
    assert merge_patch(doc, {"a": {"b": None, "x": 3}, "d": [2]}) == {"a": {"c": 2, "x": 3}, "d": [2]}
    assert doc == {"a": {"b": 1, "c": 2}, "d": [1]}


@given(JSON, JSON)
def test_a_merge_patch_applied_twice_changes_nothing_more(doc: Any, patch: Any) -> None:
    once = merge_patch(doc, patch)
    assert merge_patch(once, patch) == once


@given(JSON, st.one_of(st.lists(JSON), st.dictionaries(st.text(), JSON)))
def test_replacing_the_whole_document(doc: Any, new: Any) -> None:
    before = copy.deepcopy(doc)
    assert json_patch(doc, [{"op": "replace", "path": "", "value": new}]) == new
    assert doc == before


@pytest.mark.parametrize(
    ("ops", "result"),
    [
        ([{"op": "add", "path": "/b", "value": 1}], {"a": [1, 2], "b": 1}),
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3]}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2]}),
        ([{"op": "remove", "path": "/a/0"}], {"a": [2]}),
        ([{"op": "replace", "path": "/a/1", "value": 9}], {"a": [1, 9]}),
        ([{"op": "move", "from": "/a", "path": "/x~1y"}], {"x/y": [1, 2]}),
        ([{"op": "copy", "from": "/a/0", "path": "/c"}], {"a": [1, 2], "c": 1}),
        ([{"op": "test", "path": "/a/0", "value": 1}], {"a": [1, 2]}),
        # What follows is in no RFC: evidence of what a Kubernetes API server does.
        ([{"op": "add", "path": "/b"}], {"a": [1, 2], "b": None}),
        ([{"op": "replace", "path": "/a/-1", "value": 9}], {"a": [1, 9]}),
        ([{"op": "replace", "path": "x/a/01", "value": 9}], {"a": [1, 9]}),
        ([{"op": "copy", "from": "/none", "path": "/c"}], {"a": [1, 2], "c": None}),
        ([{"op": "test", "path": "/none"}], {"a": [1, 2]}),
    ],
)
def test_json_patch(ops: list[Any], result: Any) -> None:
    assert json_patch({"a": [1, 2]}, ops) == result


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ({"op": "add", "path": "/q/r"}, 'add operation does not apply: doc is missing path: "/q/r": missing value'),
        ({"op": "add", "path": "x"}, 'add operation does not apply: doc is missing path: "x": missing value'),
        ({"op": "add", "path": 5}, "add operation failed to decode path: missing value"),
        (
            {"op": "add", "path": "/a/7"},
            "error in add for path: '/a/7': Unable to access invalid index: 7: invalid index referenced",
        ),
        (
            {"op": "remove", "path": "/q"},
            "error in remove for path: '/q': Unable to remove nonexistent key: q: missing value",
        ),
        (
            {"op": "replace", "path": "/a/7"},
            "replace operation does not apply: doc is missing key: /a/7: missing value",
        ),
        (
            {"op": "move", "from": "/q/r", "path": "/b"},
            "move operation does not apply: doc is missing from path: /q/r: missing value",
        ),
        (
            {"op": "copy", "from": "/a", "path": "/q/r"},
            "copy operation does not apply: doc is missing destination path: /q/r: missing value",
        ),
        ({"op": "test", "path": "/q/r"}, "test operation does not apply: is missing path: /q/r: missing value"),
        ({"path": "/a"}, "Unexpected kind: unknown"),
    ],
)
def test_what_is_wrong_with_a_json_patch(operation: dict[str, Any], said: str) -> None:
    with pytest.raises(PatchError) as refused:
        json_patch({"a": [1, 2]}, [operation])
    assert str(refused.value) == said


@pytest.mark.parametrize(
    "ops",
    [
        {}, ["x"], [{"op": "fly", "path": "/a"}], [{"op": "add", "path": "a", "value": 1}],
        [{"op": "remove", "path": ""}], [{"op": "move", "from": "", "path": ""}], [{"op": "replace", "path": ""}],
        [{"op": "remove", "path": "/none"}], [{"op": "test", "path": "/a/0", "value": True}],
        [{"op": "add", "path": "/a/7", "value": 1}], [{"op": "replace", "path": "/a/-3", "value": 1}],
        [{"op": "move", "from": "/a", "path": "/a/0"}], [{"op": "add", "path": "/a/0/b", "value": 1}],
    ],
)  # fmt: skip
def test_a_bad_json_patch_is_refused(ops: Any) -> None:
    doc = {"a": [1, 2]}
    with pytest.raises(PatchError):
        json_patch(doc, ops)
    assert doc == {"a": [1, 2]}


def test_copies_of_copies_have_a_bound() -> None:
    doubling = [{"op": "copy", "from": "/a", "path": "/a/-"}] * 60
    with pytest.raises(PatchError, match="accumulated size increase of copy is [0-9]+, exceeding the limit 3145728"):
        json_patch({"a": ["x" * 100]}, doubling)
    with pytest.raises(PatchError, match="accumulated size"):
        json_patch({"a": "x" * 300_000}, [{"op": "copy", "from": "/a", "path": f"/{n}"} for n in range(11)])
    assert (
        len(json_patch({"a": "x" * 300_000}, [{"op": "copy", "from": "/a", "path": f"/{n}"} for n in range(10)])) == 11
    )


def test_items_are_merged_by_their_key() -> None:
    doc = containers({"name": "a", "image": "x", "args": ["1"]}, {"name": "b", "image": "y"})
    patch = containers({"name": "b", "image": "z"}, {"name": "c", "image": "w"})
    assert strategic_merge(doc, patch, Pod) == containers(
        {"name": "a", "image": "x", "args": ["1"]}, {"name": "b", "image": "z"}, {"name": "c", "image": "w"}
    )
    assert doc["spec"]["containers"][1]["image"] == "y"


def test_directives() -> None:
    doc = containers({"name": "a", "image": "x"}, {"name": "b", "image": "y"})
    gone = strategic_merge(doc, containers({"name": "a", "$patch": "delete"}), Pod)
    assert [item["name"] for item in gone["spec"]["containers"]] == ["b"]
    only = strategic_merge(doc, containers({"$patch": "replace"}, {"name": "n"}), Pod)
    assert only["spec"]["containers"] == [{"name": "n"}]
    turned = strategic_merge(doc, {"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}}, Pod)
    assert [item["name"] for item in turned["spec"]["containers"]] == ["b", "a"]
    fewer = strategic_merge(
        {"metadata": {"finalizers": ["a", "b"]}}, {"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}, Pod
    )
    assert fewer == {"metadata": {"finalizers": ["b"]}}
    more = strategic_merge({"metadata": {"finalizers": ["a"]}}, {"metadata": {"finalizers": ["a", "b"]}}, Pod)
    assert more == {"metadata": {"finalizers": ["a", "b"]}}
    recreated = strategic_merge(
        {"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}}},
        {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}},
        Deployment,
    )
    assert recreated == {"spec": {"strategy": {"type": "Recreate"}}}


def test_lists_without_a_strategy_are_replaced_and_null_takes_away() -> None:
    doc = containers({"name": "a", "args": ["1"]}, nodeName="n")
    patch = containers({"name": "a", "args": ["2"]}, nodeName=None)
    assert strategic_merge(doc, patch, Pod) == containers({"name": "a", "args": ["2"]})


@pytest.mark.parametrize(
    "patch",
    [
        containers({"image": "x"}),
        {"spec": {"$patch": "explode"}},
        {"spec": {"containers": [1]}},
        {"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"name": "a"}]}},
    ],
)
def test_a_bad_strategic_patch_is_refused(patch: Any) -> None:
    with pytest.raises(PatchError):
        strategic_merge(containers({"name": "a"}), patch, Pod)
