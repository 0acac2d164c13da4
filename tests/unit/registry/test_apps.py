"""Workloads of the apps group: what is filled in, refused, and kept as it is."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.registry import Kind, template

DEPLOYMENTS = Kind("apps/v1", "deployments")
REPLICA_SETS = Kind("apps/v1", "replicasets")
STATEFUL_SETS = Kind("apps/v1", "statefulsets")
DAEMON_SETS = Kind("apps/v1", "daemonsets")
REVISIONS = Kind("apps/v1", "controllerrevisions")
ALL = (DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS, DAEMON_SETS)


def workload(**spec: Any) -> dict[str, Any]:
    return {"spec": {"selector": {"matchLabels": {"app": "a"}}, "template": template(app="a"), **spec}}


def test_a_deployment_is_filled_in() -> None:
    found, errors = DEPLOYMENTS.create(workload())
    assert errors == []
    spec = found["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}}
    assert found["metadata"]["generation"] == 1
    recreated, errors = DEPLOYMENTS.create(workload(strategy={"type": "Recreate"}))
    assert (recreated["spec"]["strategy"], errors) == ({"type": "Recreate"}, [])


@pytest.mark.parametrize(
    ("spec", "messages"),
    [
        ({"replicas": -1}, ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"]),
        ({"selector": {}}, ["spec.selector: Invalid value: {}: empty selector is invalid for deployment"]),
        (
            {"selector": {"matchLabels": {"app": "b"}}},
            ['spec.template.metadata.labels: Invalid value: {"app":"a"}: `selector` does not match template `labels`'],
        ),
        (
            {"strategy": {"type": "Recreate", "rollingUpdate": {}}},
            [
                "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
            ],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": "0%"}}},
            ["spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"],
        ),
        (
            {"strategy": {"rollingUpdate": {"maxUnavailable": "101%"}}},
            ['spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%'],
        ),
        (
            {"progressDeadlineSeconds": 5, "minReadySeconds": 5},
            ["spec.progressDeadlineSeconds: Invalid value: 5: must be greater than minReadySeconds"],
        ),
    ],
)
def test_a_bad_deployment_is_refused(spec: dict[str, Any], messages: list[str]) -> None:
    assert DEPLOYMENTS.create(workload(**spec))[1] == messages


@pytest.mark.parametrize("kind", [DEPLOYMENTS, REPLICA_SETS, DAEMON_SETS])
def test_the_selector_stays(kind: Kind) -> None:
    stored = kind.stored(workload())
    change = {"spec": {"selector": {"matchLabels": {"b": "c"}}, "template": {"metadata": {"labels": {"b": "c"}}}}}
    _, errors = kind.update(stored, change)
    assert errors == ['spec.selector: Invalid value: {"matchLabels":{"app":"a","b":"c"}}: field is immutable']


@pytest.mark.parametrize("kind", ALL)
def test_a_changed_spec_is_a_new_generation_and_the_status_has_its_own_endpoint(kind: Kind) -> None:
    stored = kind.stored(workload())
    changed, errors = kind.update(stored, {"spec": {"minReadySeconds": 3}, "status": {"observedGeneration": 9}})
    assert (errors, changed["metadata"]["generation"]) == ([], 2)
    assert "observedGeneration" not in changed["status"]
    changed, errors = kind.update(
        stored, {"spec": {"minReadySeconds": 3}, "status": {"observedGeneration": 1}}, "status"
    )
    assert (errors, changed["metadata"]["generation"], changed["status"]["observedGeneration"]) == ([], 1, 1)
    assert "minReadySeconds" not in changed["spec"]


def test_annotations_of_a_deployment_count_as_a_change() -> None:
    stored = DEPLOYMENTS.stored(workload())
    change = {"metadata": {"annotations": {"a": "b"}}}
    assert DEPLOYMENTS.update(stored, change)[0]["metadata"]["generation"] == 2
    assert REPLICA_SETS.update(REPLICA_SETS.stored(workload()), change)[0]["metadata"]["generation"] == 1


@pytest.mark.parametrize("kind", [DEPLOYMENTS, REPLICA_SETS])
def test_counts_of_a_status_fit_each_other(kind: Kind) -> None:
    stored = kind.stored(workload())
    _, errors = kind.update(stored, {"status": {"replicas": 1, "readyReplicas": 2, "availableReplicas": -1}}, "status")
    assert errors == [
        "status.availableReplicas: Invalid value: -1: must be greater than or equal to 0",
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas",
    ]


def test_a_daemon_set_is_filled_in_and_counts_its_template() -> None:
    stored = DAEMON_SETS.stored(workload())
    assert stored["spec"]["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
    }
    key = "deprecated.daemonset.template.generation"
    assert stored["metadata"]["annotations"][key] == "1"
    changed, _ = DAEMON_SETS.update(stored, {"spec": {"template": {"metadata": {"labels": {"b": "c"}}}}})
    assert changed["metadata"]["annotations"][key] == "2"
    changed, _ = DAEMON_SETS.update(stored, {"spec": {"minReadySeconds": 1}, "metadata": {"annotations": None}})
    assert changed["metadata"]["annotations"][key] == "1"


@pytest.mark.parametrize(
    ("rolling", "message"),
    [
        (
            {"maxUnavailable": 0},
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
        ),
        (
            {"maxUnavailable": 1, "maxSurge": 1},
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: may not be set when maxUnavailable is "
            "non-zero",
        ),
    ],
)
def test_a_daemon_set_surges_or_tears_down(rolling: dict[str, Any], message: str) -> None:
    assert DAEMON_SETS.create(workload(updateStrategy={"rollingUpdate": rolling}))[1] == [message]


def test_a_stateful_set_is_filled_in() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
    claim["spec"]["resources"] = {"requests": {"storage": "1Gi"}}  # type: ignore[index]
    document = workload(volumeClaimTemplates=[claim])
    document["spec"]["template"]["spec"]["containers"][0]["volumeMounts"] = [{"name": "data", "mountPath": "/d"}]
    found, errors = STATEFUL_SETS.create(document)
    assert errors == []
    spec = found["spec"]
    assert spec["updateStrategy"] == {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}
    assert spec["persistentVolumeClaimRetentionPolicy"] == {"whenDeleted": "Retain", "whenScaled": "Retain"}
    assert spec["podManagementPolicy"] == "OrderedReady"
    assert spec["volumeClaimTemplates"][0]["status"] == {"phase": "Pending"}
    assert spec["volumeClaimTemplates"][0]["spec"]["volumeMode"] == "Filesystem"


def test_little_of_a_stateful_set_changes() -> None:
    stored = STATEFUL_SETS.stored(workload())
    _, errors = STATEFUL_SETS.update(stored, {"spec": {"serviceName": "y"}})
    assert errors == [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
        "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
        "forbidden"
    ]
    assert STATEFUL_SETS.update(stored, {"spec": {"replicas": 4, "ordinals": {"start": 2}}})[1] == []


@pytest.mark.parametrize("kind", ALL)
def test_pods_that_run_for_good_restart_always(kind: Kind) -> None:
    document = workload()
    document["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    assert kind.create(document)[1] == [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"'
    ]


def test_a_revision_keeps_its_data() -> None:
    assert REVISIONS.create({"revision": 1, "data": None})[1] == REVISIONS.create({"revision": 1})[1]
    assert REVISIONS.create({"revision": 1})[1] == ["data: Required value: data is mandatory"]
    assert REVISIONS.create({"revision": 1, "data": [1]})[1] == [
        "data: Required value: data must be a valid JSON object"
    ]
    stored = REVISIONS.stored({"revision": 1, "data": {"a": 1}})
    assert REVISIONS.update(stored, {"data": None})[1] == ["data: Invalid value: null: field is immutable"]
    assert REVISIONS.update(stored, {"revision": 2})[1] == []
    assert REVISIONS.update(stored, {"data": {"a": 2}})[1] == ['data: Invalid value: {"a":2}: field is immutable']


def test_claims_and_the_service_of_a_stateful_set_must_make_sense_at_first() -> None:
    claim = {"metadata": {"name": "data"}, "spec": {"resources": {"requests": {"storage": "1Gi"}}}}
    assert STATEFUL_SETS.create(workload(volumeClaimTemplates=[claim]))[1] == [
        "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required"
    ]
    _, errors = STATEFUL_SETS.create(workload(serviceName="A_b"))
    assert len(errors) == 1
    assert errors[0].startswith('spec.serviceName: Invalid value: "A_b": a lowercase RFC 1123 label must consist of')


def _claim(name: str) -> dict[str, Any]:
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    return {"metadata": {"name": name}, "spec": spec}


def test_pods_of_a_stateful_set_have_a_volume_for_each_claim_and_names_of_their_own() -> None:
    assert STATEFUL_SETS.create(workload(volumeClaimTemplates=[_claim("data"), _claim("data")]))[1] == []
    _, errors = STATEFUL_SETS.create(workload(volumeClaimTemplates=[_claim("")]))
    assert set(errors) == {
        "spec.template.spec.volumes[0].name: Required value",
        "spec.template.spec.volumes[0].persistentVolumeClaim.claimName: Required value",
    }
    named = template(app="a")
    named["spec"] |= {"hostname": "Bad!", "subdomain": "Bad!"}
    assert STATEFUL_SETS.create(workload(template=named))[1] == []


def test_labels_of_a_stateful_sets_template_are_judged_twice() -> None:
    _, errors = STATEFUL_SETS.create(
        workload(template={**template(app="a"), "metadata": {"labels": {"app": "a", "/": ""}}})
    )
    assert len(errors) == 2 * len(set(errors)) > 0


def test_one_pod_of_a_stateful_set_is_replaced_after_the_other() -> None:
    rolling = {"updateStrategy": {"rollingUpdate": {"maxUnavailable": 2}}}
    stored = STATEFUL_SETS.stored(workload(**rolling))
    assert stored["spec"]["updateStrategy"]["rollingUpdate"] == {"partition": 0}
    assert STATEFUL_SETS.update(stored, {"spec": rolling})[0]["spec"] == stored["spec"]


def test_an_unknown_way_to_update_a_daemon_set_is_quoted_whole() -> None:
    _, errors = DAEMON_SETS.create(workload(updateStrategy={"type": "x"}))
    quoted = '{"Type":"x","RollingUpdate":null}'
    told = f'spec.updateStrategy: Unsupported value: {quoted}: supported values: "RollingUpdate", "OnDelete"'
    assert errors == [told]


def test_a_daemon_sets_selector_is_the_first_thing_wrong() -> None:
    stored = DAEMON_SETS.stored(workload())
    _, errors = DAEMON_SETS.update(stored, {"spec": {"selector": {"matchLabels": {"app": "b"}}}})
    assert [error.partition(":")[0] for error in errors] == ["spec.selector", "spec.template.metadata.labels"]


def test_writing_a_daemon_set_writes_its_generation() -> None:
    made: Any = DAEMON_SETS.cls()
    DAEMON_SETS.strategy.default(made, DAEMON_SETS.request)
    assert made.metadata.annotations == {"deprecated.daemonset.template.generation": "0"}
