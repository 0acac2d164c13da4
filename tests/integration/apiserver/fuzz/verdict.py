"""What an answer to a bad request may be. A 500 is only what a kube-apiserver 1.36 answers too, each named here."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

from tests.integration.apiserver.fuzz.server import Answer, Running

STRATEGIC = "application/strategic-merge-patch+json"
APPLY = "application/apply-patch+yaml"


class Excuse(NamedTuple):
    """A 500 of Kubernetes: where it comes from, the whole message, and a request that brings it about.

    `media` is the content type of a PATCH, or the method of another request.
    """

    name: str
    media: str
    message: str
    body: str
    shown: str
    target: str = "/api/v1/namespaces/default/pods/a?dryRun=All&fieldManager=m"


_GO = r"(?:\[\]interface \{\}|map\[string\]interface \{\}|string|bool|int64|float64|%!s\(<nil>\))"
_ANY = {"a node without an address": ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")}
EXCUSES = (
    Excuse(
        "an item without its key", STRATEGIC, r"map: map\[.*\] does not contain declared merge key: \w+",
        '{"spec":{"containers":[{"image":"x"}]}}', "map: map[image:x] does not contain declared merge key: name",
    ),
    Excuse(
        "a directive nobody knows", STRATEGIC, r"unknown patch type: .* in map: map\[.*\]",
        '{"metadata":{"$patch":"merge","a":1.5e7}}', "unknown patch type: merge in map: map[$patch:merge a:1.5e+07]",
    ),
    Excuse(
        "something else than a list", STRATEGIC, rf"expected a {_GO}, but received a {_GO}",
        '{"spec":{"$setElementOrder/containers":7}}', "expected a []interface {}, but received a int64",
    ),
    Excuse(
        "items of several types", STRATEGIC, r"list element types are not identical: \[.*\]",
        '{"spec":{"tolerations":[],"containers":["a",1]}}', "",
    ),
    Excuse(
        "a list nobody has", STRATEGIC, r'unable to find api field in struct \w+ for the json field ".*"',
        '{"spec":{"$setElementOrder/none":[]}}',
        'unable to find api field in struct PodSpec for the json field "none"',
    ),
    Excuse(
        "a field that is no list", STRATEGIC, r"expected slice or array type, but got: (?:struct|ptr)",
        '{"spec":{"$setElementOrder/priorityClassName":[]}}', "expected slice or array type, but got: struct",
    ),
    Excuse(
        "lists in a map of strings", STRATEGIC,
        r"merging an object in json but data type is not struct, instead is: \w+",
        '{"metadata":{"labels":{"$setElementOrder/x":[]}}}',
        "merging an object in json but data type is not struct, instead is: map",
    ),
    Excuse(
        "an order without a list", STRATEGIC, "no elements in any of the given slices",
        '{"spec":{"$setElementOrder/hostAliases":[],"hostAliases":[]}}', "no elements in any of the given slices",
    ),
    Excuse(
        "an order of no items", STRATEGIC, r"value for key \d+ is not a map",
        '{"spec":{"$setElementOrder/containers":["b"]}}', "value for key 0 is not a map",
    ),
    Excuse(
        "another order", STRATEGIC,
        r"The order in patch list:\n\[.*\]\n doesn't match \$setElementOrder list:\n\[.*\]\n",
        '{"spec":{"$setElementOrder/containers":[{"name":"b"}],"containers":[{"name":"a"}]}}',
        "The order in patch list:\n[map[name:a]]\n doesn't match $setElementOrder list:\n[map[name:b]]\n",
    ),
    Excuse(
        "merging a list", STRATEGIC, "merging lists cannot yet be specified in the patch",
        '{"spec":{"containers":[{"name":"a","$patch":"merge"}]}}',
        "merging lists cannot yet be specified in the patch",
    ),
    Excuse(
        "items without a key to be merged by", STRATEGIC, r"cannot merge lists without merge key for \w+",
        '{"spec":{"$deleteFromPrimitiveList/tolerations":[{"key":"x"}]}}',
        "cannot merge lists without merge key for struct",
    ),
    Excuse(
        "a configuration of another shape", APPLY,
        r"failed to create typed patch object \(.*; .*, Kind=\w+\): .*",
        '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a"},"spec":{"none":1}}',
        "failed to create typed patch object (/a; /v1, Kind=Pod): .spec.none: field not declared in schema",
    ),
    Excuse(
        "no resource version", "PUT", r'strconv\.ParseUint: parsing ".*": (?:invalid syntax|value out of range)',
        '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"a","resourceVersion":"x"}}',
        'strconv.ParseUint: parsing "x": invalid syntax',
    ),
    Excuse(
        "a watch from nowhere", "GET",
        r'resourceVersion: Invalid value: ".*": strconv\.ParseUint: parsing ".*": (?:invalid|value) .*',
        "", 'resourceVersion: Invalid value: "x": strconv.ParseUint: parsing "x": invalid syntax',
        "/api/v1/pods?watch=1&resourceVersion=x",
    ),
    Excuse(
        "a binding to nowhere", "POST", r"\[?target\.(?:kind|name): (?:Required|Unsupported) value.*",
        '{"metadata":{"name":"a"},"target":{}}', "target.name: Required value",
        "/api/v1/namespaces/default/pods/a/binding",
    ),
    Excuse(
        "a node without an address", "GET", r"no preferred addresses found; known addresses: \[\]",
        "", "no preferred addresses found; known addresses: []", "/api/v1/nodes/a/proxy/",
    ),
)  # fmt: skip


def excused(answer: Answer, media: str) -> str:
    """The name of the excuse a 500 has, "" where it has none."""
    if media == "HEAD":
        return "a body nobody sees"  # what the server did not mean to answer is in its log
    if b"application/json" not in answer.head.lower():
        # In another encoding its text still says it all.
        text = answer.body.decode("utf-8", "replace")
        return next((e.name for e in EXCUSES if e.media == media and re.search(e.message, text, re.DOTALL)), "")
    status = json.loads(answer.body)
    bare = {key for key, value in status.items() if value} == {"kind", "apiVersion", "status", "message", "code"}
    if not bare or status["status"] != "Failure":
        return ""
    for excuse in EXCUSES:
        if media in (excuse.media, *_ANY.get(excuse.name, ())) and re.fullmatch(
            excuse.message, status["message"], re.DOTALL
        ):
            return excuse.name
    return ""


def fine(server: Running, answer: Answer, media: str, *about: object, unreachable: bool = False) -> None:
    """Fails where the server did, of itself or by not answering.

    `media` is the content type of a PATCH or the method; `unreachable` that there may be nobody to pass it on to.
    """
    errors = server.taken_errors()
    assert not errors, (errors, about)
    if answer.code == 500:
        assert excused(answer, media), (answer, media, about)
    elif answer.code > 500:
        # Nobody there to pass it on to; out of the time the client itself gave; a version of the future.
        timely = b"timeout=" in b"".join(each for each in about if isinstance(each, bytes))
        timely = timely or b"Too large resource version" in answer.body
        assert (answer.code == 503 and unreachable) or (answer.code == 504 and timely), (answer, about)
    else:
        assert 101 <= answer.code < 500, (answer, about)
    if answer.code >= 400 and answer.body and b"application/json" in answer.head.lower():
        status = json.loads(answer.body)
        assert status["kind"] == "Status" and status["code"] == answer.code, (answer, about)
