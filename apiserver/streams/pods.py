"""exec, attach and portforward of a Pod: passed on to its kubelet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.plugin import AdmissionRequest, Operation
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.errors import StatusError, bad_request, not_found
from apiserver.auth.protocols import Authorizer, Reader
from apiserver.call import Call
from apiserver.streams import relay, translate
from apiserver.streams.containers import choose
from apiserver.streams.kubelets import Kubelets, scheduled
from minik8s.api.core_v1 import Pod
from minik8s.api.meta_v1 import Status
from minik8s.streams.channels import SPDY
from minik8s.streams.command import Wanted
from minik8s.streams.dial import Head
from minik8s.streams.duplex import TransportDuplex
from minik8s.streams.handshake import Refused
from minik8s.streams.upgrade import Upgrade, upgrade_of

_ON = {"stdin": "input", "stdout": "output", "stderr": "error", "tty": "tty"}
_OPTIONS = {
    ("pods", "exec"): "PodExecOptions",
    ("pods", "attach"): "PodAttachOptions",
    ("pods", "portforward"): "PodPortForwardOptions",
    ("pods", "proxy"): "PodProxyOptions",
    ("services", "proxy"): "ServiceProxyOptions",
    ("nodes", "proxy"): "NodeProxyOptions",
}
_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("", "0", "f", "F", "false", "FALSE", "False")


def flag(call: Call, name: str) -> bool:
    """A boolean of the query, False where it does not say. Raises StatusError (400)."""
    text = call.query.get(name, "")
    if text not in _TRUE and text not in _FALSE:
        raise bad_request(f'strconv.ParseBool: parsing "{text}": invalid syntax')
    return text in _TRUE


class PodStreams:
    """The three endpoints."""

    def __init__(
        self, kubelets: Kubelets, reader: Reader, authorizer: Authorizer, admission: AdmissionChain | None
    ) -> None:
        self._kubelets = kubelets
        self._reader = reader
        self._authorizer = authorizer
        self._admission = admission

    async def exec(self, call: Call) -> None:
        """Run a command in a container."""
        await self._command(call, "exec", call.query_values.get("command", []))

    async def attach(self, call: Call) -> None:
        """Join a container's own process."""
        await self._command(call, "attach", [])

    async def portforward(self, call: Call) -> None:
        """Connections to a Pod's ports."""
        upgrade = await self._admitted(call)
        pod = await self.pod(call)
        node = scheduled(pod.spec.node_name, call.info.name)
        asked = [port for value in call.query_values.get("ports", []) for port in value.split(",") if port]
        query = urlencode([("port", port) for port in asked])
        target = f"/portForward/{quote(pod.metadata.namespace)}/{quote(pod.metadata.name)}"
        await self._pass_on(call, upgrade, node, f"{target}?{query}" if query else target, None)

    async def _command(self, call: Call, kind: str, words: Sequence[str]) -> None:
        upgrade = await self._admitted(call)
        pod = await self.pod(call)
        container = choose(pod, call.query.get("container", ""))
        node = scheduled(pod.spec.node_name, call.info.name)
        wanted = Wanted(
            flag(call, "stdin"),
            flag(call, "stdout"),
            flag(call, "stderr") and not flag(call, "tty"),
            flag(call, "tty"),
        )
        if kind == "exec" and not words:
            raise bad_request("you must specify at least one command for the container")
        chosen = {name: getattr(wanted, name) for name in _ON}
        pairs = [(_ON[name], "1") for name, on in chosen.items() if on]
        pairs += [("command", word) for word in words]
        meta = pod.metadata
        target = f"/{kind}/{quote(meta.namespace)}/{quote(meta.name)}/{quote(container)}?{urlencode(pairs)}"
        await self._pass_on(call, upgrade, node, target, wanted)

    async def pod(self, call: Call) -> Pod:
        """The Pod of the path. Raises StatusError (404)."""
        found = await self._reader.fetch(Pod, call.info.name, call.info.namespace)
        if found is None:
            raise not_found("", "pods", call.info.name)
        return found

    async def _admitted(self, call: Call) -> Upgrade | None:
        """What the connection is to become, None when the request names nothing it can become.

        That is said when everything else about the request is right.
        """
        upgrade = upgrade_of(call.scope)
        if upgrade is not None and upgrade.protocol not in ("websocket", SPDY):
            upgrade = None
        if upgrade is not None and upgrade.protocol == "websocket" and call.info.verb == "get":
            # A WebSocket can only begin with GET; what it does is what POST does over SPDY.
            attributes = msgspec.structs.replace(call.attributes, verb="create")
            decision = await self._authorizer.authorize(attributes)
            if not decision.allowed:
                raise refusal(attributes, decision.reason)
        info = call.info
        if self._admission is not None:
            await admit_connect(self._admission, call, info.resource, info.subresource)
        return upgrade

    async def _pass_on(
        self, call: Call, upgrade: Upgrade | None, node: str, target: str, wanted: Wanted | None
    ) -> None:
        place = self._kubelets.find(node, "pods")
        if upgrade is None:
            raise bad_request("Upgrade request required")
        tls = self._kubelets.tls()
        seconds = max(self._kubelets.settings.timeout, 5.0)

        async def ask(headers: list[tuple[bytes, bytes]]) -> tuple[Head, TransportDuplex]:
            return await relay.ask(call, place.host, place.port, target, tls, headers, seconds)

        head, backend = await ask(relay.passed_on(call.scope["headers"]))
        if head.status == 101 or not translate.possible(call, upgrade, head):
            await relay.carry(call, upgrade, head, backend)
            return
        await backend.close()
        try:
            if wanted is None:
                await translate.ports(call, upgrade, ask)
            else:
                await translate.command(call, upgrade, ask, wanted)
        except Refused as refused:
            status = Status(status="Failure", message=refused.message, reason="BadRequest", code=refused.code)
            raise StatusError(status) from None
        except ConnectionError:
            if not call.started:
                raise


async def admit_connect(admission: AdmissionChain, call: Call, resource: str, subresource: str) -> None:
    """Ask the admission plugins that watch connections. Raises StatusError."""
    if not admission.concerns(Operation.CONNECT, "", resource, subresource):
        return
    request = AdmissionRequest(
        operation=Operation.CONNECT,
        resource=resource,
        subresource=subresource,
        kind=_OPTIONS[(resource, subresource)],
        namespace=call.info.namespace,
        name=call.info.name,
        obj=_options(call, subresource, _OPTIONS[(resource, subresource)]),
        user=call.user,
        annotations=call.notes,
        warnings=call.warnings,
    )
    await admission.mutate(request)
    await admission.validate(request)


def _options(call: Call, subresource: str, kind: str) -> dict[str, Any]:
    """What the query asks for, as the object that admission is shown."""
    found: dict[str, Any] = {"kind": kind, "apiVersion": "v1"}
    if subresource == "proxy":
        _, _, path = call.info.path.partition("/proxy")
        return {**found, "path": path} if path else found
    if subresource == "portforward":
        listed = [port for value in call.query_values.get("ports", []) for port in value.split(",")]
        ports = [int(port) for port in listed if port.isdecimal()]
        return {**found, "ports": ports} if ports else found
    for name in ("stdin", "stdout", "stderr", "tty"):
        if flag(call, name):
            found[name] = True
    if container := call.query.get("container", ""):
        found["container"] = container
    if subresource == "exec":
        found["command"] = call.query_values.get("command")
    return found
