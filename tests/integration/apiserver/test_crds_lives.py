"""What definitions go through: who writes their status, their end, versions, scales, finalizers, columns, documents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from apiserver.app import APIServer
from apiserver.auth.errors import StatusError
from minik8s.api.apiextensions_v1 import CustomResourceDefinition

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
DEFINITION = f"{CRDS}/foos.x.example.com"
FOOS = "/apis/x.example.com/v1/namespaces/default/foos"
MERGE = {"content-type": "application/merge-patch+json"}
JSON_PATCH = {"content-type": "application/json-patch+json"}
STRATEGIC = {"content-type": "application/strategic-merge-patch+json"}
APPLY = {"content-type": "application/apply-patch+yaml"}
TABLE = {"accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
TEXT = {"type": "string"}
SCALE = {"scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}}


@pytest.fixture
async def client(server: APIServer) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"user-agent": "tester/1.0", "accept": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(server), base_url="http://a", headers=headers) as client:
        yield client


def version(name: str = "v1", *, storage: bool = True, **more: Any) -> dict[str, Any]:
    spec = {"type": "object", "properties": {"a": TEXT, "replicas": {"type": "integer"}}}
    status = {"type": "object", "properties": {"replicas": {"type": "integer"}}}
    schema = {"type": "object", "properties": {"spec": spec, "status": status}}
    return {"name": name, "served": True, "storage": storage, "schema": {"openAPIV3Schema": schema}, **more}


def definition(*versions: dict[str, Any]) -> dict[str, Any]:
    names = {"plural": "foos", "kind": "Foo"}
    spec = {"group": "x.example.com", "scope": "Namespaced", "names": names, "versions": list(versions)}
    return {"metadata": {"name": "foos.x.example.com"}, "spec": spec}


def foo(name: str = "a", api: str = "v1", **more: Any) -> dict[str, Any]:
    return {"apiVersion": f"x.example.com/{api}", "kind": "Foo", "metadata": {"name": name}, **more}


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await check():
            await asyncio.sleep(0.005)


async def serve(client: httpx.AsyncClient, *versions: dict[str, Any]) -> None:
    made = await client.post(CRDS, json=definition(*versions))
    assert made.status_code == 201, made.text

    async def established() -> bool:
        conditions = (await client.get(DEFINITION)).json()["status"]["conditions"] or ()
        return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)

    await eventually(established)


async def test_the_status_of_a_definition_belongs_to_the_server(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    managed = (await client.get(DEFINITION)).json()["metadata"]["managedFields"]
    mine = next(each for each in managed if each["manager"] == "kube-apiserver")
    assert (mine["operation"], mine["subresource"]) == ("Update", "status")
    fields = mine["fieldsV1"]["f:status"]
    assert set(fields) == {"f:acceptedNames", "f:conditions"}
    assert set(fields["f:conditions"]) == {'k:{"type":"Established"}', 'k:{"type":"NamesAccepted"}'}


async def test_the_versions_stored_are_never_none(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    empty = await client.patch(f"{DEFINITION}/status", content='{"status":{"storedVersions":[]}}', headers=MERGE)
    assert empty.json()["status"]["storedVersions"] == ["v1"]


async def test_a_definition_that_ends_is_no_new_generation_and_lets_nothing_new_in(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    held = foo()
    held["metadata"]["finalizers"] = ["example.com/hold"]
    await client.post(FOOS, json=held)
    metadata = (await client.delete(DEFINITION)).json()["metadata"]
    assert metadata["generation"] == 1
    assert "deletionGracePeriodSeconds" not in metadata

    async def told() -> bool:
        verbs = (await client.get("/apis/x.example.com/v1")).json()["resources"][0]["verbs"]
        return bool(verbs == ["delete", "deletecollection", "get", "list", "watch"])

    await eventually(told)
    applied = await client.patch(f"{FOOS}/c", params={"fieldManager": "m"}, json=foo("c"), headers=APPLY)
    for found, name in ((await client.post(FOOS, json=foo("b")), "b"), (applied, "c")):
        assert (found.status_code, found.json()["message"]) == (
            403,
            f'foos.x.example.com "{name}" is forbidden: create not allowed while custom resource definition is '
            "terminating",
        )


async def test_what_only_another_version_knows_is_not_kept(client: httpx.AsyncClient) -> None:
    other = version("v2", storage=False)
    other["schema"] = {
        "openAPIV3Schema": {
            "type": "object",
            "properties": {"spec": {"type": "object", "properties": {"a": TEXT, "c": TEXT}}},
        }
    }
    await serve(client, version(), other)
    made = await client.post(FOOS.replace("/v1/", "/v2/"), json=foo(api="v2", spec={"a": "x", "c": "y"}))
    assert made.json()["spec"] == {"a": "x"}


async def test_scales_of_objects_that_say_nothing_of_replicas(client: httpx.AsyncClient) -> None:
    await serve(client, version(subresources=SCALE))
    await client.post(FOOS, json=foo(spec={"a": "x"}))
    scale = f"{FOOS}/a/scale"
    shown = await client.get(scale)
    assert (shown.status_code, shown.json()["message"]) == (
        500,
        'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
    )
    kept = await client.patch(scale, content='{"spec":{}}', headers=MERGE)
    assert (kept.status_code, kept.json()["message"]) == (
        400,
        'the spec replicas field ".spec.replicas" cannot be empty',
    )
    assert (await client.patch(scale, content='{"spec":{"replicas":2}}', headers=MERGE)).json()["spec"]["replicas"] == 2
    negative = await client.patch(scale, content='{"spec":{"replicas":-1}}', headers=MERGE)
    assert negative.json()["message"] == (
        'Foo.x.example.com "a" is invalid: .spec.replicas: Invalid value: -1: should be a non-negative integer'
    )
    assert (await client.patch(scale, content='{"spec":{"replicas":1}}', headers=STRATEGIC)).status_code == 415
    table = (await client.get(scale, headers=TABLE)).json()
    assert [column["type"] for column in table["columnDefinitions"]] == ["string", "integer", "integer", "date"]


async def test_finalizers_without_a_domain_are_warned_of(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    bare = foo()
    bare["metadata"]["finalizers"] = ["foo", "a.b/c", "orphan"]
    made = await client.post(FOOS, json=bare)
    assert made.headers["warning"] == (
        '299 - "metadata.finalizers: \\"foo\\": prefer a domain-qualified finalizer name to avoid accidental conflicts '
        'with other finalizer writers"'
    )
    again = await client.patch(f"{FOOS}/a", content='{"metadata":{"labels":{"a":"b"}}}', headers=MERGE)
    assert "warning" not in again.headers


async def test_patches_that_take_the_version_away_or_change_it(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    await client.post(FOOS, json=foo())
    gone = await client.patch(f"{FOOS}/a", content='[{"op":"remove","path":"/apiVersion"}]', headers=JSON_PATCH)
    assert (gone.status_code, gone.json()["message"]) == (
        500,
        "Internal error occurred: Object 'apiVersion' is missing in 'object has no apiVersion field'",
    )
    other = await client.patch(f"{FOOS}/a", content='{"apiVersion":"x/v1"}', headers=MERGE)
    assert other.json()["message"] == (
        'Foo.x "a" is invalid: apiVersion: Invalid value: "x/v1": must be x.example.com/v1'
    )


async def test_columns_of_every_type(client: httpx.AsyncClient) -> None:
    schema = {
        "type": "object",
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
    }
    columns = [
        {"name": f"{kind}-{field}", "type": kind, "jsonPath": f".spec.{field}"}
        for kind in ("string", "integer", "number", "boolean", "date")
        for field in ("n", "f", "t", "m", "e")
    ]
    bad = {"name": "bad", "type": "string", "jsonPath": ".spec["}
    shown = version(schema={"openAPIV3Schema": schema}, additionalPrinterColumns=[*columns, bad])
    await serve(client, shown)
    spec = {"n": None, "f": 1.5, "t": True, "m": {"a": "<x>"}, "e": ""}
    await client.post(FOOS, json=foo(spec=spec))
    cells = (await client.get(FOOS, headers=TABLE)).json()["rows"][0]["cells"]
    assert cells == [
        "a",
        *("<no value>", "1.5", "true", '{"a":"\\u003cx\\u003e"}', ""),
        *(None, 1, None, None, None),
        *(None, 1.5, None, None, None),
        *(None, None, True, None, None),
        *(None, None, None, None, "<unknown>"),
    ]


async def test_documents_name_the_group_of_kinds_and_the_heads_of_embedded_objects(client: httpx.AsyncClient) -> None:
    whole = {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"e": whole}}}}
    await serve(client, version(schema={"openAPIV3Schema": schema}, subresources={"status": {}, **SCALE}))
    accept = {"accept": "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"}
    groups = (await client.get("/apis", headers=accept)).json()["items"]
    found = next(each for each in groups if each["metadata"]["name"] == "x.example.com")["versions"][0]["resources"][0]
    own = {"group": "x.example.com", "version": "v1", "kind": "Foo"}
    assert found["responseKind"] == own
    assert [(each["subresource"], each["responseKind"]) for each in found["subresources"]] == [
        ("status", own),
        ("scale", {"group": "autoscaling", "version": "v1", "kind": "Scale"}),
    ]
    document = (await client.get("/openapi/v3/apis/x.example.com/v1")).json()["components"]["schemas"]
    embedded = document["com.example.x.v1.Foo"]["properties"]["spec"]["properties"]["e"]
    assert embedded["required"] == ["kind", "apiVersion"]
    assert set(embedded["properties"]) == {"apiVersion", "kind", "metadata"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (
            '{"apiVersion":1,"kind":"Foo"}',
            "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field "
            '.apiVersion of type string ({"apiVersion":1,"kind":"Foo"})',
        ),
        ("null", "Object 'Kind' is missing in 'null' (6e756c6c)"),
    ],
)
async def test_bodies_that_do_not_say_what_they_are(client: httpx.AsyncClient, body: str, why: str) -> None:
    await serve(client, version())
    found = await client.post(FOOS, content=body, headers={"content-type": "application/json"})
    message = f"the object provided is unrecognized (must be of type Foo): {why}"
    assert (found.status_code, found.json()["message"]) == (400, message)


async def test_bodies_of_another_version(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    expected = "does not match the expected API version (x.example.com/v1)"
    wanted: list[tuple[str, str, str, bool]] = [
        ("x.example.com/v9", "", f"the API version in the data (x.example.com/v9) {expected}", True),
        (
            "x.example.com/v9",
            "Strict",
            'Foo in version "v9" cannot be handled as a Foo: strict decoding error: unknown field "spec"',
            False,
        ),
        ("apps/v1", "Strict", f"the API version in the data (apps/v1) {expected}", False),
        ("x/y/z", "", "the object provided is unrecognized (must be of type Foo): unexpected GroupVersion", False),
    ]
    for said, strict, why, warned in wanted:
        params = {"fieldValidation": strict} if strict else {}
        answer = await client.post(FOOS, json={**foo(spec={"a": "b"}), "apiVersion": said}, params=params)
        assert (answer.status_code, answer.json()["message"][: len(why)]) == (400, why)
        assert ("warning" in answer.headers) == warned


async def test_keys_that_stand_twice_in_yaml_are_each_warned_of(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    text = "apiVersion: x.example.com/v1\nkind: Foo\nmetadata:\n  name: two\nspec:\n  a: b\n  a: c\n"
    yaml = {"content-type": "application/yaml"}
    made = await client.post(FOOS, content=text, headers=yaml)
    assert (made.status_code, made.headers["warning"]) == (201, '299 - "line 7: key \\"a\\" already set in map"')
    strict = await client.post(FOOS, params={"fieldValidation": "Strict"}, content=text, headers=yaml)
    assert strict.json()["message"].endswith('yaml: unmarshal errors:\n  line 7: key "a" already set in map')


async def test_an_empty_schema_is_one_that_lacks_its_type(client: httpx.AsyncClient) -> None:
    empty = await client.post(CRDS, json=definition(version(schema={"openAPIV3Schema": {}})))
    none = await client.post(CRDS, json=definition(version(schema={})))
    assert [each.json()["details"]["causes"][0]["field"] for each in (empty, none)] == [
        "spec.validation.openAPIV3Schema.type",
        "spec.versions[0].schema.openAPIV3Schema",
    ]


async def test_whole_numbers_are_judged_by_how_they_were_written_where_bounds_are_fractions(
    client: httpx.AsyncClient,
) -> None:
    half = {"type": "number", "multipleOf": 0.5}
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": {"n": half}}}}
    await serve(client, version(schema={"openAPIV3Schema": schema}))
    text = '{"apiVersion":"x.example.com/v1","kind":"Foo","metadata":{"name":"a"},"spec":{"n":%s}}'
    json = {"content-type": "application/json"}
    made = await client.post(FOOS, content=text % "1.0", headers=json)
    assert made.status_code == 201
    assert '"n":1}' in made.text
    refused = await client.post(FOOS, content=text % "1", headers=json)
    assert refused.json()["message"] == (
        'Foo.x.example.com "a" is invalid: spec.n: Invalid value: 0: factor MultipleOf declared for spec.n must be '
        "positive: 0"
    )


async def test_a_name_that_is_free_again_goes_to_who_asked_first(client: httpx.AsyncClient) -> None:
    holder = definition(version())
    holder["spec"]["names"]["shortNames"] = ["fo"]
    assert (await client.post(CRDS, json=holder)).status_code == 201
    order = ["zoos", "moos", "boos", "aoos", "coos"]

    async def accepted(plural: str) -> str:
        found = (await client.get(f"{CRDS}/{plural}.x.example.com")).json()
        conditions = found["status"]["conditions"] or ()
        return next((each["status"] for each in conditions if each["type"] == "NamesAccepted"), "")

    for plural in order:
        names = {"plural": plural, "kind": plural.title(), "shortNames": ["fo"]}
        body = {**definition(version()), "metadata": {"name": f"{plural}.x.example.com"}}
        body["spec"] = {**body["spec"], "names": names}
        assert (await client.post(CRDS, json=body)).status_code == 201

        async def refused(plural: str = plural) -> bool:
            return await accepted(plural) == "False"

        await eventually(refused)
    for gone, heir in zip(["foos", *order], order, strict=False):
        assert (await client.delete(f"{CRDS}/{gone}.x.example.com")).status_code == 200

        async def inherited(heir: str = heir) -> bool:
            return await accepted(heir) == "True"

        await eventually(inherited)
        assert [each for each in order if each != gone and order.index(each) > order.index(heir)] == [
            each for each in order[order.index(heir) + 1 :] if await accepted(each) == "False"
        ]


@pytest.mark.parametrize(
    ("metadata", "code", "why"),
    [
        ({"name": "a"}, 422, 'kind: Invalid value: "Bar": must be Foo'),
        ({"name": "z"}, 400, "the name of the object (z) does not match the name on the URL (a)"),
        ({}, 400, "the name of the object (a based on URL) was undeterminable: name must be provided"),
    ],
)
async def test_what_replaces_an_object_has_its_name_before_its_kind(
    client: httpx.AsyncClient, metadata: dict[str, Any], code: int, why: str
) -> None:
    await serve(client, version())
    assert (await client.post(FOOS, json=foo())).status_code == 201
    answer = await client.put(f"{FOOS}/a", json={**foo(), "kind": "Bar", "metadata": metadata})
    assert answer.status_code == code
    assert answer.json()["message"].endswith(why)


async def test_custom_resources_are_found_by_ranges_of_media_types(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    for path in (FOOS, "/apis/x.example.com/v1", "/apis/x.example.com", "/apis"):
        for accept, code in (("application/*", 200), ("text/html", 406), ("text/html, */*", 200)):
            answer = await client.get(path, headers={"accept": accept})
            assert (path, accept, answer.status_code) == (path, accept, code)
            if code == 406:
                assert answer.json()["message"].startswith("only the following media types are accepted: ")
    assert (await client.get("/apis/apps/v1", headers={"accept": "application/*"})).status_code == 406
    sent = await client.post(FOOS, content=b"x", headers={"content-type": "text/plain"})
    assert (sent.status_code, sent.json()["message"]) == (
        415,
        "the body of the request was in an unknown format - accepted media types include: application/json, "
        "application/yaml, application/vnd.kubernetes.protobuf",
    )


async def test_nothing_new_gets_in_once_the_end_of_its_definition_is_seen(client: httpx.AsyncClient) -> None:
    await serve(client, version())
    server = client._transport.app  # type: ignore[attr-defined]
    resource = server.resources.by_path[("x.example.com", "v1", "foos")]
    refused: list[bool] = []

    def seen(change: Any) -> None:
        if change.new is not None and b"deletionTimestamp" in change.new.wire:
            try:
                resource.check_new("late")
            except StatusError as error:
                refused.append(error.code == 403)
            else:
                refused.append(False)

    server.resources.by_type[CustomResourceDefinition].cache.listeners.append(seen)
    await client.delete(DEFINITION)

    async def gone() -> bool:
        return (await client.get(DEFINITION)).status_code == 404

    await eventually(gone)
    assert refused and all(refused)
