"""Strategic merge patches that make no sense, and the words a kube-apiserver 1.36 has for each."""

from __future__ import annotations

import copy
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minik8s.api.apps_v1 import ControllerRevision
from minik8s.api.core_v1 import Pod
from minik8s.machinery.patches import PatchError, PatchFormatError, PatchRejected, strategic_merge

POD: dict[str, Any] = {
    "metadata": {"name": "a", "labels": {"x": "y"}, "finalizers": ["a", "b"]},
    "spec": {
        "containers": [{"name": "a", "image": "i", "args": ["1"]}, {"name": "b"}],
        "securityContext": {"runAsUser": 1},
        "nodeSelector": {"a": "b"},
    },
    "status": {"phase": "Pending"},
}


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"$patch": "merge"}, "unknown patch type: merge in map: map[$patch:merge]"),
        ({"metadata": {"$patch": None}}, "unknown patch type: %!s(<nil>) in map: map[$patch:<nil>]"),
        ({"status": {"$patch": 1.5, "a": 1}}, "unknown patch type: %!s(float64=1.5) in map: map[$patch:1.5 a:1]"),
        (
            {"spec": {"containers": [{"image": "x"}]}},
            "map: map[image:x] does not contain declared merge key: name",
        ),
        (
            {"spec": {"containers": [{"$patch": "delete"}]}},
            "map: map[$patch:delete] does not contain declared merge key: name",
        ),
        ({"spec": {"containers": [1, "x"]}}, "list element types are not identical: [[map[args:[1] image:i name:a]"),
        ({"metadata": {"finalizers": ["c", 1]}}, "list element types are not identical: [[a b] [c 1]]"),
        (
            {"spec": {"containers": [{"name": "a", "$patch": "merge"}]}},
            "merging lists cannot yet be specified in the patch",
        ),
        ({"spec": {"$setElementOrder/containers": 1}}, "expected a []interface {}, but received a int64"),
        ({"spec": {"$setElementOrder/containers": None}}, "expected a []interface {}, but received a %!s(<nil>)"),
        (
            {"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": {}}},
            "expected a []interface {}, but received a map[string]interface {}",
        ),
        (
            {"spec": {"$setElementOrder/containers": ["b"], "containers": [{"name": "a"}]}},
            "expected a map[string]interface {}, but received a string",
        ),
        ({"spec": {"$setElementOrder/containers": ["b"]}}, "value for key 0 is not a map"),
        (
            {"spec": {"$setElementOrder/containers": [{"name": "b"}], "containers": [{"name": "a"}]}},
            "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
        ),
        (
            {"spec": {"$setElementOrder/tolerations": [], "tolerations": []}},
            "no elements in any of the given slices",
        ),
        (
            {"spec": {"$setElementOrder/none": []}},
            'unable to find api field in struct PodSpec for the json field "none"',
        ),
        ({"spec": {"$setElementOrder/nodeName": []}}, "expected slice or array type, but got: struct"),
        ({"spec": {"securityContext": {"$setElementOrder/seccompProfile": 1}}}, "expected a []interface {}, but"),
        (
            {"metadata": {"labels": {"$setElementOrder/x": []}}},
            "expected a []interface {}, but received a string",
        ),
        (
            {"metadata": {"labels": {"$setElementOrder/z": []}}},
            "merging an object in json but data type is not struct, instead is: map",
        ),
    ],
)
def test_what_does_not_fit(patch: dict[str, Any], message: str) -> None:
    before = copy.deepcopy((POD, patch))
    with pytest.raises(PatchError) as caught:
        strategic_merge(POD, patch, Pod)
    assert str(caught.value).startswith(message)
    assert type(caught.value) is PatchError
    assert (POD, patch) == before


@pytest.mark.parametrize(
    ("patch", "message"),
    [
        ({"spec": {"$retainKeys": 1}}, "invalid patch format of retainKeys"),
        ({"spec": {"$retainKeys": ["nodeName"], "hostname": "x"}}, "invalid patch format of retainKeys"),
        ({"spec": {"$setElementOrder": []}}, "invalid patch format of setElementOrder list"),
        ({"spec": {"$setElementOrderX/containers": []}}, "invalid patch format of setElementOrder list"),
        ({"metadata": {"$deleteFromPrimitiveList": ["a"]}}, "invalid patch format of primitive list"),
    ],
)
def test_directives_that_are_none(patch: dict[str, Any], message: str) -> None:
    with pytest.raises(PatchFormatError, match=message):
        strategic_merge(POD, patch, Pod)


@pytest.mark.parametrize(
    "patch",
    [
        {"metadata": {"finalizers": [["a"]]}},
        # A kube-apiserver panics over each of these.
        {"metadata": {"finalizers": [None]}, "spec": {"$patch": "delete"}},
        {"spec": {"$retainKeys": [{}]}},
        {"metadata": {"$setElementOrder/finalizers": [{}], "finalizers": [{}]}},
    ],
)
def test_what_no_patch_can_do(patch: dict[str, Any]) -> None:
    with pytest.raises(PatchError):
        strategic_merge({"metadata": {}, "spec": {}, **POD}, patch, Pod)


def test_a_list_of_lists_is_rejected() -> None:
    with pytest.raises(PatchRejected):
        strategic_merge({"metadata": {"finalizers": []}}, {"metadata": {"finalizers": [["a"]]}}, Pod)


@pytest.mark.parametrize(
    ("patch", "path", "result"),
    [
        # Anything may say which keys stay.
        ({"metadata": {"$retainKeys": ["name"]}}, "metadata", {"name": "a"}),
        # A replaced object is taken as it is written.
        ({"metadata": {"$patch": "replace", "name": "b", "labels": None}}, "metadata", {"name": "b", "labels": None}),
        # A new object is taken without nulls and without what is a directive itself.
        (
            {"metadata": {"annotations": {"a": None, "b": "c", "d": {"$patch": "delete"}}}},
            "metadata.annotations",
            {"b": "c"},
        ),
        ({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}, "metadata.finalizers", ["b"]),
        ({"metadata": {"$deleteFromPrimitiveList/finalizers": None}}, "metadata.finalizers", None),
        ({"metadata": {"$deleteFromPrimitiveList/none": ["a"]}}, "metadata.none", None),
        ({"metadata": {"finalizers": ["c", "a"]}}, "metadata.finalizers", ["c", "a", "b"]),
        ({"metadata": {"finalizers": 7}}, "metadata.finalizers", 7),
        ({"spec": {"containers": [{"name": "a", "args": ["2"]}, {"name": "c"}]}}, "spec.containers", [
            {"name": "a", "image": "i", "args": ["2"]}, {"name": "c"}, {"name": "b"},
        ]),
    ],
)  # fmt: skip
def test_corners(patch: dict[str, Any], path: str, result: Any) -> None:
    found: Any = strategic_merge(POD, patch, Pod)
    for key in path.split("."):
        found = found.get(key)
    assert found == result


def test_an_object_of_any_shape_is_not_merged() -> None:
    live = {"data": {"spec": {"a": 1}}}
    with pytest.raises(PatchError, match='unable to find api field in struct RawExtension for the json field "spec"'):
        strategic_merge(live, {"data": {"spec": {"b": 1}}}, ControllerRevision)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["a", "delete", "replace", ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["name", "$patch", "$retainKeys", "$setElementOrder/containers", "containers", "spec", "metadata"]
                + ["$deleteFromPrimitiveList/finalizers", "finalizers", "$setElementOrder/finalizers", "ports", "args"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=16,
)


@given(st.fixed_dictionaries({}, optional={"metadata": JSON, "spec": JSON, "status": JSON}))
def test_nothing_but_patch_errors(patch: dict[str, Any]) -> None:
    before = copy.deepcopy(POD)
    try:
        strategic_merge(POD, patch, Pod)
    except PatchError:
        pass
    assert before == POD


def test_long_lists_take_no_time_to_speak_of() -> None:
    items = [{"name": f"c{n}", "image": "i"} for n in range(5000)]
    order = [{"name": item["name"]} for item in items]
    names = [f"x/{n}" for n in range(20_000)]
    began = time.process_time()
    found = strategic_merge(POD, {"spec": {"containers": items, "$setElementOrder/containers": order}}, Pod)
    assert len(found["spec"]["containers"]) == 5002
    gone = [{"name": item["name"], "$patch": "delete"} for item in items]
    assert len(strategic_merge(found, {"spec": {"containers": gone}}, Pod)["spec"]["containers"]) == 2
    found = strategic_merge(POD, {"metadata": {"finalizers": names, "$setElementOrder/finalizers": names}}, Pod)
    assert len(found["metadata"]["finalizers"]) == 20_002
    found = strategic_merge(found, {"metadata": {"$deleteFromPrimitiveList/finalizers": names}}, Pod)
    assert found["metadata"]["finalizers"] == ["a", "b"]
    # Compared each with each they would take half a minute.
    assert time.process_time() - began < 5
