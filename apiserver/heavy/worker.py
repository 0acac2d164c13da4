"""The worker's side: carries out the verbs of requests that the server sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

from apiserver.audit.record import Record
from apiserver.call import Call, Message
from apiserver.core import Core
from apiserver.failures import answering
from apiserver.heavy import forms
from apiserver.heavy.channel import RemoteError
from apiserver.heavy.remote_store import MarkedStore
from apiserver.measures.waiting import Waited, current
from apiserver.rest.dispatch import BUILT_IN
from apiserver.slow_kinds import SlowKinds, is_slow, watch_for


class Worker:
    """Answers the server over the channel."""

    def __init__(self, store: MarkedStore) -> None:
        self._store = store
        self.core: Core | None = None
        """Set once it is started."""

    async def ask(self, name: str, arguments: list[Any]) -> Any:
        """See Peer."""
        if name == "live":
            return True
        if name != "carry out" or self.core is None:
            raise RemoteError("", [f"cannot {name}"])
        message = forms.asked(arguments[0])
        with self._store.marked(message.key):
            return forms.encode(await self._carry_out(self.core, message))

    async def _carry_out(self, core: Core, message: forms.Asked) -> forms.Answered:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": message.body}

        async def send(each: Message) -> None:
            sent.append(each)

        call = Call(forms.as_seen_by_worker(message), receive, send)
        call.user = message.user
        call.extra_headers = message.extra_headers
        call.warnings = message.warnings
        call.notes = message.notes
        notes = forms.Notes(wants_request=message.wants_request, wants_response=message.wants_response)
        if message.records:
            call.record = cast(Record, notes)
        waited = Waited()
        current.set(waited)
        watch_for(SlowKinds(), (call.info.group, call.info.resource))
        await answering(call, self._verb(core, call))
        start = sent[0]
        body = b"".join(each["body"] for each in sent[1:])
        return forms.Answered(
            start["status"], start["headers"], body, call.failure, call.notes, notes.told, waited.seconds, is_slow()
        )

    @staticmethod
    async def _verb(core: Core, call: Call) -> None:
        # What the server has seen when it sent the request is to be known here too.
        await core.cacher.fresh()
        if call.info.group not in BUILT_IN:
            await core.definitions.settled()
        await core.dispatch.carry_out(call)

    async def stream(self, name: str, arguments: list[Any]) -> AsyncIterator[Any]:
        """See Peer; the worker has no streams."""
        nothing: tuple[Any, ...] = ()
        for each in nothing:
            yield each

    def tell(self, name: str, arguments: list[Any]) -> None:
        """See Peer; the server tells nothing."""
