"""Admission policies through the whole server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer

GROUP = "/apis/admissionregistration.k8s.io/v1"
MAPS = "/api/v1/namespaces/default/configmaps"
CONFIGMAPS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}


@pytest.fixture
async def api(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://api") as client:
        yield client


def config_map(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, **more}


async def put(api: httpx.AsyncClient, plural: str, name: str, spec: dict[str, Any]) -> None:
    answer = await api.post(f"{GROUP}/{plural}", json={"metadata": {"name": name}, "spec": spec})
    assert answer.status_code == 201, answer.text


async def validating(
    api: httpx.AsyncClient, *validations: Any, binding: Any = (), name: str = "p", **spec: Any
) -> None:
    spec = {"matchConstraints": {"resourceRules": [CONFIGMAPS]}, "validations": list(validations), **spec}
    await put(api, "validatingadmissionpolicies", name, spec)
    bound = {"policyName": name, "validationActions": ["Deny"], **dict(binding)}
    await put(api, "validatingadmissionpolicybindings", f"{name}-binding", bound)


async def mutating(api: httpx.AsyncClient, *mutations: Any, binding: Any = (), name: str = "m", **spec: Any) -> None:
    spec = {
        "matchConstraints": {"resourceRules": [CONFIGMAPS]},
        "mutations": list(mutations),
        "reinvocationPolicy": "Never",
        **spec,
    }
    await put(api, "mutatingadmissionpolicies", name, spec)
    await put(api, "mutatingadmissionpolicybindings", f"{name}-binding", {"policyName": name, **dict(binding)})


def apply(expression: str) -> dict[str, Any]:
    return {"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": expression}}


def patch(expression: str) -> dict[str, Any]:
    return {"patchType": "JSONPatch", "jsonPatch": {"expression": expression}}


async def test_an_objection_is_told_in_kubernetes_words(api: httpx.AsyncClient) -> None:
    await validating(
        api, {"expression": "object.data.n == '1'", "messageExpression": "'wants 1, got ' + object.data.n"}
    )
    assert (await api.post(MAPS, json=config_map(data={"n": "1"}))).status_code == 201
    answer = await api.post(MAPS, json=config_map("d", data={"n": "2"}))
    said = "ValidatingAdmissionPolicy 'p' with binding 'p-binding' denied request: wants 1, got 2"
    body = answer.json()
    assert (answer.status_code, body["reason"]) == (422, "Invalid")
    assert body["message"] == f'configmaps "d" is forbidden: {said}'
    assert body["details"] == {"name": "d", "kind": "configmaps", "causes": [{"message": said}]}


async def test_reasons_and_messages(api: httpx.AsyncClient) -> None:
    await validating(
        api,
        {"expression": "!('a' in object.data)", "reason": "Forbidden", "message": " never a "},
        {"expression": "!('b' in object.data)", "messageExpression": "'two\\nlines'"},
    )
    first = await api.post(MAPS, json=config_map(data={"a": ""}))
    assert first.status_code == 403 and first.json()["message"].endswith("denied request: never a")
    second = await api.post(MAPS, json=config_map(data={"b": ""}))
    assert second.json()["message"].endswith("denied request: failed expression: !('b' in object.data)")


async def test_failures_count_as_the_policy_says(api: httpx.AsyncClient) -> None:
    await validating(api, {"expression": "object.data.missing == 'x'"}, failurePolicy="Ignore")
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    await validating(api, {"expression": "object.data.missing == 'x'"}, name="strict")
    answer = await api.post(MAPS, json=config_map("d"))
    assert answer.status_code == 422
    assert "expression 'object.data.missing == 'x'' resulted in error: no such key: data" in answer.json()["message"]


async def test_variables_are_composed_and_computed_when_asked(api: httpx.AsyncClient) -> None:
    variables = [
        {"name": "n", "expression": "int(object.data.n)"},
        {"name": "odd", "expression": "variables.n % 2 == 1"},
        {"name": "broken", "expression": "object.data.nothing"},
    ]
    await validating(
        api,
        {"expression": "variables.odd"},
        {"expression": "variables.n < 9 || variables.broken == ''"},
        variables=variables,
    )
    assert (await api.post(MAPS, json=config_map("ok", data={"n": "3"}))).status_code == 201
    even = await api.post(MAPS, json=config_map(data={"n": "4"}))
    assert "failed expression: variables.odd" in even.json()["message"]
    broken = await api.post(MAPS, json=config_map(data={"n": "11"}))
    assert 'composited variable "broken" fails to evaluate: no such key: nothing' in broken.json()["message"]


async def test_warn_and_audit_let_through(api: httpx.AsyncClient) -> None:
    await validating(
        api, {"expression": "false", "message": "careful"}, binding={"validationActions": ["Warn", "Audit"]}
    )
    answer = await api.post(MAPS, json=config_map())
    assert answer.status_code == 201
    said = "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'p-binding': careful"
    assert answer.headers["warning"] == f'299 - "{said}"'
    text = (await api.get("/metrics")).text
    assert (
        'check_total{enforcement_action="warn",error_type="no_error",policy="p",policy_binding="p-binding"} 1' in text
    )


async def test_match_constraints(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/namespaces", json={"metadata": {"name": "on", "labels": {"p": "on"}}})
    constraints = {
        "resourceRules": [{**CONFIGMAPS, "operations": ["CREATE"]}],
        "excludeResourceRules": [{**CONFIGMAPS, "resourceNames": ["spared"]}],
        "namespaceSelector": {"matchLabels": {"p": "on"}},
        "objectSelector": {"matchExpressions": [{"key": "free", "operator": "DoesNotExist"}]},
    }
    conditions = [{"name": "c", "expression": "!('skip' in object.metadata.labels)"}]
    await validating(api, {"expression": "false"}, matchConstraints=constraints, matchConditions=conditions)
    there = "/api/v1/namespaces/on/configmaps"
    assert (await api.post(MAPS, json=config_map())).status_code == 201
    assert (await api.post(there, json=config_map("spared"))).status_code == 201
    labelled = {"metadata": {"name": "a", "labels": {"x": "y"}}}
    assert (await api.post(there, json=labelled)).status_code == 422
    labelled["metadata"]["labels"] = {"free": ""}
    assert (await api.post(there, json=labelled)).status_code == 201
    labelled["metadata"] = {"name": "b", "labels": {"skip": ""}}
    assert (await api.post(there, json=labelled)).status_code == 201
    assert (await api.delete(f"{there}/b")).status_code == 200


async def test_parameters(api: httpx.AsyncClient) -> None:
    for name, limit in (("low", "2"), ("high", "4")):
        made = config_map(name, data={"limit": limit})
        made["metadata"]["labels"] = {"limit": name}
        assert (await api.post("/api/v1/namespaces/kube-system/configmaps", json=made)).status_code == 201
    await validating(
        api,
        {"expression": "size(object.data) <= int(params.data.limit)"},
        paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
        variables=[{"name": "limit", "expression": "params.data.limit"}],
        binding={"paramRef": {"name": "low", "namespace": "kube-system", "parameterNotFoundAction": "Deny"}},
    )
    three = {"a": "", "b": "", "c": ""}
    assert (await api.post(MAPS, json=config_map(data={"a": ""}))).status_code == 201
    assert (await api.post(MAPS, json=config_map("d", data=three))).status_code == 422
    url = f"{GROUP}/validatingadmissionpolicybindings/p-binding"
    merge = {"content-type": "application/merge-patch+json"}
    selector = {"matchLabels": {"limit": "high"}}
    await api.patch(url, json={"spec": {"paramRef": {"name": None, "selector": selector}}}, headers=merge)
    assert (await api.post(MAPS, json=config_map("d", data=three))).status_code == 201
    selector = {"matchLabels": {"limit": "none"}}
    await api.patch(url, json={"spec": {"paramRef": {"selector": selector}}}, headers=merge)
    refused = await api.post(MAPS, json=config_map("e"))
    said = "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction"
    assert refused.status_code == 422 and said in refused.json()["message"]
    await api.patch(url, json={"spec": {"paramRef": {"parameterNotFoundAction": "Allow"}}}, headers=merge)
    assert (await api.post(MAPS, json=config_map("e"))).status_code == 201


async def test_parameters_of_a_kind_that_nobody_serves(api: httpx.AsyncClient) -> None:
    reference = {"name": "x", "parameterNotFoundAction": "Allow"}
    kind = {"apiVersion": "rules.example.com/v1", "kind": "Rule"}
    await validating(api, {"expression": "params.x == true"}, paramKind=kind, binding={"paramRef": reference})
    answer = await api.post(MAPS, json=config_map())
    said = (
        "failed to configure policy: failed to find resource referenced by paramKind: 'rules.example.com/v1, Kind=Rule'"
    )
    assert said in answer.json()["message"]


async def test_what_expressions_know_of_the_request(api: httpx.AsyncClient) -> None:
    expressions = (
        "request.operation == 'CREATE' ? oldObject == null : oldObject.metadata.name == object.metadata.name",
        "request.namespace == 'default' && request.resource.resource == 'configmaps'",
        "request.kind.kind == 'ConfigMap' && request.requestKind.version == 'v1'",
        "request.userInfo.username == 'system:anonymous' && !request.dryRun",
        "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] == 'default'",
        "authorizer.requestResource.check('create').allowed()",
        "authorizer.group('apps').resource('deployments').namespace('x').check('get').allowed()",
        "authorizer.path('/healthz').check('get').allowed()",
    )
    await validating(api, *({"expression": expression} for expression in expressions))
    created = await api.post(MAPS, json=config_map())
    assert created.status_code == 201, created.text
    assert (await api.put(f"{MAPS}/c", json=config_map(data={"x": "y"}))).status_code == 200


@pytest.mark.parametrize(
    ("spec", "field", "said"),
    [
        (
            {"validations": [{"expression": "object.foo +"}]},
            "spec.validations[0].expression",
            "compilation failed: ERROR",
        ),
        (
            {"validations": [{"expression": "1 + 1"}]},
            "spec.validations[0].expression",
            "must evaluate to bool but got int",
        ),
        (
            {"validations": [{"expression": "params.x == true"}]},
            "spec.validations[0].expression",
            "undeclared reference to 'params'",
        ),
        (
            {
                "validations": [
                    {"expression": "true", "messageExpression": "authorizer.path('/').check('get').reason()"}
                ]
            },
            "spec.validations[0].messageExpression",
            "undeclared reference to 'authorizer'",
        ),
        (
            {"validations": [{"expression": "variables.b"}], "variables": [{"name": "a", "expression": "1"}]},
            "spec.validations[0].expression",
            "undefined field 'b'",
        ),
        (
            {"validations": [{"expression": "variables.a"}], "variables": [{"name": "a", "expression": "1"}]},
            "spec.validations[0].expression",
            "must evaluate to bool but got int",
        ),
        (
            {"auditAnnotations": [{"key": "k", "valueExpression": "1"}]},
            "spec.auditAnnotations[0].valueExpression",
            "must evaluate to one of",
        ),
    ],
)
async def test_expressions_are_compiled_when_written(
    api: httpx.AsyncClient, spec: dict[str, Any], field: str, said: str
) -> None:
    spec = {"matchConstraints": {"resourceRules": [CONFIGMAPS]}, **spec}
    answer = await api.post(f"{GROUP}/validatingadmissionpolicies", json={"metadata": {"name": "p"}, "spec": spec})
    assert answer.status_code == 422, answer.text
    causes = answer.json()["details"]["causes"]
    assert any(cause["field"] == field and said in cause["message"] for cause in causes), causes


async def test_a_hostile_expression_is_stopped_and_slows_nobody(api: httpx.AsyncClient) -> None:
    items = "[1,2,3,4,5,6,7,8,9,0]"
    loops = "a+b+c+d+e+f < 99"
    for name in "abcdef":
        loops = f"{items}.all({name}, {loops})"
    await validating(api, {"expression": loops})
    began = time.monotonic()
    held = asyncio.ensure_future(api.post(MAPS, json=config_map()))
    slowest = 0.0
    while not held.done():
        before = time.monotonic()
        await api.get("/api/v1/namespaces/default")
        slowest = max(slowest, time.monotonic() - before)
        await asyncio.sleep(0.005)
    answer = await held
    assert answer.status_code == 422 and "actual cost limit exceeded" in answer.json()["message"], answer.text
    assert slowest < max(time.monotonic() - began, 1) / 2


async def test_all_expressions_together_have_a_budget(api: httpx.AsyncClient) -> None:
    asked = "authorizer.path('/a').check('get').allowed()"
    many = [{"expression": f"{asked} && {asked}"}] * 20
    await validating(api, *many)
    answer = await api.post(MAPS, json=config_map())
    said = "validation failed due to running out of cost budget, no further validation rules will be run"
    assert answer.status_code == 422 and answer.json()["message"].endswith(said)


async def test_apply_configurations(api: httpx.AsyncClient) -> None:
    await mutating(
        api,
        apply("Object{metadata: Object.metadata{labels: {'a': 'b', 'name': string(object.metadata.name)}}}"),
        apply("Object{data: {'seen': string(size(object.metadata.labels))}}"),
    )
    made = (await api.post(MAPS, json=config_map(data={"k": "v"}))).json()
    assert made["metadata"]["labels"] == {"a": "b", "name": "c"} and made["data"] == {"k": "v", "seen": "2"}


async def test_apply_merges_lists_by_their_keys_and_sets_defaults(api: httpx.AsyncClient) -> None:
    pods = {"apiGroups": ["apps"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["deployments"]}
    expression = """
        Object{spec: Object.spec{replicas: 7, template: Object.spec.template{spec: Object.spec.template.spec{
            initContainers: [Object.spec.template.spec.initContainers{name: "mesh", image: "mesh:1"}],
            containers: object.spec.template.spec.containers.map(c,
                Object.spec.template.spec.containers{name: c.name,
                    env: [Object.spec.template.spec.containers.env{name: "ON", value: "yes"}]})
        }}}}"""
    await mutating(api, apply(expression), matchConstraints={"resourceRules": [pods]})
    container = {"name": "app", "image": "app:1", "env": [{"name": "A", "value": "b"}]}
    template = {"metadata": {"labels": {"x": "y"}}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": {"x": "y"}}, "template": template}
    body = {"metadata": {"name": "d"}, "spec": spec}
    answer = await api.post("/apis/apps/v1/namespaces/default/deployments", json=body)
    assert answer.status_code == 201, answer.text
    made = answer.json()["spec"]
    found = made["template"]["spec"]
    assert made["replicas"] == 7 and found["containers"][0]["image"] == "app:1"
    assert [each["name"] for each in found["containers"][0]["env"]] == ["A", "ON"]
    assert found["initContainers"][0]["terminationMessagePath"] == "/dev/termination-log"


async def test_json_patches(api: httpx.AsyncClient) -> None:
    await mutating(
        api,
        patch(
            """[
            JSONPatch{op: "test", path: "/data/k", value: "v"},
            JSONPatch{op: "add", path: "/metadata/labels", value: {"a": "b"}},
            JSONPatch{op: "add", path: "/data/" + jsonpatch.escapeKey("x/y~z"), value: "1"},
            JSONPatch{op: "copy", from: "/data/k", path: "/data/l"},
            ]"""
        ),
    )
    # A "/" is no character of a key: what the patch makes is checked like anything else.
    refused = await api.post(MAPS, json=config_map(data={"k": "v"}))
    assert refused.status_code == 422 and "data[x/y~z]" in refused.json()["message"]
    untouched = (await api.post(MAPS, json=config_map(data={"k": "other"}))).json()
    assert untouched["data"] == {"k": "other"} and "labels" not in untouched["metadata"]


async def test_a_patch_that_adds_what_the_kind_does_not_have(api: httpx.AsyncClient) -> None:
    await mutating(api, patch("[JSONPatch{op: 'add', path: '/nothing', value: 5}]"))
    answer = await api.post(MAPS, json=config_map())
    told = 'Internal error occurred: strict decoding error: unknown field "nothing"'
    assert (answer.status_code, answer.json()["message"]) == (500, told)


@pytest.mark.parametrize(
    ("mutation", "said"),
    [
        (apply("Object{data: 1}"), "error applying patch: failed to convert patch object to typed object"),
        (apply("Object{nothing: 'x'}"), "field not declared in schema"),
        (apply("Object{metadata: Object.spec{}}"), 'unexpected type name "Object.spec", expected "Object.metadata"'),
        (patch("[JSONPatch{op: 'remove', path: '/data/none'}]"), "JSON Patch: remove operation does not apply: doc is"),
        (apply("Object{data: {'a': object.data.none}}"), "resulted in error: no such key: data"),
    ],
)
async def test_mutations_that_cannot_be_made(api: httpx.AsyncClient, mutation: dict[str, Any], said: str) -> None:
    await mutating(api, mutation)
    answer = await api.post(MAPS, json=config_map())
    body = answer.json()
    assert answer.status_code == 403 and body["reason"] == "Invalid", body
    assert (
        body["message"].startswith("policy 'm' with binding 'm-binding' denied request: ") and said in body["message"]
    )
    await mutating(api, mutation, name="lenient", failurePolicy="Ignore")
    assert (await api.delete(f"{GROUP}/mutatingadmissionpolicies/m")).status_code == 200
    assert (await api.post(MAPS, json=config_map())).status_code == 201


async def test_what_a_custom_kind_does_not_have_is_pruned(api: httpx.AsyncClient) -> None:
    spec = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = {"openAPIV3Schema": {"type": "object", "properties": {"spec": spec}}}
    versions = [{"name": "v1", "served": True, "storage": True, "schema": schema}]
    names = {"plural": "foos", "kind": "Foo"}
    definition = {"group": "x.example.com", "scope": "Namespaced", "names": names, "versions": versions}
    crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
    await api.post(crds, json={"metadata": {"name": "foos.x.example.com"}, "spec": definition})
    foos = "/apis/x.example.com/v1/namespaces/default/foos"
    async with asyncio.timeout(30):
        while (await api.get(foos)).status_code != 200:
            await asyncio.sleep(0.005)
    rule = {"apiGroups": ["x.example.com"], "apiVersions": ["v1"], "resources": ["foos"], "operations": ["CREATE"]}
    added = "JSONPatch{op: 'add', path: '/spec/more', value: 'x'}, JSONPatch{op: 'add', path: '/spec/a', value: 'y'}"
    operations = f"[JSONPatch{{op: 'add', path: '/more', value: 'x'}}, {added}]"
    await mutating(api, patch(operations), matchConstraints={"resourceRules": [rule]})
    foo = {"apiVersion": "x.example.com/v1", "kind": "Foo", "metadata": {"name": "a"}, "spec": {}}
    made = (await api.post(foos, json=foo)).json()
    assert (made.get("spec"), "more" in made) == ({"a": "y"}, False)


async def test_options_of_connections_are_nothing_to_apply_to(api: httpx.AsyncClient) -> None:
    await api.post("/api/v1/nodes", json={"metadata": {"name": "n"}})
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "resources": ["nodes/proxy"], "operations": ["CONNECT"]}
    constraints = {"resourceRules": [rule]}
    await mutating(api, apply("Object{metadata: Object.metadata{labels: {'a': 'b'}}}"), matchConstraints=constraints)
    answer = await api.get("/api/v1/nodes/n/proxy/healthz")
    assert (answer.status_code, answer.json()["message"]) == (
        403,
        "policy 'm' with binding 'm-binding' denied request: error applying patch: failed to convert patch object "
        "to typed object: no corresponding type for /v1, Kind=NodeProxyOptions",
    )


async def test_atomic_parts_cannot_be_applied(api: httpx.AsyncClient) -> None:
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    expression = "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'c', command: ['x']}]}}"
    await mutating(api, apply(expression), matchConstraints={"resourceRules": [rule]})
    await api.post("/api/v1/namespaces/default/serviceaccounts", json={"metadata": {"name": "default"}})
    pod = {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    answer = await api.post("/api/v1/namespaces/default/pods", json=pod)
    said = "invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: .spec.containers[0].command"
    assert said in answer.json()["message"]


async def test_policies_are_asked_again(api: httpx.AsyncClient) -> None:
    await mutating(
        api,
        apply("Object{data: {'seen': string(size(object.?data.orValue({})))}}"),
        name="a",
        reinvocationPolicy="IfNeeded",
    )
    await mutating(api, apply("Object{data: {'later': 'x'}}"), name="b")
    made = (await api.post(MAPS, json=config_map())).json()
    assert made["data"] == {"seen": "2", "later": "x"}


@pytest.mark.parametrize(
    ("mutation", "said"),
    [
        (apply("Object.spec{}"), "must evaluate to Object but got Object.spec"),
        (patch("[1]"), "must evaluate to list(JSONPatch) but got list(int)"),
        (
            patch("[JSONPatch{operation: 'add'}]"),
            "expected type of field 'operation' is '' but provided type is 'string'",
        ),
    ],
)
async def test_mutations_are_compiled_when_written(api: httpx.AsyncClient, mutation: dict[str, Any], said: str) -> None:
    spec = {
        "matchConstraints": {"resourceRules": [CONFIGMAPS]},
        "mutations": [mutation],
        "reinvocationPolicy": "Never",
    }
    answer = await api.post(f"{GROUP}/mutatingadmissionpolicies", json={"metadata": {"name": "m"}, "spec": spec})
    assert answer.status_code == 422 and said in answer.json()["message"], answer.text


async def test_policies_do_not_judge_themselves(api: httpx.AsyncClient) -> None:
    everything = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*/*"]}
    await validating(api, {"expression": "false"}, matchConstraints={"resourceRules": [everything]})
    assert (await api.post(MAPS, json=config_map())).status_code == 422
    assert (await api.delete(f"{GROUP}/validatingadmissionpolicies/p")).status_code == 200
    assert (await api.post(MAPS, json=config_map())).status_code == 201
