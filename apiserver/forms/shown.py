"""Documents that are no stored objects, in the form a client asked for: scales, component statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from apiserver import protobuf
from apiserver.forms import objects
from apiserver.forms.documents import encoded
from apiserver.negotiation import PARTIAL, PARTIAL_LIST, PROTOBUF, TABLE, Output
from apiserver.tables.printer import Printer
from minik8s.api.object_meta import ListMeta


def shown_object(output: Output, query: dict[str, str], printer: Printer, obj: Any) -> tuple[bytes, bytes]:
    """(body, content type) of one document. Raises StatusError (400, 406)."""
    wire = msgspec.json.encode(obj)
    if output.transform == PARTIAL_LIST:
        raise objects.not_a_list(_group(obj), obj.kind)
    if output.transform == PARTIAL:
        if output.media == PROTOBUF:
            body = protobuf.wrap(PARTIAL, f"meta.k8s.io/{output.version}", objects.partial_message(wire))
            return body, PROTOBUF.encode()
        return encoded(output, objects.partial(wire, output.version))
    if output.transform == TABLE:
        metadata = ListMeta(resource_version=obj.metadata.resource_version)
        return encoded(output, _table(output, query, printer, [obj], metadata))
    return encoded(output, wire)


def shown_list(output: Output, query: dict[str, str], printer: Printer, found: Any) -> tuple[bytes, bytes]:
    """(body, content type) of a list of documents, a typed one. Raises StatusError (400, 406)."""
    if output.transform == PARTIAL:
        raise objects.is_a_list(_group(found), found.kind.removesuffix("List"))
    if output.transform == TABLE:
        return encoded(output, _table(output, query, printer, found.items, found.metadata))
    if output.transform == PARTIAL_LIST:
        group_version = f"meta.k8s.io/{output.version}"
        wires = [msgspec.json.encode(each) for each in found.items]
        if output.media == PROTOBUF:
            messages = [objects.partial_message(wire) for wire in wires]
            return protobuf.encode_list(PARTIAL_LIST, group_version, found.metadata, messages), PROTOBUF.encode()
        partials = [msgspec.Raw(objects.partial(wire, output.version)) for wire in wires]
        document = {"kind": PARTIAL_LIST, "apiVersion": group_version, "metadata": found.metadata}
        return encoded(output, msgspec.json.encode({**document, "items": partials or None}))
    document = msgspec.to_builtins(found)
    for each in document["items"]:
        # Items do not say what the list says of them all.
        each.pop("kind", None)
        each.pop("apiVersion", None)
    return encoded(output, msgspec.json.encode(document))


def _group(obj: Any) -> str:
    group: str = obj.api_version.rpartition("/")[0]
    return group


def _table(output: Output, query: dict[str, str], printer: Printer, found: Sequence[Any], metadata: ListMeta) -> bytes:
    include, moment = objects.included(query), objects.now()
    rows = [objects.row(printer, msgspec.json.encode(each), each, include, output.version, moment) for each in found]
    return objects.table(output.version, msgspec.json.encode(metadata), objects.columns(printer), rows)
