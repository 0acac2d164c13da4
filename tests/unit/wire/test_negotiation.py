"""Which form an Accept header gets, and how refusals are worded."""

from __future__ import annotations

import pytest

from apiserver.auth.errors import StatusError
from apiserver.compression import accepted
from apiserver.negotiation import JSON, PLAIN, PROTOBUF, YAML, Output, negotiate, wants_pretty

TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io"
WHOLE = "application/json, application/yaml, application/vnd.kubernetes.protobuf"


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("", PLAIN),
        ("*/*", PLAIN),
        ("application/json", PLAIN),
        ("application/json, */*", PLAIN),
        (f"{PROTOBUF},application/json", Output(PROTOBUF)),
        (f"application/json;q=0.5, {PROTOBUF}", Output(PROTOBUF)),
        (f"{PROTOBUF};q=0.1,application/yaml;q=0.9", Output(YAML)),
        (f"{TABLE},application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json", Output(JSON, "Table", "v1")),
        ("application/json;as=Table;v=v1beta1;g=meta.k8s.io", Output(JSON, "Table", "v1beta1")),
        (f"{PROTOBUF};as=Table;v=v1;g=meta.k8s.io,application/json", PLAIN),
        (
            f"{PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1",
            Output(PROTOBUF, "PartialObjectMetadata", "v1"),
        ),
        ("text/html,application/yaml", Output(YAML)),
        ("application/json;pretty=1", Output(JSON, pretty=True)),
    ],
)
def test_the_best_clause_that_can_be_met_decides(accept: str, wanted: Output) -> None:
    assert negotiate(accept) == wanted


def test_a_watch_is_a_stream_and_no_yaml() -> None:
    assert negotiate(f"{PROTOBUF};stream=watch", watching=True) == Output(PROTOBUF)
    assert negotiate("application/json;stream=watch", watching=True) == PLAIN
    with pytest.raises(StatusError, match="json;stream=watch"):
        negotiate(YAML, watching=True)
    with pytest.raises(StatusError) as caught:
        negotiate("application/json;stream=other", watching=True)
    assert caught.value.status.message == f"only the following media types are accepted: {WHOLE}"
    with pytest.raises(StatusError):
        negotiate("application/yaml;stream=watch", watching=True)


def test_what_is_no_watch_may_be_asked_for_as_one() -> None:
    assert negotiate("application/json;stream=watch") == PLAIN
    assert negotiate(f"{PROTOBUF};stream=watch", collection=True) == Output(PROTOBUF)
    with pytest.raises(StatusError):
        negotiate("application/json;stream=other")


@pytest.mark.parametrize("accept", ["application/*", "*", "text/html,application/*", "application/*;q=0.5"])
def test_ranges_find_only_what_is_not_routed_by_its_types(accept: str) -> None:
    assert negotiate(accept, routed=False) == PLAIN
    with pytest.raises(StatusError, match="406: Not Acceptable"):
        negotiate(accept)
    with pytest.raises(StatusError) as caught:
        negotiate("application", routed=False)
    assert caught.value.status.message == f"only the following media types are accepted: {WHOLE}"


@pytest.mark.parametrize("accept", ["application/json;as=Foo;v=v1;g=meta.k8s.io", TABLE.replace("v=v1", "v=v2")])
def test_a_known_type_in_an_unknown_form(accept: str) -> None:
    with pytest.raises(StatusError) as caught:
        negotiate(accept)
    assert caught.value.code == 406
    assert caught.value.status.message == f"only the following media types are accepted: {WHOLE}"


def test_no_known_type() -> None:
    with pytest.raises(StatusError) as caught:
        negotiate("application/foo")
    assert caught.value.status.message == f"406: Not Acceptable\n\nAvailable representations: {WHOLE}"
    with pytest.raises(StatusError, match="protobuf;stream=watch"):
        negotiate("text/html", collection=True)


def test_kinds_without_protobuf_have_metadata_in_it() -> None:
    with pytest.raises(StatusError):
        negotiate(PROTOBUF, protobuf=False)
    partial = f"{PROTOBUF};as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    assert negotiate(partial, protobuf=False).media == PROTOBUF


@pytest.mark.parametrize(
    ("query", "agent", "wanted"),
    [
        ("", "curl/8", True),
        ("", "Mozilla/5.0 (X11)", True),
        ("", "kubectl/1.36", False),
        ("true", "", True),
        ("1", "", True),
        ("false", "curl/8", False),
        ("0", "curl/8", False),
        ("yes", "curl/8", False),
    ],
)
def test_who_gets_indented_json(query: str, agent: str, wanted: bool) -> None:
    assert wants_pretty(query, agent) is wanted


@pytest.mark.parametrize(
    ("encoding", "wanted"),
    [("gzip", True), ("gzip, deflate, br", True), ("identity", False), ("", False), ("gzip;q=0", False)]
    + [("br, gzip;q=0.5", True), ("x-gzip", False), ("gzip;q=0.000", False), ("gzip;q=1", True)],
)
def test_who_takes_gzip(encoding: str, wanted: bool) -> None:
    assert accepted(encoding) is wanted
