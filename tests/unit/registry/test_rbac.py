"""Roles and bindings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind

GROUP = "rbac.authorization.k8s.io"
ROLES = Kind(f"{GROUP}/v1", "roles")
CLUSTER_ROLES = Kind(f"{GROUP}/v1", "clusterroles")
BINDINGS = Kind(f"{GROUP}/v1", "rolebindings")
CLUSTER_BINDINGS = Kind(f"{GROUP}/v1", "clusterrolebindings")


@pytest.mark.parametrize(
    ("rule", "messages"),
    [
        (
            {"apiGroups": [""], "resources": ["pods"]},
            ["rules[0].verbs: Required value: verbs must contain at least one value"],
        ),
        (
            {"verbs": ["get"]},
            [
                "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
                "rules[0].resources: Required value: resource rules must supply at least one resource",
            ],
        ),
        (
            {"verbs": ["get"], "nonResourceURLs": ["/a"], "resources": ["pods"]},
            [
                'rules[0].nonResourceURLs: Invalid value: ["/a"]: rules cannot apply to both regular resources and '
                "non-resource URLs"
            ],
        ),
    ],
)
def test_a_bad_rule_is_refused(rule: dict[str, Any], messages: list[str]) -> None:
    assert CLUSTER_ROLES.create({"rules": [rule]})[1] == messages


def test_paths_are_ruled_in_the_whole_cluster_only() -> None:
    rules = [{"verbs": ["get"], "nonResourceURLs": ["/a"]}]
    assert CLUSTER_ROLES.create({"rules": rules})[1] == []
    assert ROLES.create({"rules": rules})[1] == [
        'rules[0].nonResourceURLs: Invalid value: ["/a"]: namespaced rules cannot apply to non-resource URLs'
    ]


def test_an_aggregated_role_says_from_what() -> None:
    path = "aggregationRule.clusterRoleSelectors"
    assert CLUSTER_ROLES.create({"aggregationRule": {}})[1] == [
        f"{path}: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil"
    ]


@pytest.mark.parametrize("name", ["system:masters", "Any Thing", "a_b"])
def test_roles_have_any_name_that_fits_into_a_path(name: str) -> None:
    assert ROLES.create({"metadata": {"name": name}})[1] == []
    assert ROLES.create({"metadata": {"name": f"{name}/x"}})[1] == [
        f"metadata.name: Invalid value: \"{name}/x\": may not contain '/'"
    ]


def binding(kind: str = "ClusterRole", **more: Any) -> dict[str, Any]:
    return {"roleRef": {"kind": kind, "name": "view"}, **more}


def test_groups_of_a_binding_are_filled_in() -> None:
    subjects = [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]
    found, errors = BINDINGS.create(binding("Role", subjects=subjects))
    assert errors == []
    assert found["roleRef"]["apiGroup"] == GROUP
    assert found["subjects"][0] == {"apiGroup": GROUP, "kind": "User", "name": "u"}
    assert "apiGroup" not in found["subjects"][1]


def test_a_bad_binding_is_refused() -> None:
    found = BINDINGS.create({"roleRef": {"kind": "Foo"}, "subjects": [{"kind": "Bar", "name": "a"}]})[1]
    assert found == [
        'roleRef.kind: Unsupported value: "Foo": supported values: "Role", "ClusterRole"',
        "roleRef.name: Required value",
        'subjects[0].kind: Unsupported value: "Bar": supported values: "ServiceAccount", "User", "Group"',
    ]
    assert CLUSTER_BINDINGS.create(binding("Role"))[1] == [
        'roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"'
    ]
    account = [{"kind": "ServiceAccount", "name": "a"}]
    assert CLUSTER_BINDINGS.create(binding(subjects=account))[1] == ["subjects[0].namespace: Required value"]


@pytest.mark.parametrize("kind", [BINDINGS, CLUSTER_BINDINGS])
def test_the_role_of_a_binding_stays(kind: Kind) -> None:
    _, errors = kind.update(kind.stored(binding()), {"roleRef": {"name": "edit"}})
    assert errors == [
        f'roleRef: Invalid value: {{"APIGroup":"{GROUP}","Kind":"ClusterRole","Name":"edit"}}: cannot change roleRef'
    ]
