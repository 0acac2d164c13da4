"""GET and LIST: bytes from the watch cache, nothing decoded."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

import msgspec

from apiserver.auth.errors import StatusError, bad_request, not_found
from apiserver.call import Call
from apiserver.resources import Resource
from apiserver.storage.cacher import Cacher, NotCaughtUp
from apiserver.storage.entry import Entry
from minik8s.api.meta_v1 import Status, StatusCause, StatusDetails
from minik8s.machinery.selectors import SelectorError, parse_field_selector, parse_label_selector


def too_large(error: NotCaughtUp) -> StatusError:
    """504: a resource version that is not there yet."""
    details = StatusDetails(
        causes=[StatusCause(reason="ResourceVersionTooLarge", message="Too large resource version")],
        retry_after_seconds=1,
    )
    message = f"Timeout: Too large resource version: {error.wanted}, current: {error.current}"
    return StatusError(Status(status="Failure", message=message, reason="Timeout", code=504, details=details))


def asked_version(call: Call) -> int | None:
    """The resource version of the query, None without one. Raises StatusError (400)."""
    text = call.query.get("resourceVersion", "")
    if not text:
        return None
    if not text.isdecimal():
        raise bad_request(
            f'invalid resource version: resourceVersion: Invalid value: "{text}": '
            f'strconv.ParseUint: parsing "{text}": invalid syntax'
        )
    return int(text)


async def catch_up(call: Call, cacher: Cacher) -> None:
    """Wait until the cache shows what the query asks for. Raises StatusError (504)."""
    version = asked_version(call)
    try:
        if version is None:
            await cacher.fresh()
        elif version:
            await cacher.wait_for(version)
    except NotCaughtUp as error:
        raise too_large(error) from None


def selection(call: Call, resource: Resource) -> Callable[[Entry], bool] | None:
    """The query's selectors as a test, None without any. Raises StatusError (400)."""
    try:
        labels = parse_label_selector(call.query.get("labelSelector", ""))
        fields = parse_field_selector(call.query.get("fieldSelector", ""))
    except SelectorError as error:
        raise bad_request(str(error)) from None
    known = {"metadata.name", "metadata.namespace", *resource.strategy.selectable}
    for term in fields.terms:
        if term.field not in known:
            raise bad_request(f"field label not supported: {term.field}")
    if labels.empty and fields.empty:
        return None
    if fields.empty:
        return lambda entry: labels.matches(entry.labels)
    if labels.empty:
        return lambda entry: fields.matches(entry.fields)
    return lambda entry: labels.matches(entry.labels) and fields.matches(entry.fields)


async def get(call: Call, resource: Resource, cacher: Cacher) -> None:
    """One object."""
    await catch_up(call, cacher)
    entry = resource.cache.get(call.info.namespace if resource.namespaced else "", call.info.name)
    if entry is None:
        raise not_found(resource.group, resource.plural, call.info.name)
    await call.respond(200, entry.wire)


class _Token(msgspec.Struct):
    v: str = ""
    rv: int = 0
    start: str = ""


def _continued(text: str) -> _Token:
    try:
        token = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=_Token)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise bad_request("invalid continue token: continue key is not valid") from None
    if token.v != "meta.k8s.io/v1":
        raise bad_request(
            "invalid continue token: continue key is not valid: server does not recognize this encoded "
            f"version {token.v}"
        )
    return token


async def list_objects(call: Call, resource: Resource, cacher: Cacher) -> None:
    """A collection, or a page of it."""
    text = call.query.get("limit", "")
    if text and not text.lstrip("-").isdecimal():
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax')
    limit = max(int(text or 0), 0)
    start = ""
    if token := call.query.get("continue", ""):
        if call.query.get("resourceVersion"):
            raise bad_request("specifying resource version is not allowed when using continue")
        start = _continued(token).start
    await catch_up(call, cacher)
    match = selection(call, resource)
    namespace = call.info.namespace if resource.namespaced else ""
    revision = cacher.revision
    items: list[bytes | memoryview] = []
    following = ""
    for entry in resource.cache.ordered(namespace, start):
        if match is not None and not match(entry):
            continue
        if limit and len(items) == limit:
            key = f"{entry.namespace}/{entry.name}" if resource.namespaced else entry.name
            token_bytes = msgspec.json.encode(_Token("meta.k8s.io/v1", revision, key))
            following = base64.urlsafe_b64encode(token_bytes).decode().rstrip("=")
            break
        items.append(entry.item)
    more = f',"continue":"{following}"' if following else ""
    head = (
        f'{{"kind":"{resource.kind}List","apiVersion":"{resource.group_version}",'
        f'"metadata":{{"resourceVersion":"{revision}"{more}}},"items":['
    ).encode()
    body = head + (b"{" + b",{".join(items) if items else b"") + b"]}"
    await call.respond(200, body)
