"""GET: bytes from the watch cache, nothing decoded."""

from __future__ import annotations

from apiserver.auth.errors import not_found
from apiserver.call import Call
from apiserver.resources import Resource
from apiserver.rest.answer import answer_object
from apiserver.rest.unreadable import check_object
from apiserver.rest.versions import catch_up, wanted_of_get
from apiserver.storage.cacher import Cacher


async def get(call: Call, resource: Resource, cacher: Cacher) -> None:
    """One object. Raises StatusError (400, 404, 504)."""
    info = call.info
    await catch_up(wanted_of_get(call), cacher)
    namespace = info.namespace if resource.namespaced else ""
    entry = resource.cache.get(namespace, info.name)
    if entry is None:
        check_object(resource, namespace, info.name)
        raise not_found(resource.group, resource.plural, info.name)
    await answer_object(call, resource, entry.wire, entry=entry)
