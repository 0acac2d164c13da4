"""APIServices, and the priority of requests."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver.fairness import bootstrap
from tests.support.registry import Kind

SERVICES = Kind("apiregistration.k8s.io/v1", "apiservices")
FLOW = "flowcontrol.apiserver.k8s.io/v1"
SCHEMAS = Kind(FLOW, "flowschemas")
LEVELS = Kind(FLOW, "prioritylevelconfigurations")


def api_service(**spec: Any) -> dict[str, Any]:
    base = {"group": "a.example.com", "version": "v1", "groupPriorityMinimum": 100, "versionPriority": 10}
    return {"metadata": {"name": "v1.a.example.com"}, "spec": {**base, **spec}}


def test_what_this_server_serves_is_available() -> None:
    found, errors = SERVICES.create(api_service())
    assert errors == []
    assert [(each["type"], each["reason"]) for each in found["status"]["conditions"]] == [("Available", "Local")]
    found, errors = SERVICES.create(api_service(service={"name": "s", "namespace": "n"}))
    assert (errors, found["spec"]["service"]["port"], found["status"]) == ([], 443, {})


def test_a_bad_service_is_refused() -> None:
    bad = {"metadata": {"name": "foo"}, "spec": {"group": "a.b", "version": "v1", "insecureSkipTLSVerify": True}}
    assert SERVICES.create(bad)[1] == [
        'metadata.name: Invalid value: "foo": must be `spec.version+"."+spec.group`: "v1.a.b"',
        "spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000",
        "spec.versionPriority: Invalid value: 0: must be positive and less than 1000",
        "spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify",
    ]


def test_a_schema_is_filled_in_and_checked() -> None:
    level = {"priorityLevelConfiguration": {"name": "global-default"}}
    found, errors = SCHEMAS.create({"spec": level})
    assert (errors, found["spec"]["matchingPrecedence"], found["metadata"]["generation"]) == ([], 1000, 1)
    rule = {"subjects": [{"kind": "User", "group": {"name": "g"}}], "nonResourceRules": [{"verbs": ["get", "*"]}]}
    assert SCHEMAS.create({"spec": {**level, "rules": [rule]}})[1] == [
        "spec.rules[0].subjects[0].user: Required value: user is required when subject kind is 'User'",
        "spec.rules[0].subjects[0].group: Forbidden: group is forbidden when subject kind is not 'Group'",
        'spec.rules[0].nonResourceRules[0].verbs: Invalid value: ["get","*"]: if \'*\' is present, must not specify '
        "other verbs",
        "spec.rules[0].nonResourceRules[0].nonResourceURLs: Required value: nonResourceURLs must contain at least one "
        "value",
    ]


def limited(**queuing: int) -> dict[str, Any]:
    return {"spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Queue", "queuing": queuing}}}}


@pytest.mark.parametrize(
    ("document", "messages"),
    [
        (limited(), []),
        (
            limited(queues=4, handSize=5),
            ["spec.limited.limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)"],
        ),
        (
            limited(queues=1024, handSize=8),
            [
                "spec.limited.limitResponse.queuing.handSize: Invalid value: 8: required entropy bits of deckSize 1024 "
                "and handSize 8 should not be greater than 60"
            ],
        ),
        (
            {"spec": {"type": "Exempt"}},
            ["spec.type: Invalid value: \"Exempt\": must be 'Exempt' if and only if `name` is 'exempt'"],
        ),
    ],
)
def test_levels(document: dict[str, Any], messages: list[str]) -> None:
    assert LEVELS.create(document)[1] == messages


def test_what_the_server_begins_with_is_valid_and_what_it_needs_is_fixed() -> None:
    for schema in bootstrap.flow_schemas():
        assert SCHEMAS.strategy.validate(schema, SCHEMAS.request) == [], schema.metadata.name
    for level in bootstrap.priority_levels():
        assert LEVELS.strategy.validate(level, LEVELS.request) == [], level.metadata.name
    other = {"metadata": {"name": "catch-all"}, **limited()}
    assert LEVELS.create(other)[1][0].endswith("spec of 'catch-all' must equal the fixed value")


def test_the_exempt_level_lends_what_it_is_told_or_nothing() -> None:
    exempt, errors = LEVELS.create({"metadata": {"name": "exempt"}, "spec": {"type": "Exempt"}})
    assert (errors, exempt["spec"]) == ([], {"type": "Exempt"})
    lending, errors = LEVELS.create({"metadata": {"name": "exempt"}, "spec": {"type": "Exempt", "exempt": {}}})
    assert (errors, lending["spec"]["exempt"]) == ([], {"nominalConcurrencyShares": 0, "lendablePercent": 0})


def test_a_schema_says_what_its_lists_hold() -> None:
    rule = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["a b"]}
    subject = {"kind": "User", "user": {"name": "u"}}
    spec = {
        "priorityLevelConfiguration": {"name": "x"},
        "distinguisherMethod": {"type": "y"},
        "rules": [{"subjects": [subject], "resourceRules": [rule]}],
    }
    errors = SCHEMAS.create({"spec": spec})[1]
    assert errors[0] == (
        'spec.distinguisherMethod.type: Unsupported value: {"Type":"y"}: supported values: "ByNamespace", "ByUser"'
    )
    assert errors[1].startswith(
        'spec.rules[0].resourceRules[0].namespaces[0]: Invalid value: "a b": '
        "each member of this list must be '*' or a DNS-1123 label; a lowercase RFC 1123 label"
    )
