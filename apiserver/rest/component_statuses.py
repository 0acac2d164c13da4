"""ComponentStatuses: how the parts of the control plane on this machine are, asked when somebody wants to know."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from functools import partial

from apiserver.auth.errors import not_found
from apiserver.call import Call
from apiserver.forms.choice import choose_output
from apiserver.rest.answer import answer_shown
from apiserver.rest.dispatch import Dispatch
from apiserver.rest.selection import by_name
from apiserver.tables.core import COMPONENTS
from minik8s.api.core_v1 import ComponentCondition, ComponentStatus, ComponentStatusList
from minik8s.api.object_meta import ObjectMeta

_SECONDS = 3.0
_PORTS = {"controller-manager": 10257, "scheduler": 10259}

Probe = Callable[[], Awaitable[None]]
"""Returns when well, raises with the reason when not."""


async def _healthy_at(port: int) -> None:
    context = ssl.create_default_context()
    # It is this machine's own loopback, and nothing is told to who answers.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    try:
        writer.write(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answer = await reader.read(65536)
        head = answer.partition(b"\r\n")[0].decode("latin-1")
        if " 200 " not in f"{head} ":
            raise RuntimeError(head or "no answer")
    finally:
        writer.close()


class ComponentStatuses:
    """The components by name, each with its probe."""

    def __init__(self, store_answers: Probe) -> None:
        self._probes: dict[str, Probe] = {name: partial(_healthy_at, port) for name, port in _PORTS.items()}
        self._probes["etcd-0"] = store_answers

    def add_to(self, dispatch: Dispatch) -> None:
        """Serve them."""
        dispatch.endpoints["", "componentstatuses", ""] = {"get": self._get, "list": self._list}

    async def _get(self, call: Call) -> None:
        probe = self._probes.get(call.info.name)
        if probe is None:
            raise not_found("", "componentstatus", call.info.name)
        choose_output(call)
        await answer_shown(call, COMPONENTS, await self._status(call.info.name, probe))

    async def _list(self, call: Call) -> None:
        choose_output(call)
        selected = by_name(call.query)
        found = await asyncio.gather(*(self._status(name, probe) for name, probe in sorted(self._probes.items())))
        items = [each for each in found if selected(each.metadata.name)]
        await answer_shown(call, COMPONENTS, ComponentStatusList(items=items), collection=True)

    @staticmethod
    async def _status(name: str, probe: Probe) -> ComponentStatus:
        condition = ComponentCondition(type="Healthy", status="True", message="ok")
        try:
            async with asyncio.timeout(_SECONDS):
                await probe()
        except Exception as error:  # whatever it is, the component is not well
            condition = ComponentCondition(type="Healthy", status="False", message=str(error) or type(error).__name__)
        return ComponentStatus(metadata=ObjectMeta(name=name), conditions=[condition])
