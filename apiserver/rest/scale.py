"""The scale subresource: how many replicas there are to be, the same for every kind that has some."""

from __future__ import annotations

from typing import Any

import msgspec

from apiserver.admission.plugin import Operation
from apiserver.auth.errors import StatusError, bad_request, conflict, failure, internal, not_found
from apiserver.call import Call
from apiserver.coding import Unfit, convert, encode
from apiserver.objects import MODIFIED
from apiserver.registry.errors import Errors
from apiserver.registry.object_meta import validate_metadata
from apiserver.registry.strategy import ScalePaths, update
from apiserver.resources import Resource
from apiserver.rest.answer import answer_shown
from apiserver.rest.apply import applied, check_config, read_config
from apiserver.rest.body import read_object
from apiserver.rest.options import WriteOptions, manager_of, write_options
from apiserver.rest.ownership import Writer, own_updated, plain
from apiserver.rest.patch import APPLY_PATCH, object_to_duplicates, patch_type
from apiserver.rest.patch_documents import read_patch
from apiserver.rest.scale_owners import to_parent, to_scale
from apiserver.rest.update import Change, check_name, other_uid
from apiserver.rest.versions import catch_up, parsed, wanted_of_get
from apiserver.rest.write import Writes, invalid
from apiserver.storage.entry import Entry
from apiserver.storage.store import RevisionConflict
from apiserver.tables.printer import Printer
from apiserver.tables.workloads import CUSTOM_SCALE, SCALE
from minik8s.api.autoscaling_v1 import Scale, ScaleSpec, ScaleStatus
from minik8s.api.meta_v1 import LabelSelector
from minik8s.api.object_meta import ObjectMeta
from minik8s.machinery import field_errors
from minik8s.machinery.apply.schema import Schema, blank_of, schema_of
from minik8s.machinery.quoting import quote
from minik8s.machinery.selectors import from_label_selector, from_labels

_VERSION = "autoscaling/v1"
_UNSET = -(1 << 31)
"""Stands for the replicas of a custom object that does not say how many there are to be."""


class _ScaleKind:
    group_version = _VERSION
    kind = "Scale"
    plural = ""

    @property
    def schema(self) -> Schema:
        """Of a Scale."""
        return schema_of(Scale)

    @property
    def blank(self) -> dict[str, Any]:
        """A Scale with nothing in it."""
        return blank_of(Scale)


_KIND = _ScaleKind()


async def scale_endpoint(call: Call, resource: Resource, paths: ScalePaths, writes: Writes) -> bool:
    """Answer a request for a scale; False for a verb it does not know. Raises StatusError."""
    match call.info.verb:
        case "get":
            await _get(call, resource, paths, writes)
        case "update":
            await _update(call, resource, paths, writes)
        case "patch":
            await _patch(call, resource, paths, writes)
        case _:
            return False
    return True


def _value(document: dict[str, Any], path: str) -> Any:
    value: Any = document
    for name in path.lstrip(".").split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _selector(value: Any) -> str:
    if isinstance(value, dict):
        if any(key in value for key in ("matchLabels", "matchExpressions")):
            return str(from_label_selector(msgspec.convert(value, LabelSelector)))
        return str(from_labels(value)) if value else ""
    return value if isinstance(value, str) else ""


def scale_of(obj: Any, paths: ScalePaths) -> Scale:
    """What the subresource shows of an object."""
    document = plain(obj)
    metadata = obj.metadata
    return Scale(
        metadata=ObjectMeta(
            name=metadata.name,
            namespace=metadata.namespace,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            creation_timestamp=metadata.creation_timestamp,
        ),
        spec=ScaleSpec(replicas=_value(document, paths.spec_replicas) or 0),
        status=ScaleStatus(
            replicas=_value(document, paths.status_replicas) or 0,
            selector=_selector(_value(document, paths.selector)) if paths.selector else "",
        ),
    )


async def _get(call: Call, resource: Resource, paths: ScalePaths, writes: Writes) -> None:
    await catch_up(wanted_of_get(call), writes.cacher)
    entry = resource.cache.get(call.info.namespace if resource.namespaced else "", call.info.name)
    if entry is None:
        raise not_found(resource.group, resource.plural, call.info.name)
    obj = entry.obj()
    if _is_unset(resource, obj, paths):
        raise internal(f"the spec replicas field {quote(paths.spec_replicas)} does not exist")
    await answer_shown(call, _printer(resource), scale_of(obj, paths))


async def _update(call: Call, resource: Resource, paths: ScalePaths, writes: Writes) -> None:
    options = write_options(call, "UpdateOptions")
    sent = await read_object(call, Scale, "Scale", _VERSION, options.validation)
    check_name(sent, call, resource, sent=True)

    uid = sent.metadata.uid

    def change(old: Any | None) -> Any:
        assert old is not None
        if uid and uid != old.metadata.uid:
            raise other_uid(call, resource, uid, old.metadata.uid)
        return msgspec.json.decode(msgspec.json.encode(sent), type=Scale)

    await _replace(call, resource, paths, writes, change, options, owns=True)


async def _patch(call: Call, resource: Resource, paths: ScalePaths, writes: Writes) -> None:
    media = patch_type(call, strategic=resource.strategic)
    options = write_options(call, "PatchOptions", apply=media == APPLY_PATCH)
    body = await call.body()
    if media == APPLY_PATCH:
        config = read_config(body)
        check_config(config, _KIND)
        change = _applying(call, resource, writes, config, options, body)
        await _replace(call, resource, paths, writes, change, options, owns=False)
        return
    patch = read_patch(media, body, resource, options.validation)

    def patched(old: Any | None) -> Any:
        found = patch(old, Scale)
        check_name(found.obj, call, resource)
        call.warnings += found.warnings
        return found.obj

    await _replace(call, resource, paths, writes, patched, options, owns=True)


def _writer(call: Call, resource: Resource, writes: Writes, options: WriteOptions) -> Writer:
    now = writes.request(call, resource).now
    return Writer(manager_of(call, options.manager), now, "scale")


def _applying(
    call: Call, resource: Resource, writes: Writes, config: dict[str, Any], options: WriteOptions, body: bytes
) -> Change:
    writer = _writer(call, resource, writes, options)

    def change(old: Any | None) -> Any:
        assert old is not None
        entries = old.metadata.managed_fields
        document, managed = applied(_KIND, plain(old), entries, config, writer, force=bool(options.force))
        object_to_duplicates(call, body, options)
        try:
            new = convert(document, Scale)
        except Unfit as error:
            raise failure(str(error)) from None
        check_name(new, call, resource)
        new.metadata.managed_fields = managed
        return new

    return change


async def _replace(
    call: Call,
    resource: Resource,
    paths: ScalePaths,
    writes: Writes,
    change: Change,
    options: WriteOptions,
    *,
    owns: bool,
) -> None:
    namespace, name = call.info.namespace if resource.namespaced else "", call.info.name
    warnings = list(call.warnings)
    while True:
        await writes.cacher.fresh()
        entry = resource.cache.get(namespace, name)
        if entry is None:
            raise not_found(resource.group, resource.plural, name)
        try:
            scale = await _change(call, resource, paths, writes, change, options, entry, owns=owns)
        except RevisionConflict:
            call.warnings[:] = warnings
            continue
        await answer_shown(call, _printer(resource), scale)
        return


async def _change(
    call: Call,
    resource: Resource,
    paths: ScalePaths,
    writes: Writes,
    change: Change,
    options: WriteOptions,
    entry: Entry,
    *,
    owns: bool,
) -> Scale:
    obj = entry.fresh()
    old = scale_of(obj, paths)
    old.metadata.managed_fields = to_scale(obj.metadata.managed_fields, resource.group_version, paths)
    if unset := _is_unset(resource, obj, paths):
        old.spec.replicas = _UNSET
    new = change(old)
    if owns:
        own_updated(_KIND, old, new, _writer(call, resource, writes, options))
    asked = writes.admitted(call, resource, Operation.UPDATE, new, old, dry_run=options.dry_run)
    asked.kind = "Scale"
    await writes.admission.mutate(asked)
    new = asked.obj
    if unset and new.spec.replicas == _UNSET:
        raise bad_request(f"the spec replicas field {quote(paths.spec_replicas)} cannot be empty")
    _check(new, entry.name, resource)
    try:
        version = parsed(new.metadata.resource_version)
    except ValueError as error:
        raise failure(str(error)) from None
    if version and new.metadata.resource_version != old.metadata.resource_version:
        raise conflict(resource.group, resource.plural, entry.name, MODIFIED)
    obj = _with_replicas(obj, resource, paths, new.spec.replicas)
    obj.metadata.managed_fields = to_parent(
        obj.metadata.managed_fields, new.metadata.managed_fields, resource.group_version, paths
    )
    warnings: list[str] = []
    errors = update(resource.strategy, obj, entry.fresh(), writes.request(call, resource), warnings)
    if errors:
        raise invalid(resource, entry.name, errors)
    call.warnings += warnings
    # Who judges sees what the object's scale is now and would become, not what was sent.
    asked.obj, asked.old = scale_of(obj, paths), scale_of(entry.obj(), paths)
    await writes.admission.validate(asked)
    resource.strategy.keep(obj)
    value = encode(obj, resource.kind, resource.group_version)
    revision = entry.revision
    if resource.cache.form.wire(value, entry.revision) != entry.wire and not options.dry_run:
        key = resource.key(entry.namespace, entry.name)
        revision = await writes.cacher.store.update(key, await resource.store_value(value), entry.revision)
    obj.metadata.resource_version = str(revision)
    return scale_of(obj, paths)


def _is_unset(resource: Resource, obj: Any, paths: ScalePaths) -> bool:
    """Whether a custom object does not say how many replicas there are to be; others have a default for that."""
    return not resource.strategic and _value(plain(obj), paths.spec_replicas) is None


def _printer(resource: Resource) -> Printer:
    return SCALE if resource.strategic else CUSTOM_SCALE


def _check(scale: Scale, name: str, resource: Resource) -> None:
    errors = Errors()
    validate_metadata(scale.metadata, errors, namespaced=resource.namespaced)
    if resource.strategic:
        # Custom objects are judged themselves, with the new number.
        errors.not_negative("spec.replicas", scale.spec.replicas)
    if errors:
        raise StatusError(field_errors.to_status("Scale", name, errors, "autoscaling"))


def _with_replicas(obj: Any, resource: Resource, paths: ScalePaths, replicas: int) -> Any:
    if paths.spec_replicas == ".spec.replicas" and hasattr(getattr(obj, "spec", None), "replicas"):
        obj.spec.replicas = replicas
        return obj
    document = msgspec.json.decode(msgspec.json.encode(obj))
    *above, last = paths.spec_replicas.lstrip(".").split(".")
    holder = document
    for name in above:
        holder = holder.setdefault(name, {})
    holder[last] = replicas
    return convert(document, resource.cls)
