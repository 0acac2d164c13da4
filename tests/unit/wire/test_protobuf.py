"""Protobuf in and out: round trips of every kind, and the same bytes read by Google's runtime."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apiserver import protobuf
from apiserver.auth.errors import StatusError
from apiserver.protobuf import decoder, encoder
from apiserver.protobuf.decoder import decoder_of
from apiserver.protobuf.encoder import encoder_of
from minik8s.api import meta_v1
from minik8s.api.apiextensions_v1 import JSONSchemaProps
from minik8s.api.core_v1 import ConfigMap, Container, ContainerPort, Pod, Service, ServicePort
from minik8s.api.fields import F, Struct
from minik8s.api.object_meta import ListMeta, ObjectMeta
from minik8s.api.scheme import RESOURCES, type_of
from tests.support.descriptors import Descriptors
from tests.support.made_objects import made, plain

KINDS: list[type[Struct]] = list(dict.fromkeys(type_of(resource) for resource in RESOURCES))
OTHERS: list[type[Struct]] = [
    JSONSchemaProps,
    meta_v1.APIGroupList,
    meta_v1.APIResourceList,
    meta_v1.DeleteOptions,
    meta_v1.PartialObjectMetadata,
    meta_v1.Status,
]


@pytest.fixture(scope="module")
def theirs() -> Descriptors:
    return Descriptors([*KINDS, *OTHERS])


def named(obj: Any) -> Any:
    """What the envelope carries and the message does not."""
    if hasattr(obj, "api_version"):
        obj.api_version, obj.kind = "v", "k"
    return obj


@pytest.mark.parametrize("cls", [*KINDS, *OTHERS], ids=lambda cls: cls.PROTO or cls.__name__)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_every_kind_comes_back_as_it_was(cls: type[Struct], seed: int, theirs: Descriptors) -> None:
    obj = named(made(cls, seed))
    data = encoder_of(cls)(obj)
    assert plain(named(decoder_of(cls)(data, 0, len(data)))) == plain(obj)
    # Google's runtime reads it without a field it does not know, and what it writes says the same to us.
    message = theirs.message(cls).FromString(data)
    again = message.SerializeToString()
    assert sorted(again) == sorted(data)
    assert plain(named(decoder_of(cls)(again, 0, len(again)))) == plain(obj)
    message.DiscardUnknownFields()
    assert len(message.SerializeToString()) == len(data)


def test_an_envelope_as_kubernetes_writes_it() -> None:
    body = protobuf.encode(ConfigMap(metadata=ObjectMeta(name="a"), data={"k": "v"}), "ConfigMap", "v1")
    said = "6b3873000a0f0a0276311209436f6e6669674d6170120d"
    assert body.hex() == said + "0a030a016112060a016b1201761a002200"
    assert protobuf.decode(body, ConfigMap, "ConfigMap").data == {"k": "v"}


def test_what_kubernetes_writes_in_full_is_read() -> None:
    # Recorded: a Status with every empty text written out.
    body = bytes.fromhex(
        "6b3873000a0c0a02763112065374617475731299010a060a0012001a0012074661696c7572651a746f6e6c792074686520666f6c6c6f77"
        "696e67206d65646961207479706573206172652061636365707465643a206170706c69636174696f6e2f6a736f6e2c206170706c696361"
        "74696f6e2f79616d6c2c206170706c69636174696f6e2f766e642e6b756265726e657465732e70726f746f627566220d4e6f7441636365"
        "707461626c653096031a002200"
    )
    data = body.partition(bytes.fromhex("129901"))[2][:-4]
    status = decoder_of(meta_v1.Status)(data, 0, len(data))
    assert (status.code, status.reason, status.status) == (406, "NotAcceptable", "Failure")


def test_a_zero_that_is_written_is_told_from_an_absent_one() -> None:
    service = Service(metadata=ObjectMeta(name="s"))
    service.spec.ports = [ServicePort(port=0, target_port="")]
    data = encoder_of(Service)(service)
    again = decoder_of(Service)(data, 0, len(data))
    assert again.spec.ports[0].target_port == ""
    pod = Pod(metadata=ObjectMeta(deletion_grace_period_seconds=0))
    data = encoder_of(Pod)(pod)
    assert decoder_of(Pod)(data, 0, len(data)).metadata.deletion_grace_period_seconds == 0


def test_numbers_packed_or_not_and_unknown_fields() -> None:
    # supplementalGroups (field 4 of a pod's securityContext) twice packed, once not; field 100 is nobody's.
    context = bytes.fromhex("220201022003a2060161")
    spec = b"\x72" + bytes([len(context)]) + context
    data = b"\x12" + bytes([len(spec)]) + spec
    pod = decoder_of(Pod)(data, 0, len(data))
    assert pod.spec.security_context.supplemental_groups == [1, 2, 3]


@pytest.mark.parametrize(
    "data",
    [b"\x0a", b"\x0a\x05a", b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x0b", b"\x0a\x03\x0a\x02\xff"],
    ids=["no length", "short", "overflow", "group", "short inside"],
)
def test_a_broken_message_is_refused(data: bytes) -> None:
    body = b"k8s\0" + b"\x12" + bytes([len(data)]) + data
    with pytest.raises(StatusError) as caught:
        protobuf.decode(body, Pod, "Pod")
    assert caught.value.code == 400


def test_what_is_no_protobuf_is_refused() -> None:
    with pytest.raises(StatusError, match="does not appear to be a protobuf message"):
        protobuf.decode(b"{}", Pod, "Pod")


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=64))
def test_no_bytes_bring_anything_but_a_refusal(data: bytes) -> None:
    try:
        protobuf.decode(b"k8s\0\x12" + bytes([len(data)]) + data, Pod, "Pod")
    except StatusError as error:
        assert error.code == 400


def test_lists_hold_messages() -> None:
    items = [encoder_of(ConfigMap)(ConfigMap(metadata=ObjectMeta(name=name))) for name in ("a", "b")]
    body = protobuf.encode_list("ConfigMapList", "v1", ListMeta(resource_version="7"), items)
    from minik8s.api.core_v1 import ConfigMapList

    found = protobuf.decode(body, ConfigMapList, "ConfigMapList")
    assert [item.metadata.name for item in found.items] == ["a", "b"]
    assert (found.kind, found.metadata.resource_version) == ("ConfigMapList", "7")


def test_a_frame_is_behind_its_length() -> None:
    body = protobuf.encode(Pod(metadata=ObjectMeta(name="p")), "Pod", "v1")
    frame = protobuf.frame("ADDED", body)
    assert int.from_bytes(frame[:4], "big") == len(frame) - 4
    assert frame[4:11] == b"\x0a\x05ADDED"
    assert frame.endswith(body)


def test_long_texts_and_repeated_messages() -> None:
    container = Container(name="c", image="i", ports=[ContainerPort(container_port=80)] * 3, args=["x" * 300] * 3)
    data = encoder_of(Container)(container)
    assert decoder_of(Container)(data, 0, len(data)) == container


class Knot(Struct):
    """A type no other test makes functions for."""

    name: Annotated[str, F(1)] = ""


@pytest.mark.parametrize("part", [decoder, encoder], ids=["reading", "writing"])
def test_what_failed_once_is_made_anew(part: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make = part.decoder_of if part is decoder else part.encoder_of
    with monkeypatch.context() as broken:
        broken.setattr(part, "layout_of", lambda cls: 1 / 0)
        for _ in range(2):
            with pytest.raises(ZeroDivisionError):
                make(Knot)
    assert not part._making
    if part is decoder:
        assert make(Knot)(b"\x0a\x01x", 0, 3) == Knot(name="x")
    else:
        assert make(Knot)(Knot(name="x")) == b"\x0a\x01x"
