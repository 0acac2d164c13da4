"""The attackers, in a process of their own, so that what they cost the client is not taken for the server's slowness.

    python -m bench.attackers URL TOKEN FOLDER

It makes what the attacks need and says `ready`; then, for each line `SECONDS NAME` it reads, it attacks that long in
that way and says how many attacks there were.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from pathlib import Path

from bench.client import Client
from bench.hostile import Attack, Villains, attacks

_REST = 0.2
"""Seconds that an attacker rests after each attack."""


class Attackers:
    """The process seen from the side that measures."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, url: str, token: str, folder: Path) -> Attackers:
        """Start them. Raises RuntimeError when they cannot prepare their attacks."""
        argv = [sys.executable, "-m", "bench.attackers", url, token, str(folder)]
        pipe = asyncio.subprocess.PIPE
        found = cls(await asyncio.create_subprocess_exec(*argv, stdin=pipe, stdout=pipe))
        await found._line()
        return found

    async def attack(self, name: str, seconds: float) -> int:
        """Let them attack; how often they did."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds} {name}\n".encode())
        return int(await self._line())

    async def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the attackers have ended")
        return line

    async def stop(self) -> None:
        """End them."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


async def _prepare(client: Client, villains: Villains) -> None:
    for path, obj in villains.objects():
        status, body = await client.ask("POST", path, json.dumps(obj).encode())
        if status != 201:
            raise RuntimeError(f"{path}: {status} {body[:500]!r}")


async def _attack(client: Client, group: list[Attack], seconds: float) -> int:
    """A client per attack, which repeats it after a rest; how often they attacked in all."""
    end = time.perf_counter() + seconds
    made = 0

    async def one(attack: Attack) -> None:
        nonlocal made
        request = client.request(attack.method, attack.path, attack.body)
        request = request.replace(b"Content-Type: application/json", b"Content-Type: " + attack.media, 1)
        connection = await client.connect()
        while time.perf_counter() < end:
            if connection.ended:
                connection = await client.connect()
            try:
                async with asyncio.timeout(max(end - time.perf_counter(), 0.05)):
                    await connection.send(request)
            except (ConnectionError, TimeoutError):
                connection.close()
                connection.ended = True
            made += 1
            await asyncio.sleep(_REST)
        connection.close()

    await asyncio.gather(*(one(attack) for attack in group))
    return made


async def _serve(url: str, token: str, folder: Path) -> None:
    client = Client(url, token)
    villains = Villains(folder)
    await villains.start()
    await _prepare(client, villains)
    groups = dict(attacks())
    print("ready", flush=True)
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        seconds, _, name = line.strip().partition(" ")
        print(await _attack(client, groups[name], float(seconds)), flush=True)


if __name__ == "__main__":
    # Elsewhere they would have a machine of their own: here they get what the server and its other clients leave.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    asyncio.run(_serve(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
