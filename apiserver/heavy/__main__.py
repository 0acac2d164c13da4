"""`python -m apiserver.heavy`: the worker as a process. The API server starts it with its own flags and a socket."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import socket
from pathlib import Path
from typing import Any

from apiserver.heavy.yielding import yield_to_others

_FIRST_TO_GO = "500"


def main() -> None:
    """Run it until the server hangs up."""
    gc.disable()
    yield_to_others()
    # Where memory runs out, what a heavy request asked for goes before the server does.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_GO)
    import click

    from apiserver.collection import spare_the_collector
    from apiserver.core import Core
    from apiserver.heavy.channel import Channel
    from apiserver.heavy.counting import Counters
    from apiserver.heavy.remote_store import MarkedStore, RemoteStore
    from apiserver.heavy.worker import Worker
    from apiserver.settings import ServerSettings, server_flags, server_settings
    from minik8s.daemon.run import run

    async def work(told: ServerSettings, number: int) -> None:
        remote = RemoteStore()
        store = MarkedStore(remote)
        gone = asyncio.Event()
        worker = Worker(store)
        channel = Channel(worker, gone.set)
        core = Core(
            store,
            told.auth,
            root=told.storage.root,
            admission=told.admission,
            requests=told.requests,
            to_endpoints=told.aggregation.to_endpoints,
            follows=True,
            counters=Counters(channel),
        )
        await asyncio.get_running_loop().create_connection(lambda: channel, sock=socket.socket(fileno=number))
        remote.connect(channel)
        starting = asyncio.ensure_future(core.start())
        ended = asyncio.ensure_future(gone.wait())
        await asyncio.wait((starting, ended), return_when=asyncio.FIRST_COMPLETED)
        if not ended.done():
            await starting
            await core.definitions.start()
            spare_the_collector()
            worker.core = core
            channel.tell("ready")
            await ended
        # Nobody waits for what is under way, and nothing is kept here.
        os._exit(0)

    @click.command()
    @server_flags
    @click.option("--channel", type=int, required=True)
    def command(channel: int, **given: Any) -> None:
        """Carry out heavy requests for an API server."""
        told = server_settings(given)
        run(lambda: work(told, channel))

    command()


if __name__ == "__main__":
    main()
