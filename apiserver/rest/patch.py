"""PATCH: a change of an object by a JSON patch, a merge patch, a strategic one, or by server-side apply."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver import yaml_documents
from apiserver.auth.errors import StatusError, bad_request, conflict, failure, not_found
from apiserver.call import Call
from apiserver.coding import Unfit, convert_applied
from apiserver.field_checks import duplicate_fields
from apiserver.negotiation import unsupported
from apiserver.resources import Resource
from apiserver.rest.apply import applied, check_config, read_config
from apiserver.rest.options import IGNORE, STRICT, WriteOptions, write_options
from apiserver.rest.ownership import plain
from apiserver.rest.patch_documents import JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, read_patch
from apiserver.rest.update import Change, check_name, keep_version, replace, strategy_for
from apiserver.rest.versions import parsed
from apiserver.rest.write import Writes
from minik8s.api.meta_v1 import Status, StatusDetails
from minik8s.machinery.times import format_time

APPLY_PATCH = "application/apply-patch+yaml"
_DEAR = 8 * 1024
_TYPES = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)
_CUSTOM_TYPES = (JSON_PATCH, MERGE_PATCH, APPLY_PATCH)


def patch_type(call: Call, *, strategic: bool = True) -> str:
    """The type of the patch that is sent. Raises StatusError (415)."""
    media = call.header(b"content-type").partition(";")[0].strip()
    if media not in _TYPES and not strategic:
        raise unsupported(_CUSTOM_TYPES)
    if media not in _TYPES:
        message = "415: Unsupported Media Type"
        details = StatusDetails()
        raise StatusError(
            Status(status="Failure", message=message, reason="UnsupportedMediaType", details=details, code=415)
        )
    if media == STRATEGIC_PATCH and not strategic:
        raise unsupported(_CUSTOM_TYPES)
    return media


async def patch_object(call: Call, resource: Resource, writes: Writes) -> None:
    """Change an object by a patch. Raises StatusError."""
    media = patch_type(call, strategic=resource.strategic)
    options = write_options(call, "PatchOptions", apply=media == APPLY_PATCH)
    body = await call.body()
    # A short patch can ask for much: to put a list in order, to copy what it has copied.
    large = len(body) > _DEAR or (media == JSON_PATCH and b'"copy"' in body)
    if call.record is not None and media != APPLY_PATCH:
        call.record.request_patch(body)
    if media == APPLY_PATCH:
        config = read_config(body)
        if call.record is not None and call.record.wants_request:
            call.record.request_object(msgspec.json.encode(config))
        change = applying(call, resource, writes, config, options, body)
        await replace(call, resource, writes, change, options, creates=True, owns=False, large=large)
        return
    patch = read_patch(media, body, resource, options.validation)

    def patched(old: Any | None) -> Any:
        if old is None:
            raise not_found(resource.group, resource.plural, call.info.name)
        found = patch(old, resource.cls)
        check_name(found.obj, call, resource)
        if resource.namespaced:
            found.obj.metadata.namespace = call.info.namespace
        try:
            parsed(found.obj.metadata.resource_version)
        except ValueError as error:
            raise failure(str(error)) from None
        if found.obj.metadata.resource_version in ("", "0"):
            keep_version(found.obj, old, resource)
        call.warnings += found.warnings
        return found.obj

    await replace(call, resource, writes, patched, options, large=large)


def object_to_duplicates(call: Call, body: bytes, options: WriteOptions) -> None:
    """Refuse (Strict) or warn of keys that stand twice in an applied configuration. Raises StatusError (400)."""
    if options.validation == IGNORE:
        return
    if body.lstrip()[:1] == b"{":
        found = [f'key "{path.rpartition(".")[2]}" already set in map' for path in duplicate_fields(body)]
    else:
        found = yaml_documents.duplicate_keys(body)
    if not found:
        return
    text = "yaml: unmarshal errors:\n" + "\n".join(f"  {each}" for each in found)
    if options.validation == STRICT:
        raise bad_request(f"error strict decoding YAML: {text}")
    call.warnings.append(text)


def applying(
    call: Call, resource: Resource, writes: Writes, config: dict[str, Any], options: WriteOptions, body: bytes
) -> Change:
    """Server-side apply of the configuration in a body as a change. Raises StatusError (400, 404, 409, 500)."""
    strategy = strategy_for(call, resource)
    writer = writes.writer(call, options, strategy, format_time(writes.cacher.clock.now()))

    def change(old: Any | None) -> Any:
        check_config(config, resource)
        metadata = config.get("metadata") or {}
        live = None if old is None else plain(old)
        entries = [] if old is None else old.metadata.managed_fields
        document, managed = applied(resource, live, entries, config, writer, force=bool(options.force))
        object_to_duplicates(call, body, options)
        try:
            new = convert_applied(document, resource.cls)
        except Unfit as error:
            raise failure(str(error)) from None
        new.metadata.managed_fields = managed
        if old is None and metadata.get("uid"):
            why = f"uid mismatch: the provided object specified uid {metadata['uid']}, and no existing object was found"
            raise conflict(resource.group, resource.plural, call.info.name, why)
        check_name(new, call, resource)
        if resource.namespaced:
            new.metadata.namespace = call.info.namespace
        try:
            parsed(new.metadata.resource_version)
        except ValueError as error:
            raise failure(str(error)) from None
        if old is not None and not metadata.get("resourceVersion"):
            new.metadata.resource_version = old.metadata.resource_version
        return new

    return change
