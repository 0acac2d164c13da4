"""The same objects under another group version: a watch cache that follows another one and stores nothing itself.

Nothing is converted until somebody looks at an object through the view.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apiserver.storage.cache import ResourceCache
from apiserver.storage.entry import Entry, Form
from apiserver.storage.watchers import Change

_KEPT_CHANGES = 4096


class ViewForm(Form):
    """A form whose stored values are of another version; `translate` turns such a value into one of this version."""

    __slots__ = ("translate",)

    def __init__(
        self,
        kind: str,
        group_version: str,
        *,
        namespaced: bool,
        decode: Callable[[bytes], Any],
        select: Callable[[Any], dict[str, str]] | None,
        keep_decoded: bool,
        translate: Callable[[bytes], bytes],
    ) -> None:
        super().__init__(
            kind, group_version, namespaced=namespaced, decode=decode, select=select, keep_decoded=keep_decoded
        )
        self.translate = translate

    def wire(self, value: bytes, revision: int) -> bytes:
        """A value, of this version or as it is stored, with its revision. Raises ValueError as `translate` does."""
        return super().wire(value if value.startswith(self.head) else self.translate(value), revision)


class ViewEntry(Entry):
    """An entry made from another one when it is first looked at."""

    __slots__ = ("_source",)

    def __init__(self, form: Form, source: Entry) -> None:
        # `wire` stays unset: `__getattr__` fills it in.
        self.form = form
        self.namespace = source.namespace
        self.name = source.name
        self.revision = source.revision
        self.created = source.created
        self.message = None
        self._labels = None
        self._fields = None
        self._obj = None
        self._source = source

    def __getattr__(self, name: str) -> Any:
        if name != "wire":
            raise AttributeError(name)
        source = self._source
        self.wire = self.form.wire(source.form.stored(source.wire), self.revision)
        return self.wire


class ViewCache(ResourceCache):
    """What another cache holds, in another form."""

    def __init__(self, source: ResourceCache, form: ViewForm) -> None:
        super().__init__(source.prefix, form)
        self._source = source
        self.unreadable = source.unreadable
        self.reload()

    def reload(self) -> None:
        """Begin anew with what the other cache holds; the watchers stay."""
        self.clear()
        for entry in self._source.ordered():
            self._put(ViewEntry(self.form, entry))
        self.floor, self.revision = self._source.floor, self._source.revision

    def follow(self, change: Change) -> None:
        """Take in a change of the other cache and note which watchers have something to be told."""
        about = change.new or change.old
        assert about is not None
        old = self.get(about.namespace, about.name)
        new = ViewEntry(self.form, change.new) if change.new is not None else None
        if new is not None:
            self._put(new)
        elif old is not None:
            self._remove(old)
        mine = Change(change.revision, old, new)
        self.revision = change.revision
        self._remember(mine)
        self.watchers.tell(mine)

    def _remember(self, change: Change) -> None:
        """By their number alone: measuring bytes would convert what nobody asked for."""
        self._changes.append(change)
        if len(self._changes) > _KEPT_CHANGES:
            self._drop(_KEPT_CHANGES // 4)

    def _weight(self, changes: list[Change]) -> int:
        return 0
