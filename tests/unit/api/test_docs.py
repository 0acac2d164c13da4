"""Every type and field that OpenAPI publishes says what it is for, and no sentence is about something that is not."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from apiserver.openapi import v2, v2_protobuf, v3
from apiserver.openapi.types import type_of_kind
from minik8s.api import docs, scheme
from minik8s.api.docs import documentation_of, shared
from minik8s.api.fields import Struct, fields_of
from minik8s.api.objects import ListObject

SHORTEST, LONGEST = 40, 160
VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
SUBRESOURCES = [
    ("v1", "pods/eviction", "policy", "v1", "Eviction"),
    ("v1", "replicationcontrollers/scale", "autoscaling", "v1", "Scale"),
    ("v1", "serviceaccounts/token", "authentication.k8s.io", "v1", "TokenRequest"),
    ("apps/v1", "deployments/scale", "autoscaling", "v1", "Scale"),
]


def resource_lists() -> list[dict[str, Any]]:
    """Discovery of every resource the scheme knows."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in scheme.RESOURCES:
        listed = found.setdefault(each.group_version, [])
        listed.append({"name": each.plural, "kind": each.kind, "namespaced": each.namespaced, "verbs": VERBS})
    for place, name, group, version, kind in SUBRESOURCES:
        entry = {"name": name, "kind": kind, "namespaced": True, "verbs": ["create", "get", "patch", "update"]}
        found[place].append({**entry, "group": group, "version": version})
    return [{"groupVersion": group_version, "resources": listed} for group_version, listed in found.items()]


LISTS = resource_lists()


def modules() -> list[str]:
    prefix = docs.__name__ + "."
    walked = pkgutil.walk_packages(docs.__path__, prefix)
    return [each.name.removeprefix(prefix) for each in walked if not each.ispkg and each.name != shared.__name__]


def model(module: str) -> dict[str, type[Struct]]:
    found = vars(importlib.import_module(f"minik8s.api.{module}"))
    return {name: cls for name, cls in found.items() if isinstance(cls, type) and issubclass(cls, Struct)}


def undescribed(schemas: dict[str, Any], *, bare: bool) -> list[str]:
    """What of these definitions lacks a description; `bare` excuses references with nothing beside them."""
    missing = [name for name, schema in schemas.items() if not schema.get("description")]
    for name, schema in schemas.items():
        for key, found in schema.get("properties", {}).items():
            if not found.get("description") and not (bare and set(found) == {"$ref"}):
                missing.append(f"{name}.{key}")
    return missing


@pytest.mark.parametrize("listed", LISTS, ids=[each["groupVersion"] for each in LISTS])
def test_every_type_and_field_of_a_v3_document_is_described(listed: dict[str, Any]) -> None:
    document = v3.document(listed, "v1.36.0", type_of_kind)
    assert len(document["components"]["schemas"]) > 10
    assert undescribed(document["components"]["schemas"], bare=True) == []


def test_every_type_and_field_of_the_v2_document_is_described() -> None:
    document = v2.document(LISTS, "v1.36.0", type_of_kind)
    assert len(document["definitions"]) > 500
    assert undescribed(document["definitions"], bare=False) == []
    said = document["definitions"]["io.k8s.api.core.v1.Container"]["properties"]["imagePullPolicy"]["description"]
    assert said.encode() in v2_protobuf.encode(document)


def test_a_v3_reference_is_described_beside_it_not_in_it() -> None:
    (core,) = [each for each in LISTS if each["groupVersion"] == "v1"]
    pod = v3.document(core, "v1.36.0", type_of_kind)["components"]["schemas"]["io.k8s.api.core.v1.Pod"]
    spec = pod["properties"]["spec"]
    said = documentation_of(scheme.type_of(scheme.resource_for_kind("v1", "Pod")))[1]["spec"]  # type: ignore[arg-type]
    assert spec == {
        "allOf": [{"$ref": "#/components/schemas/io.k8s.api.core.v1.PodSpec"}],
        "default": {},
        "description": said,
    }


def test_every_served_kind_and_what_it_is_made_of_is_documented() -> None:
    todo: list[Any] = [scheme.type_of(resource) for resource in scheme.RESOURCES]
    seen: set[Any] = set()
    missing = []
    while todo:
        each = todo.pop()
        if not (isinstance(each, type) and issubclass(each, Struct)):
            todo += getattr(each, "__args__", ())
            continue
        if each in seen:
            continue
        seen.add(each)
        text, said = documentation_of(each)
        missing += [each.__name__] if not text else []
        missing += [f"{each.__name__}.{field.json}" for field in fields_of(each) if not said.get(field.json)]
        todo += [field.type for field in fields_of(each)]
    assert missing == []
    assert len(seen) > 450


@pytest.mark.parametrize("module", modules())
def test_every_sentence_is_about_something_that_exists(module: str) -> None:
    types = model(module)
    for name, (_, fields) in importlib.import_module(f"minik8s.api.docs.{module}").DOCS.items():
        assert name in types, f"no such type: {name}"
        assert types[name].__module__ == f"minik8s.api.{module}"
        unknown = set(fields) - {field.json for field in fields_of(types[name])}
        assert not unknown, f"{name} has no field {sorted(unknown)}"


@pytest.mark.parametrize("module", [*modules(), "shared"])
def test_sentences_are_short_and_whole(module: str) -> None:
    if module == "shared":
        said = [shared.API_VERSION, shared.KIND, shared.METADATA, shared.LIST_METADATA, shared.ITEMS]
        said += [*shared.VALUES.values(), *shared.WATCH_EVENT.values()]
    else:
        entries = importlib.import_module(f"minik8s.api.docs.{module}").DOCS.values()
        said = [text for type_text, fields in entries for text in (type_text, *fields.values())]
    for sentence in said:
        assert SHORTEST <= len(sentence) <= LONGEST, f"{len(sentence)} characters: {sentence}"
        assert sentence[0].isupper() or not sentence[0].isalpha(), sentence
        assert sentence.endswith(".") and "  " not in sentence and sentence == sentence.strip(), sentence
        assert sentence.isascii(), sentence


def test_lists_need_no_words_of_their_own() -> None:
    pods = type_of_kind("v1", "PodList")
    assert pods is not None and issubclass(pods, ListObject)
    text, said = documentation_of(pods)
    assert "Pod objects" in text
    assert set(said) == {"apiVersion", "kind", "metadata", "items"}


def test_a_server_that_publishes_nothing_reads_no_sentences() -> None:
    script = "import sys, apiserver.openapi.serving; print(*(m for m in sys.modules if '.api.docs' in m))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert sorted(loaded) == ["minik8s.api.docs", "minik8s.api.docs.shared"]


def test_a_type_without_documentation_is_published_bare() -> None:
    class Unknown(Struct):
        name: str = ""

    assert documentation_of(Unknown) == ("", {})
    assert msgspec.json.encode(Unknown()) == b"{}"
