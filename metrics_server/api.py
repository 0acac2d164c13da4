"""The group metrics.k8s.io over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web

from metrics_server import documents, failures, forms
from metrics_server.objects import Measured
from minik8s.client.errors import ApiError
from minik8s.daemon.health import Handler
from minik8s.machinery.selectors import (
    FieldSelector,
    Selector,
    SelectorError,
    parse_field_selector,
    parse_label_selector,
)

_ZIP_BYTES = 128 * 1024
_FIELDS = ("metadata.name", "metadata.namespace")


class Api:
    """Answers requests that are allowed already."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def routes(self) -> dict[str, Handler]:
        """What is served at which path."""
        root = documents.ROOT
        pods = f"{root}/namespaces/{{namespace}}/pods"
        group = root.rpartition("/")[0]
        return {
            "/apis": _groups,
            group: _fixed(lambda: documents.GROUP_OF_API),
            root: _fixed(lambda: documents.RESOURCES),
            "/openapi/v2": _fixed(documents.openapi_v2),
            "/openapi/v3": _fixed(lambda: documents.OPENAPI_V3_INDEX),
            f"/openapi/v3{root}": _fixed(documents.openapi_v3),
            f"{root}/nodes": _reading(self._list_nodes),
            f"{root}/nodes/{{name}}": _reading(self._node),
            f"{root}/pods": _reading(self._list_pods),
            pods: _reading(self._list_pods),
            f"{pods}/{{name}}": _reading(self._pod),
            "/{path:.*}": _nothing,
        }

    def _list_nodes(self, request: web.Request, form: str, include: str) -> Any:
        labels, fields = _selectors(request)
        return forms.listed("NodeMetrics", self._measured.nodes(labels, fields), form, include)

    def _node(self, request: web.Request, form: str, include: str) -> Any:
        return forms.single(self._measured.node(request.match_info["name"]), form, include)

    def _list_pods(self, request: web.Request, form: str, include: str) -> Any:
        labels, fields = _selectors(request)
        namespace = request.match_info.get("namespace", "")
        return forms.listed("PodMetrics", self._measured.pods(namespace, labels, fields), form, include)

    def _pod(self, request: web.Request, form: str, include: str) -> Any:
        found = self._measured.pod(request.match_info["namespace"], request.match_info["name"])
        return forms.single(found, form, include)


def _selectors(request: web.Request) -> tuple[Selector, FieldSelector]:
    try:
        labels = parse_label_selector(request.query.get("labelSelector", ""))
        fields = parse_field_selector(request.query.get("fieldSelector", ""))
    except SelectorError as error:
        raise failures.bad_request(str(error)) from None
    for term in fields.terms:
        if term.field not in _FIELDS:
            known = ", ".join(f'"{field}"' for field in _FIELDS)
            raise failures.bad_request(f'"{term.field}" is not a known field selector: only {known}')
    return labels, fields


def _fixed(document: Callable[[], Any]) -> Handler:
    async def show(request: web.Request) -> web.Response:
        if request.method not in ("GET", "HEAD"):
            return failures.answer(failures.not_allowed())
        return web.Response(body=msgspec.json.encode(document()), content_type="application/json")

    return show


async def _groups(request: web.Request) -> web.StreamResponse:
    version = documents.discovery_version(request.headers.get("Accept", ""))
    if not version or request.method not in ("GET", "HEAD"):
        return await _plain_groups(request)
    body = msgspec.json.encode(documents.discovery(version))
    return web.Response(body=body, headers={"Content-Type": documents.discovery_type(version)})


_plain_groups = _fixed(lambda: documents.GROUPS)


def _reading(read: Callable[[web.Request, str, str], Any]) -> Handler:
    async def show(request: web.Request) -> web.Response:
        try:
            if request.method not in ("GET", "HEAD"):
                raise failures.not_allowed()
            form = forms.form_of(request.headers.get("Accept", ""))
            body = msgspec.json.encode(read(request, form, request.query.get("includeObject", "")))
        except ApiError as error:
            return failures.answer(error)
        except forms.NotAcceptable as error:
            return failures.answer(failures.not_acceptable(str(error)))
        answer = web.Response(body=body, content_type="application/json")
        if len(body) > _ZIP_BYTES and "gzip" in request.headers.get("Accept-Encoding", ""):
            answer.enable_compression(web.ContentCoding.gzip)
        return answer

    return show


async def _nothing(request: web.Request) -> web.Response:
    return failures.answer(failures.no_such_path())
