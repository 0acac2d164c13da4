from __future__ import annotations

import gzip
import json
import uuid
from pathlib import Path

import pytest

from apiserver.audit.event import COMPLETE, STARTED, Event
from apiserver.audit.log_file import AuditLogError, LogFile
from apiserver.audit.policy import Policy, PolicyError
from apiserver.audit.record import Auditor, audit_id, source_ips
from apiserver.auth.protocols import Attributes, User
from minik8s.api.meta_v1 import Status

ALICE = User("alice", ("devs",), "7")

POLICY = """
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: None
  users: ["system:kube-proxy"]
  verbs: [watch]
  resources:
  - group: ""
    resources: [endpoints, services]
- level: None
  nonResourceURLs: ["/healthz*", "/version"]
- level: Request
  resources:
  - group: ""
    resources: [configmaps]
    resourceNames: [special]
- level: Metadata
  omitStages: [ResponseStarted]
  resources:
  - group: ""
    resources: [secrets, "*/exec"]
- level: RequestResponse
  omitManagedFields: true
  namespaces: [prod]
- level: Metadata
"""


class Collected:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def write(self, event: Event, omit_managed_fields: bool) -> None:
        self.events.append(event)


def asks(verb: str = "get", resource: str = "pods", namespace: str = "ns", user: User = ALICE, **more) -> Attributes:
    return Attributes(user, verb, namespace, "", "v1", resource, **more)


@pytest.mark.parametrize(
    ("attributes", "level"),
    [
        (asks("watch", "services", user=User("system:kube-proxy")), "None"),
        (asks("get", "services", user=User("system:kube-proxy")), "Metadata"),
        (Attributes(ALICE, "get", path="/healthz/etcd", resource_request=False), "None"),
        (Attributes(ALICE, "get", path="/version", resource_request=False), "None"),
        (Attributes(ALICE, "get", path="/versions", resource_request=False), "Metadata"),
        (asks(resource="configmaps", name="special"), "Request"),
        (asks(resource="configmaps", name="other"), "Metadata"),
        (asks(resource="pods", namespace="prod"), "RequestResponse"),
        (asks(resource="secrets", namespace="prod"), "Metadata"),
        (asks(resource="pods", subresource="exec", namespace="prod"), "Metadata"),
    ],
)
def test_first_rule_that_matches(attributes, level):
    assert Policy.parse(POLICY).treatment(attributes).level == level


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rules: [{level: Everything}]", "rules[0].level: 'Everything' is not one of None, Metadata"),
        ("rules: [{level: None, omitStages: [Never]}]", "rules[0].omitStages: 'Never'"),
        ("rules: []", "has no rules"),
        ("rules: [{level: None, nonResourceURLs: [/x], namespaces: [y]}]", "both regular resources and non-resource"),
        ("rules: [{level: None, nonResourceURLs: ['x*y']}]", "must begin with /"),
        ("kind: Pod\nrules: [{level: None}]", "is a Pod of"),
        ("rules: [{level: None, colour: red}]", "colour"),
        ("a: [", "is no YAML"),
    ],
)
def test_bad_policies(text, told):
    with pytest.raises(PolicyError) as caught:
        Policy.parse(text, "policy.yaml")
    assert told in str(caught.value)
    assert str(caught.value).startswith("policy.yaml")


def begin(sink: Collected, attributes: Attributes):
    auditor = Auditor(Policy.parse(POLICY), sink, now=lambda: "2026-01-02T03:04:05.000006Z")
    return auditor.begin(attributes, uri="/api/v1/x", identifier="id-1", addresses=["10.0.0.1"], user_agent="kubectl/1")


def test_a_whole_request():
    sink = Collected()
    record = begin(sink, asks("create", "pods", "prod"))
    assert record.wants_request
    record.annotate("authorization.k8s.io/decision", "allow")
    record.annotate("authorization.k8s.io/decision", "forbid")
    record.impersonated(User("bob"), "impersonate:user-info")
    record.request_object(b'{"kind":"Pod"}')
    record.response_object(b'{"kind":"Pod","metadata":{"name":"p"}}')
    record.about(name="p", uid="u")
    record.responded(201)
    record.stage(COMPLETE)
    (event,) = sink.events
    import msgspec

    written = json.loads(msgspec.json.encode(event))
    assert written == {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "RequestResponse",
        "auditID": "id-1",
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/x",
        "verb": "create",
        "user": {"username": "alice", "uid": "7", "groups": ["devs"]},
        "impersonatedUser": {"username": "bob"},
        "authenticationMetadata": {"impersonationConstraint": "impersonate:user-info"},
        "sourceIPs": ["10.0.0.1"],
        "userAgent": "kubectl/1",
        "objectRef": {"resource": "pods", "namespace": "prod", "name": "p", "uid": "u", "apiVersion": "v1"},
        "responseStatus": written["responseStatus"],
        "requestObject": {"kind": "Pod"},
        "responseObject": {"kind": "Pod", "metadata": {"name": "p"}},
        "requestReceivedTimestamp": "2026-01-02T03:04:05.000006Z",
        "stageTimestamp": "2026-01-02T03:04:05.000006Z",
        "annotations": {"authorization.k8s.io/decision": "allow"},
    }
    assert written["responseStatus"]["code"] == 201


def test_metadata_keeps_no_objects_and_stages_are_left_out():
    sink = Collected()
    record = begin(sink, asks("get", "secrets"))
    record.request_object(b"{}")
    record.response_object(b"{}")
    record.responded(403, Status(status="Failure", code=403, message="no"))
    record.stage(STARTED)
    record.stage(COMPLETE)
    (event,) = sink.events
    assert event.request_object is None
    assert event.response_object is None
    assert event.response_status.message == "no"


def test_patches_of_webhooks_are_told_where_objects_are():
    key, why = "patch.webhook.admission.k8s.io/round_0_index_0", "mutation.webhook.admission.k8s.io/round_0_index_0"
    for asked, expected in ((asks("create", "pods", "prod"), {key, why}), (asks("create", "secrets"), {why})):
        sink = Collected()
        record = begin(sink, asked)
        record.annotate_all({key: "{}", why: "{}"})
        record.stage(COMPLETE)
        assert set(sink.events[0].annotations) == expected


def test_nothing_is_written_of_what_the_policy_leaves_out():
    sink = Collected()
    record = begin(sink, Attributes(ALICE, "get", path="/version", resource_request=False))
    assert not record.enabled
    record.annotate("a", "b")
    record.responded(200)
    record.stage(COMPLETE)
    assert sink.events == []
    assert not Auditor(None, sink).begin(asks(), uri="/", identifier="x", addresses=[]).enabled


def test_failed_authentication():
    sink = Collected()
    nobody = asks("get", "pods", name="p", user=User(""))
    auditor = Auditor(Policy.parse(POLICY), sink)
    auditor.failed_authentication(nobody, uri="/api/v1/pods?x=1", identifier="id", addresses=["1.2.3.4"])
    (event,) = sink.events
    assert (event.stage, event.level, event.user.username) == ("ResponseStarted", "Metadata", "")
    assert event.object_ref.name == "p"
    assert (event.response_status.code, event.response_status.message) == (401, "Unauthorized")
    left_out = asks("get", "secrets", user=User(""))
    auditor.failed_authentication(left_out, uri="/", identifier="id", addresses=[])
    assert len(sink.events) == 1, "the policy leaves that stage out for secrets"


def test_identifiers_and_addresses():
    assert audit_id({"audit-id": "mine"}) == "mine"
    assert audit_id({"audit-id": "x" * 100}) == "x" * 100
    assert len(audit_id({})) == 36
    assert source_ips({"x-forwarded-for": "1.1.1.1, 2.2.2.2"}, "3.3.3.3") == ["1.1.1.1", "2.2.2.2", "3.3.3.3"]
    assert source_ips({"x-real-ip": "1.1.1.1"}, "1.1.1.1") == ["1.1.1.1"]
    assert source_ips({}, "1.1.1.1") == ["1.1.1.1"]


@pytest.mark.parametrize("body", [b'{"a":\n1}', b'{}\n{"kind":"Event"}', b"\xff{", b"[" * 5000])
def test_a_patch_is_one_line_of_the_log_whatever_it_says(body):
    import msgspec

    sink = Collected()
    record = begin(sink, asks("patch", "pods", "prod"))
    record.request_patch(body)
    record.stage(COMPLETE)
    line = msgspec.json.encode(sink.events[0])
    assert b"\n" not in line
    assert json.loads(line)["auditID"] == "id-1"


def test_an_answer_that_is_a_status_is_the_status():
    import msgspec

    sink = Collected()
    record = begin(sink, asks("delete", "secrets"))
    record.response_object(msgspec.json.encode(Status(status="Success")))
    record.responded(200)
    record.stage(COMPLETE)
    written = json.loads(msgspec.json.encode(sink.events[0]))
    assert written["responseStatus"] == {"metadata": {}, "status": "Success", "code": 200}
    assert "responseObject" not in written


def event(**more) -> Event:
    return Event(
        level="Metadata",
        audit_id="x",
        stage=COMPLETE,
        request_uri="/",
        verb="get",
        request_received_timestamp="t",
        stage_timestamp="t",
        **more,
    )


def test_log_file(tmp_path: Path):
    import msgspec

    path = tmp_path / "logs" / "audit.log"
    sink = LogFile(str(path))
    body = msgspec.Raw(b'{"kind":"Pod","metadata":{"name":"p","managedFields":[{"manager":"x"}]}}')
    sink.write(event(request_object=body), True)
    sink.write(event(request_object=body), False)
    sink.close()
    first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert first["requestObject"]["metadata"] == {"name": "p"}
    assert "managedFields" in second["requestObject"]["metadata"]
    assert path.stat().st_mode & 0o777 == 0o600
    again = LogFile(str(path))
    again.write(event(), False)
    again.close()
    assert len(path.read_text().splitlines()) == 3


@pytest.mark.parametrize("compress", [False, True])
def test_full_files_are_put_aside(tmp_path: Path, compress: bool):
    path = tmp_path / "audit.log"
    moment = [1767323045.0]

    def now() -> float:
        moment[0] += 1
        return moment[0]

    sink = LogFile(str(path), max_size=1, max_backups=2, compress=compress, now=now)
    for _ in range(45):
        sink.write(event(user_agent="x" * 100_000), False)
    sink.close()
    aside = sorted(tmp_path.glob("audit-*"))
    assert len(aside) == 2
    assert path.stat().st_size < 1024 * 1024
    data = gzip.decompress(aside[0].read_bytes()) if compress else aside[0].read_bytes()
    assert len(data) <= 1024 * 1024
    assert all(json.loads(line)["kind"] == "Event" for line in data.splitlines())


def test_only_files_put_aside_are_removed(tmp_path: Path):
    path = tmp_path / "audit.log"
    foreign = [tmp_path / name for name in ("audit-policy.log", "audit-2026.log", "audit-other.log.gz")]
    for file in foreign:
        file.write_text("not ours")
    moment = iter(range(1767323045, 1767423045))
    sink = LogFile(str(path), max_size=1, max_backups=1, now=lambda: float(next(moment)))
    for _ in range(45):
        sink.write(event(user_agent="x" * 100_000), False)
    sink.close()
    assert all(file.exists() for file in foreign)
    assert len(list(tmp_path.glob("audit-*"))) == len(foreign) + 1


def test_a_log_that_somebody_else_put_aside_goes_on(tmp_path: Path):
    path = tmp_path / "audit.log"
    sink = LogFile(str(path), max_size=1)
    path.rename(tmp_path / "taken")
    for _ in range(15):
        sink.write(event(user_agent="x" * 100_000), False)
    sink.close()
    assert sink.dropped == 0
    written = [*(tmp_path / "taken").read_text().splitlines(), *path.read_text().splitlines()]
    assert len(written) == 15


def test_a_line_that_cannot_be_written_ends_no_log(tmp_path: Path):
    path = tmp_path / "audit.log"
    sink = LogFile(str(path))
    sink.write(event(user_agent=object()), False)
    sink.write(event(), False)
    sink.close()
    assert sink.dropped >= 1
    again = LogFile(str(path))
    again.write(event(), False)
    again.close()
    assert path.read_text().count("\n") >= 1


def test_a_log_that_cannot_be_opened(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(AuditLogError, match="cannot open audit log"):
        LogFile(str(tmp_path / "file" / "audit.log"))


def test_a_request_that_brings_no_id_gets_a_uuid_of_its_own() -> None:
    assert audit_id({"audit-id": "mine"}) == "mine"
    made = [audit_id({}) for _ in range(1000)]
    assert len(set(made)) == 1000
    for each in made:
        parsed = uuid.UUID(each)
        assert (str(parsed), parsed.version, parsed.variant) == (each, 4, uuid.RFC_4122)
