"""What OpenAPI says of the operations of a group version."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.openapi import v2, v2_protobuf, v3
from apiserver.openapi.described import Described
from apiserver.openapi.operations import tag_of
from minik8s.api import autoscaling_v1, core_v1

ALL = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
KINDS = {"Pod": core_v1.Pod, "ConfigMap": core_v1.ConfigMap, "PersistentVolumeClaim": core_v1.PersistentVolumeClaim}


def resource(name: str, kind: str, verbs: list[str], **more: Any) -> dict[str, Any]:
    return {"name": name, "kind": kind, "namespaced": True, "verbs": verbs, **more}


CORE = {
    "groupVersion": "v1",
    "resources": [
        resource("pods", "Pod", ALL),
        resource("pods/exec", "PodExecOptions", ["create", "get"]),
        resource("configmaps", "ConfigMap", ALL),
        resource("persistentvolumeclaims", "PersistentVolumeClaim", ALL),
        resource("persistentvolumeclaims/status", "PersistentVolumeClaim", ["get"]),
    ],
}
CUSTOM = {
    "groupVersion": "ex.io/v1",
    "resources": [
        resource("foos", "Foo", ALL),
        resource("foos/scale", "Scale", ["get"], group="autoscaling", version="v1"),
    ],
}
FOO = Described("io.ex.v1.Foo", "ex.io", "v1", "Foo", lambda: {"type": "object"})
LIST = Described("io.ex.v1.FooList", "ex.io", "v1", "FooList", dict, FOO)


def type_of(group_version: str, kind: str) -> Any:
    if group_version == "ex.io/v1":
        return {"Foo": FOO, "FooList": LIST}.get(kind)
    return autoscaling_v1.Scale if kind == "Scale" else KINDS.get(kind)


def document(resource_list: dict[str, Any]) -> dict[str, Any]:
    return v3.document(resource_list, "1.36", type_of)


def test_operations_are_called_as_clients_know_them() -> None:
    paths = document(CORE)["paths"]
    one = "/api/v1/namespaces/{namespace}"
    names = {
        paths[f"{one}/configmaps"]["delete"]["operationId"],
        paths[f"{one}/pods/{{name}}/exec"]["get"]["operationId"],
        paths[f"{one}/persistentvolumeclaims/{{name}}/status"]["get"]["operationId"],
        paths["/api/v1/"]["get"]["operationId"],
    }
    assert names == {
        "deleteCoreV1CollectionNamespacedConfigMap",
        "connectCoreV1GetNamespacedPodExec",
        "readCoreV1NamespacedPersistentVolumeClaimStatus",
        "getCoreV1APIResources",
    }
    assert [tag_of(each) for each in ("v1", "apps/v1", "rbac.authorization.k8s.io/v1", "ex.io/v1")] == [
        "core_v1",
        "apps_v1",
        "rbacAuthorization_v1",
        "exIo_v1",
    ]


def test_a_delete_answers_with_what_is_gone_or_with_a_status() -> None:
    paths = document(CORE)["paths"]

    def answer(plural: str) -> str:
        operation = paths[f"/api/v1/namespaces/{{namespace}}/{plural}/{{name}}"]["delete"]
        reference: str = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        return reference.rpartition(".")[2]

    assert [answer("pods"), answer("configmaps")] == ["Pod", "Status"]


def test_bodies_of_built_in_kinds_come_in_any_form_and_all_need_a_token() -> None:
    found = document(CORE)
    post = found["paths"]["/api/v1/namespaces/{namespace}/pods"]["post"]
    assert list(post["requestBody"]["content"]) == ["*/*"]
    assert found["components"]["securitySchemes"] == {"BearerToken": v3.BEARER}


def test_custom_kinds_have_no_protobuf_no_strategic_patch_and_no_watch_paths() -> None:
    paths = document(CUSTOM)["paths"]
    assert not any("/watch/" in path for path in paths)
    one = paths["/apis/ex.io/v1/namespaces/{namespace}/foos/{name}"]
    assert list(one["put"]["requestBody"]["content"]) == ["application/json", "application/yaml"]
    assert list(one["get"]["responses"]["200"]["content"]) == ["application/json", "application/yaml"]
    assert "application/strategic-merge-patch+json" not in one["patch"]["requestBody"]["content"]
    assert list(one["patch"]["responses"]) == ["200", "401"]
    scale = paths["/apis/ex.io/v1/namespaces/{namespace}/foos/{name}/scale"]["get"]
    assert scale["x-kubernetes-group-version-kind"] == {"group": "ex.io", "version": "v1", "kind": "Foo"}
    schema = scale["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["$ref"].endswith(".autoscaling.v1.Scale")


def test_both_documents_know_the_same_paths() -> None:
    whole = v2.document([CORE, CUSTOM], "1.36", type_of)
    for resource_list in (CORE, CUSTOM):
        assert set(document(resource_list)["paths"]) <= set(whole["paths"])


def test_a_packed_document_is_the_same_in_both_forms() -> None:
    plain = v2.document([CORE, CUSTOM], "1.36", type_of)
    packed = v2.document([CORE, CUSTOM], "1.36", type_of, packed=True)
    assert msgspec.json.encode(packed) == msgspec.json.encode(plain)
    assert v2_protobuf.encode(packed) == v2_protobuf.encode(plain)
    assert all(isinstance(item, msgspec.Raw) for path, item in packed["paths"].items() if "/namespaces/" in path)
