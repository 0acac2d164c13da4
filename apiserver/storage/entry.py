"""One object as the watch cache holds it: the bytes that go on the wire, and what selectors ask of them.

A stored value begins with a fixed head: the kind, the version, and the opening of the metadata. The revision at which
the object was last changed is written right behind that head, so that neither storing nor serving decodes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

_VERSION_KEY = b'"resourceVersion":"'


class _Metadata(msgspec.Struct):
    labels: dict[str, str] | None = None


class _Labelled(msgspec.Struct):
    metadata: _Metadata


_labels = msgspec.json.Decoder(_Labelled)


class Form:
    """What all objects of one resource share: how their bytes begin and how they are read.

    `select` gives the values of field labels beyond name and namespace; `decode` makes the typed object.
    """

    __slots__ = ("decode", "head", "item_offset", "keep_decoded", "namespaced", "select")

    def __init__(
        self,
        kind: str,
        group_version: str,
        *,
        namespaced: bool,
        decode: Callable[[bytes], Any],
        select: Callable[[Any], dict[str, str]] | None,
        keep_decoded: bool,
    ) -> None:
        prefix = f'{{"kind":"{kind}","apiVersion":"{group_version}",'
        self.head = (prefix + '"metadata":{').encode()
        self.item_offset = len(prefix)
        self.namespaced = namespaced
        self.decode = decode
        self.select = select
        self.keep_decoded = keep_decoded

    def wire(self, value: bytes, revision: int) -> bytes:
        """A stored value with its revision. Raises ValueError for a value that does not begin as it must."""
        head = self.head
        if not value.startswith(head):
            raise ValueError(f"stored value begins with {value[:60]!r}, not with {head!r}")
        # Joined in twos, which copies the long part once less than formatting it.
        return head + b'"resourceVersion":"%d",' % revision + value[len(head) :]

    def at_revision(self, wire: bytes, revision: int) -> bytes:
        """An object's bytes with another revision in them."""
        start = len(self.head)
        end = wire.index(b'",', start + len(_VERSION_KEY)) + 2
        return b'%b"resourceVersion":"%d",%b' % (self.head, revision, wire[end:])

    def stored(self, wire: bytes) -> bytes:
        """The value without its revision: what the store holds."""
        start = len(self.head)
        end = wire.index(b'",', start + len(_VERSION_KEY)) + 2
        return self.head + wire[end:]


class Entry:
    """One version of one object; never changed once made.

    `revision` is that of its last change, `created` that of its creation. `message` keeps its protobuf form once one
    client has asked for that.
    """

    __slots__ = ("_fields", "_labels", "_obj", "created", "form", "message", "name", "namespace", "revision", "wire")

    def __init__(self, form: Form, namespace: str, name: str, wire: bytes, revision: int, created: int) -> None:
        self.form = form
        self.namespace = namespace
        self.name = name
        self.wire = wire
        self.revision = revision
        self.created = created
        self.message: bytes | None = None
        self._labels: dict[str, str] | None = None
        self._fields: dict[str, str] | None = None
        self._obj: Any = None

    @property
    def labels(self) -> Mapping[str, str]:
        """The object's labels; read when first asked for."""
        found = self._labels
        if found is None:
            found = self._labels = _labels.decode(self.wire).metadata.labels or {}
        return found

    @property
    def fields(self) -> Mapping[str, str]:
        """The values field selectors compare, by their labels."""
        found = self._fields
        if found is None:
            found = {"metadata.name": self.name}
            if self.form.namespaced:
                found["metadata.namespace"] = self.namespace
            if self.form.select is not None:
                found.update(self.form.select(self.obj()))
            self._fields = found
        return found

    def obj(self) -> Any:
        """The typed object. It is shared: copy it before changing it."""
        found = self._obj
        if found is None:
            found = self.form.decode(self.wire)
            if self.form.keep_decoded:
                self._obj = found
        return found

    def fresh(self) -> Any:
        """The typed object, made anew for the caller to change."""
        return self.form.decode(self.wire)

    @property
    def size(self) -> int:
        """How large the object is, in bytes."""
        return len(self.wire)

    @property
    def item(self) -> memoryview:
        """The bytes as an item of a list, behind its opening brace: without kind and version."""
        return memoryview(self.wire)[self.form.item_offset :]
