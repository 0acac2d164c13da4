"""The object in a request's body: its encoding, its type, and what a strict reader objects to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apiserver import decode_errors, protobuf, yaml_documents
from apiserver.auth.errors import StatusError, bad_request
from apiserver.beside import LARGE, run_if
from apiserver.call import Call
from apiserver.coding import convert, decode, shown, untyped
from apiserver.crd.bodies import read_custom
from apiserver.field_checks import findings
from apiserver.negotiation import JSON, PROTOBUF, YAML, unsupported
from apiserver.rest.options import IGNORE, STRICT
from apiserver.rest.ownership import note_reset
from apiserver.yaml_values import YAMLProblem
from minik8s.api.scheme import resource_for_kind

_SCHEME = "pkg/api/legacyscheme/scheme.go:30"
# Versions that Kubernetes still knows and does not serve: they can be read, and do not fit.
_FORMER = frozenset(
    {
        "extensions/v1beta1",
        "apps/v1beta1",
        "apps/v1beta2",
        "autoscaling/v2beta1",
        "autoscaling/v2beta2",
        "batch/v1beta1",
        "certificates.k8s.io/v1beta1",
        "coordination.k8s.io/v1beta1",
        "discovery.k8s.io/v1beta1",
        "events.k8s.io/v1beta1",
        "flowcontrol.apiserver.k8s.io/v1beta3",
        "networking.k8s.io/v1beta1",
        "policy/v1beta1",
        "rbac.authorization.k8s.io/v1beta1",
        "scheduling.k8s.io/v1beta1",
        "storage.k8s.io/v1beta1",
    }
)


async def read_object(
    call: Call, cls: type[Any], kind: str, group_version: str, validation: str, *, also: str = ""
) -> Any:
    """The object a client sent. Raises StatusError (400, 415).

    `validation` is what happens about fields that are unknown or stand twice: one of the constants of `options`.
    `also` is another version of the kind that looks the same and is taken as well.
    """
    body = await call.body()
    return await run_if(len(body) > LARGE, lambda: _read(call, body, cls, kind, group_version, validation, also))


def _read(call: Call, body: bytes, cls: type[Any], kind: str, group_version: str, validation: str, also: str) -> Any:
    media = media_type(call)
    obj: Any
    if getattr(cls, "CUSTOM", None) is not None:
        return read_custom(call, body, media, cls.CUSTOM, validation)
    if media == PROTOBUF:
        obj = protobuf.decode(body, cls, kind)
    elif media == JSON or not call.header(b"content-type"):
        obj = decode(body, cls, kind)
        obj = _look(call, body, cls, obj, kind, validation)
    elif media == YAML:
        obj = _from_yaml(call, body, cls, kind, validation)
    else:
        raise unsupported()
    if not also or obj.api_version != also:
        check_type(obj, kind, group_version, body)
    obj.kind, obj.api_version = kind, group_version
    if call.record is not None and call.record.wants_request:
        call.record.request_object(msgspec.json.encode(obj))
    return obj


def media_type(call: Call) -> str:
    """The content type without its parameters, in small letters; all of it where they have no form."""
    sent = call.header(b"content-type")
    media, *parameters = sent.split(";")
    if any(each.strip() and "=" not in each for each in parameters):
        return sent
    return media.strip().lower()


def _from_yaml(call: Call, body: bytes, cls: type[Any], kind: str, validation: str) -> Any:
    try:
        document = yaml_documents.load(body)
    except YAMLProblem as error:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): {error} ({shown(body)})"
        ) from None
    as_json = msgspec.json.encode(document)
    obj = decode(as_json, cls, kind)
    twice = yaml_documents.duplicate_keys(body) if validation != IGNORE else ()
    return _look(call, as_json, cls, obj, kind, validation, twice)


def _look(
    call: Call, body: bytes, cls: type[Any], obj: Any, kind: str, validation: str, twice: Sequence[str] = ()
) -> Any:
    """The object with its times as they are stored.

    Refuses scalars of a wrong form, and fields that are unknown or stand twice as `validation` says.
    """
    document = untyped(body)
    if not isinstance(document, dict):
        return obj
    note_reset(obj, document)
    found, odd = findings(body, document, cls)
    if odd:
        if problem := decode_errors.problem(document, cls):
            raise bad_request(f"{_who(obj, kind)}: {problem}")
        obj = convert(document, cls)
    if twice and validation == STRICT:
        found.insert(0, "yaml: unmarshal errors:\n" + "\n".join(f"  {each}" for each in twice))
    else:
        found[:0] = twice
    if validation != IGNORE:
        object_to(call, found, validation, _who(obj, kind))
    return obj


def _who(obj: Any, kind: str) -> str:
    version = (obj.api_version or "").rpartition("/")[2] or "v1"
    return f'{obj.kind or kind} in version "{version}" cannot be handled as a {kind}'


def object_to(call: Call, found: list[str], validation: str, who: str) -> None:
    """Refuse (Strict) or warn of what was found in a body. Raises StatusError (400)."""
    if not found:
        return
    if validation == STRICT:
        raise bad_request(f"{who}: strict decoding error: {', '.join(found)}")
    call.warnings += found


def check_type(obj: Any, kind: str, group_version: str, body: bytes) -> None:
    """Raises StatusError (400) unless an object is of the kind and version that the path stands for."""
    said_kind, said = obj.kind or kind, obj.api_version or group_version
    if said_kind == kind and said == group_version:
        return
    group, _, version = said.rpartition("/")
    if said.count("/") > 1:
        raise bad_request(
            f"the object provided is unrecognized (must be of type {kind}): "
            f"unexpected GroupVersion string: {said} ({shown(body)})"
        )
    who = f'{said_kind} in version "{version}" cannot be handled as a {kind}'
    if said_kind == kind and (said in _FORMER or resource_for_kind(said, kind) is not None):
        raise bad_request(
            f"the API version in the data ({said}) does not match the expected API version ({group_version})"
        )
    known = resource_for_kind(said, said_kind) or resource_for_kind(said, said_kind.removesuffix("List"))
    if known is None:
        raise bad_request(f'{who}: no kind "{said_kind}" is registered for version "{said}" in scheme "{_SCHEME}"')
    internal = group_version.rpartition("/")[0].partition(".")[0] or "core"
    raise bad_request(f"{who}: converting ({version}.{said_kind}) to ({internal}.{kind}): unknown conversion")


def place(obj: Any, namespace: str, *, namespaced: bool) -> None:
    """Put an object into the namespace of the request's path; what a cluster-scoped one says of any is forgotten.

    Raises StatusError (400).
    """
    said = obj.metadata.namespace
    if not namespaced:
        obj.metadata.namespace = ""
    elif said not in ("", namespace):
        raise wrong_namespace()
    else:
        obj.metadata.namespace = namespace


def wrong_namespace() -> StatusError:
    """400 of an object that says another namespace than the path."""
    return bad_request("the namespace of the provided object does not match the namespace sent on the request")
