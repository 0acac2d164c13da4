"""Strategies for what clients get wrong."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NAMES = st.one_of(
    st.sampled_from(["a", "default", "kube-system", "p1", "A_B", "-", "..", ".", "a" * 254, "é", "\x00", "%2e%2e", ""]),
    st.text(max_size=20),
)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([2**31, 2**32, 2**63, 2**64, -(2**63) - 1, 10**30, 1e308, -0.0, 0.1]),
)
QUANTITIES = st.one_of(
    st.from_regex(r"\A[+-]?[0-9]{0,25}(\.[0-9]{0,25})?([eE][+-]?[0-9]{1,9}|[kMGTPEmun]i?)?\Z"),
    st.sampled_from(["1e999999999", "1e-999999999", "9" * 5000, "0." + "0" * 5000 + "1", "1Ei", "1e", "--1", "１"]),
    NUMBERS,
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, st.text(max_size=30), QUANTITIES)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    [
                        "metadata",
                        "spec",
                        "name",
                        "labels",
                        "annotations",
                        "containers",
                        "$patch",
                        "$setElementOrder/containers",
                        "$deleteFromPrimitiveList/finalizers",
                        "$retainKeys",
                        "managedFields",
                        "fieldsV1",
                        "f:metadata",
                        "status",
                        "ownerReferences",
                        "finalizers",
                        "data",
                        'k:{"name":"a"}',
                        "kind",
                        "apiVersion",
                    ]
                ),
                st.text(max_size=8),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


def _text(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


JSON_BODIES = st.one_of(
    DOCUMENTS.map(_text),
    st.binary(max_size=200),
    st.sampled_from(
        [
            b"",
            b"null",
            b"[]",
            b"{",
            b'{"a":1,"a":2}',
            b"[" * 100_000,
            b'{"a":' * 50_000,
            b"[" * 900 + b"]" * 900,
            b'{"metadata":{"name":"\xff\xfe"}}',
            b'{"metadata":{"name":"\\ud800"}}',
            b'{"spec":{"replicas":' + b"9" * 10_000 + b"}}",
            b'{"spec":{"replicas":1e400}}',
            b"\xef\xbb\xbf{}",
            b'{"metadata":{"creationTimestamp":"9999-99-99T99:99:99Z"}}',
            b'{"metadata":{"name":"a","managedFields":[{"manager":"m","operation":"Apply","fieldsV1":[]}]}}',
        ]
    ),
)
_BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [" + ",".join([f"*{chr(97 + n)}"] * 9) + "]\n" for n in range(9)
)
YAML_BODIES = st.one_of(
    st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")),
    DOCUMENTS.map(_text),
    st.sampled_from(
        [
            _BOMB.encode(),
            b"&a [*a]",
            b"a: &a\n  b: *a",
            b"- " * 5000,
            b"[" * 20_000,
            b"? " * 3000,
            b"!!python/object/apply:os.system [id]",
            b"metadata: {name: 2001-01-01}",
            b"metadata: {name: .nan}",
            b"<<: 1",
            b"? {a: b}\n: c",
            b"a: 0x" + b"f" * 5000,
            b"a: 1:1:1:1",
            b"--- \n---\n---",
            b"%YAML 9.9\n---\n{}",
            b"a: !!binary '***'",
            b"a: !!timestamp x",
            b"\xff\xfe\x00",
            b"kind: ConfigMap\nmetadata:\n  name: [1, {2: 3}]\n? 1\n: 2\n",
        ]
    ),
)
PROTOBUF_BODIES = st.one_of(
    st.binary(max_size=200).map(lambda data: b"k8s\x00" + data),
    st.binary(max_size=50),
    # An envelope of a ConfigMap around garbage.
    st.binary(max_size=100).map(
        lambda data: b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12" + bytes([len(data) & 127]) + data[:127]
    ),
    st.just(b"k8s\x00" + b"\x0a\xff\xff\xff\xff\x0f"),
    st.just(b"k8s\x00\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
)
SELECTORS = st.one_of(
    st.text(max_size=40),
    st.from_regex(r"\A[a-z!=,()/ .]{0,40}\Z"),
    st.sampled_from(
        [
            "a in (",
            "a notin b",
            "!",
            "a=b=c",
            "a>x",
            "a>99999999999999999999",
            ",".join(["a=b"] * 3000),
            "x" * 5000,
            "metadata.name=a,metadata.name!=a",
            "spec.nodeName=",
            "status.phase==\\",
            "metadata.name=\\,",
            "(" * 500,
        ]
    ),
)
TOKENS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiLi4vLi4vIn0",
            "e30",
            "bnVsbA",
            "W10",
            "MTIz",
            "====",
            "A" * 9000,
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6OTk5OTk5OTk5OTk5OTk5OTk5OTk5LCJzdGFydCI6ImEifQ",
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOjF9",
        ]
    ),
)
VERSIONS = st.one_of(
    st.sampled_from(["0", "1", "-1", "+1", "1e3", "x", "", "18446744073709551615", "18446744073709551616", "１", " 1"]),
    st.text(max_size=8),
)
ANY_VALUE = st.one_of(
    VERSIONS, SELECTORS, TOKENS, st.sampled_from(["true", "false", "All", "Strict", "1h", "-1s", "9e9h"])
)
QUERY_KEYS = st.sampled_from(
    [
        "labelSelector",
        "fieldSelector",
        "limit",
        "continue",
        "resourceVersion",
        "resourceVersionMatch",
        "timeoutSeconds",
        "sendInitialEvents",
        "allowWatchBookmarks",
        "dryRun",
        "fieldManager",
        "fieldValidation",
        "force",
        "pretty",
        "propagationPolicy",
        "gracePeriodSeconds",
        "orphanDependents",
        "timeout",
        "includeObject",
        "x",
        "",
        "ignoreStoreReadErrorWithClusterBreakingPotential",
    ]
)
RESOURCES = st.sampled_from(
    [
        "/api/v1/namespaces/default/pods",
        "/api/v1/namespaces/default/configmaps",
        "/api/v1/namespaces/default/services",
        "/api/v1/namespaces/default/events",
        "/api/v1/namespaces/default/persistentvolumeclaims",
        "/api/v1/namespaces/default/resourcequotas",
        "/api/v1/namespaces/default/limitranges",
        "/api/v1/nodes",
        "/api/v1/namespaces/default/serviceaccounts",
        "/api/v1/namespaces",
        "/api/v1/namespaces/default/endpoints",
        "/apis/apps/v1/namespaces/default/deployments",
        "/apis/apps/v1/namespaces/default/statefulsets",
        "/apis/batch/v1/namespaces/default/cronjobs",
        "/apis/batch/v1/namespaces/default/jobs",
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
        "/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers",
        "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
        "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
        "/apis/networking.k8s.io/v1/ipaddresses",
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        "/apis/storage.k8s.io/v1/storageclasses",
        "/apis/storage.k8s.io/v1/csidrivers",
        "/apis/coordination.k8s.io/v1/namespaces/default/leases",
        "/apis/scheduling.k8s.io/v1/priorityclasses",
        "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
        "/apis/certificates.k8s.io/v1/certificatesigningrequests",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies",
        "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
        "/apis/resource.k8s.io/v1/resourceslices",
        "/apis/authentication.k8s.io/v1/tokenreviews",
        "/apis/authorization.k8s.io/v1/subjectaccessreviews",
        "/apis/events.k8s.io/v1/namespaces/default/events",
    ]
)
SUBRESOURCES = st.sampled_from(
    [
        "",
        "",
        "",
        "/status",
        "/scale",
        "/binding",
        "/eviction",
        "/token",
        "/ephemeralcontainers",
        "/resize",
        "/log",
        "/exec",
        "/proxy/x",
        "/finalize",
        "/approval",
        "/attach",
        "/portforward",
        "/nope",
    ]
)
MEDIA = st.sampled_from(
    [
        "application/json",
        "application/yaml",
        "application/vnd.kubernetes.protobuf",
        "text/plain",
        "",
        "application/merge-patch+json",
        "application/json-patch+json",
        "application/strategic-merge-patch+json",
        "application/apply-patch+yaml",
        "application/json;charset=utf-16",
        "application/json;;;=",
        ";",
        "x" * 300,
        "*/*",
    ]
)
ACCEPT = st.one_of(
    st.sampled_from(
        [
            "application/json",
            "*/*",
            "application/yaml",
            "application/vnd.kubernetes.protobuf",
            "text/html",
            "",
            "application/json;as=Table;v=v1;g=meta.k8s.io",
            "application/json;as=Table;v=v9;g=x",
            "application/json;q=x",
            "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
            ",,,;;;",
            "a/b;" * 200,
            "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
            "application/json;stream=watch",
            "application/cbor",
        ]
    ),
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=40),
)
