"""How an object is to be deleted: what body and query say, checked."""

from __future__ import annotations

import msgspec

from apiserver import decode_errors, protobuf, yaml_documents
from apiserver.auth.errors import StatusError, bad_request
from apiserver.call import Call
from apiserver.coding import shown, untyped
from apiserver.negotiation import JSON, PROTOBUF, YAML, unsupported
from apiserver.registry.errors import Errors
from apiserver.registry.go_json_errors import json_object_problem
from apiserver.request_info import is_true
from apiserver.rest.body import media_type
from apiserver.rest.options import check_dry_run, integer, invalid_options
from apiserver.yaml_values import YAMLProblem
from minik8s.api.meta_v1 import DeleteOptions, Preconditions

ORPHAN, BACKGROUND, FOREGROUND = "Orphan", "Background", "Foreground"
_TYPE_META = 'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
_META = "meta.k8s.io/v1"
_SCHEME = "k8s.io/apimachinery/pkg/apis/meta/internalversion/scheme/register.go:27"


async def delete_options(call: Call) -> DeleteOptions:
    """The options of a delete: those of the body; those of the query only if there is none. Raises StatusError."""
    body = await call.body()
    options = _of_body(call, body) if body else _of_query(call)
    if body and call.record is not None and call.record.wants_request:
        call.record.request_object(msgspec.json.encode(_recorded(options)))
    check_delete_options(options)
    return options


def check_delete_options(options: DeleteOptions) -> None:
    """Raises StatusError (422) for options that make no sense."""
    errors = Errors()
    policy = options.propagation_policy
    if policy is not None and options.orphan_dependents is not None:
        errors.invalid("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set")
    if policy not in (None, ORPHAN, BACKGROUND, FOREGROUND):
        errors.not_supported("propagationPolicy", policy, (FOREGROUND, BACKGROUND, ORPHAN, "nil"))
    check_dry_run(options.dry_run, errors)
    if errors:
        raise invalid_options("DeleteOptions", errors)


def _recorded(options: DeleteOptions) -> DeleteOptions:
    return msgspec.structs.replace(options, kind="DeleteOptions", api_version="meta.k8s.io/__internal")


def _of_query(call: Call) -> DeleteOptions:
    query = call.query
    options = DeleteOptions()
    if not query:
        return options
    options.grace_period_seconds = integer(call, "gracePeriodSeconds")
    if query.get("orphanDependents"):
        options.orphan_dependents = is_true(query["orphanDependents"])
    options.propagation_policy = query.get("propagationPolicy") or None
    options.dry_run = call.query_values.get("dryRun", [])
    uid, version = query.get("uid"), query.get("resourceVersion")
    if uid or version:
        options.preconditions = Preconditions(uid=uid or None, resource_version=version or None)
    if query.get("ignoreStoreReadErrorWithClusterBreakingPotential"):
        options.ignore_store_read_error_with_cluster_breaking_potential = is_true(
            query["ignoreStoreReadErrorWithClusterBreakingPotential"]
        )
    return options


def _of_body(call: Call, body: bytes) -> DeleteOptions:
    media = media_type(call)
    if media == PROTOBUF:
        if not body.startswith(protobuf.MAGIC):
            raise bad_request("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
        options: DeleteOptions = protobuf.decode(body, DeleteOptions, "DeleteOptions")
    elif media in ("", JSON, YAML):
        options = _of_text(body, yaml=media == YAML)
    else:
        raise unsupported()
    if options.kind not in ("", "DeleteOptions"):
        raise _other_kind(options.kind, options.api_version)
    return options


def _of_text(body: bytes, *, yaml: bool) -> DeleteOptions:
    if yaml:
        try:
            body = msgspec.json.encode(yaml_documents.load(body))
        except YAMLProblem as error:
            raise bad_request(f"couldn't get version/kind; json parse error: {error}") from None
    try:
        options = msgspec.json.decode(body, type=DeleteOptions)
        if options.kind not in ("", "DeleteOptions"):
            raise _other_kind(options.kind, untyped(body).get("apiVersion"))
        return options
    except msgspec.ValidationError as error:
        document = untyped(body)
        if document is None:
            return DeleteOptions()
        if not isinstance(document, dict):
            kind = {list: "array", str: "string", bool: "bool"}.get(type(document), "number")
            raise bad_request(
                f"couldn't get version/kind; json parse error: json: cannot unmarshal {kind} into Go value of type "
                f"{_TYPE_META}"
            ) from None
        raise _unfit(body, str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        why = json_object_problem(body) or str(error)
        raise bad_request(f"couldn't get version/kind; json parse error: {why}") from None


def _other_kind(kind: str, version: object) -> StatusError:
    return bad_request(f'no kind "{kind}" is registered for version "{version or _META}" in scheme "{_SCHEME}"')


def _unfit(body: bytes, why: str) -> StatusError:
    document = untyped(body)
    kind = document.get("kind") if isinstance(document, dict) else None
    if isinstance(kind, str) and kind not in ("", "DeleteOptions"):
        return _other_kind(kind, document.get("apiVersion"))
    if isinstance(document, dict) and (problem := decode_errors.problem(document, DeleteOptions)):
        return bad_request(problem)
    return bad_request(f'DeleteOptions in version "v1" cannot be handled as a DeleteOptions: {why} ({shown(body)})')
