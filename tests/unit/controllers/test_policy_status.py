from __future__ import annotations

from typing import Any

import msgspec

from controllers.policystatus.controller import PolicyStatusController
from controllers.policystatus.kinds import named_resources
from minik8s.api.admissionregistration_v1 import ValidatingAdmissionPolicy
from minik8s.api.core_v1 import Pod
from minik8s.machinery.admission.model_types import model_types
from minik8s.machinery.admission.schema_types import schema_types
from minik8s.machinery.admission.type_check import Known, check_types
from minik8s.testing.controllers import running
from minik8s.testing.fake_cluster import FakeCluster


def policy(*validations: dict[str, str], resources: tuple[str, ...] = ("deployments",), **spec: Any):
    rule = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["*"], "resources": list(resources)}
    document = {
        "metadata": {"name": "p", "generation": 1},
        "spec": {"matchConstraints": {"resourceRules": [rule]}, "validations": list(validations), **spec},
    }
    return msgspec.convert(document, ValidatingAdmissionPolicy)


async def checked(made: ValidatingAdmissionPolicy) -> list[tuple[str, str]]:
    cluster = FakeCluster()
    cluster.add(made)
    async with running(cluster, PolicyStatusController()) as at_work:
        await at_work.settle()
    found = cluster.object(ValidatingAdmissionPolicy, "p")
    assert found is not None and found.status.observed_generation == 1
    assert found.status.type_checking is not None
    return [(each.field_ref, each.warning) for each in found.status.type_checking.expression_warnings]


async def test_expressions_that_fit_are_said_to_be_checked() -> None:
    variables = [{"name": "n", "expression": "object.spec.replicas"}]
    validations = (
        {"expression": "variables.n > 1 && object.metadata.creationTimestamp < timestamp('2030-01-01T00:00:00Z')"},
        {"expression": "object.spec.template.spec.containers.all(c, c.image.startsWith('x') && c.ports.size() < 9)"},
        {"expression": "object.metadata.namespace == object.metadata.__namespace__"},
        {"expression": "has(object.metadata.labels.a) && oldObject != null && object.spec.strategy.type == 'x'"},
    )
    assert await checked(policy(*validations, variables=variables)) == []


async def test_confused_types_are_told_for_each_expression() -> None:
    validation = {
        "expression": "object.spec.replicas > '1'",
        "messageExpression": "'wants replicas > 1, got ' + object.spec.replicas",
    }
    first, second = await checked(policy(validation))
    assert first[0] == "spec.validations[0].expression"
    said = "apps/v1, Kind=Deployment: ERROR: <input>:1:22: "
    assert first[1].startswith(f"{said}found no matching overload for '_>_' applied to '(int, string)'")
    assert second[0] == "spec.validations[0].messageExpression"
    assert "found no matching overload for '_+_' applied to '(string, int)'" in second[1]


async def test_each_kind_is_told_that_does_not_fit() -> None:
    made = policy({"expression": "object.spec.replicas > 1"}, resources=("daemonsets", "deployments", "replicasets/*"))
    ((_, warning),) = await checked(made)
    assert warning.startswith("apps/v1, Kind=DaemonSet: ") and "undefined field 'replicas'" in warning
    assert "Deployment" not in warning


def test_wildcards_name_no_kind() -> None:
    assert named_resources(policy(resources=("*", "deployments/scale", "pods"))) == [("apps", "v1", "pods")]


def test_kinds_that_openapi_describes() -> None:
    spec = {
        "type": "object",
        "properties": {
            "replicas": {"type": "integer"},
            "when": {"type": "string", "format": "date-time"},
            "any": {"x-kubernetes-int-or-string": True},
            "self": {"$ref": "#/components/schemas/Tab"},
            "tags": {"type": "object", "additionalProperties": {"type": "string"}},
        },
    }
    gvk = {"group": "g", "version": "v1", "kind": "Tab"}
    schema = {
        "type": "object",
        "properties": {"spec": spec, "items": {"type": "array", "items": spec}},
        "x-kubernetes-group-version-kind": [gvk],
    }
    found = schema_types({"components": {"schemas": {"Tab": schema}}}, "g", "v1", "Tab")
    assert found is not None
    known = Known("g/v1, Kind=Tab", *found)
    fits = "object.spec.self.spec.replicas > 1 && object.items[0].tags.a == 'b' && object.spec.any == 'x'"
    assert check_types(policy({"expression": fits}), [known], None) == []
    (warning,) = check_types(policy({"expression": "object.spec.missing"}), [known], None)
    assert "g/v1, Kind=Tab: ERROR" in warning.warning and "undefined field 'missing'" in warning.warning
    assert schema_types({}, "g", "v1", "Tab") is None


def test_what_is_a_text_or_a_number_has_no_type() -> None:
    pod, objects = model_types(Pod)
    known = Known("/v1, Kind=Pod", pod, objects)
    rule = {"expression": "object.spec.containers[0].resources.limits.cpu == '1'"}
    (warning,) = check_types(policy(rule), [known], None)
    assert "undefined field 'limits'" in warning.warning
