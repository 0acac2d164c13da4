"""Storms: clients at work while their API server, or the etcd behind it, is killed, hung or cut off."""

from __future__ import annotations

import asyncio
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from apiserver.storage.etcd.store import EtcdStore
from apiserver.storage.sqlite import SQLiteStore
from apiserver.storage.store import Store
from tests.support.api_server import ApiServer
from tests.support.checker import Logged, check
from tests.support.clients import PREFIX, Clients
from tests.support.etcd_servers import Cluster, Member, free_ports

CLIENTS, WATCHERS = 10, 4
Faults = Callable[[random.Random], Awaitable[int]]


def seconds() -> float:
    """How long a storm lasts; MINIK8S_STORM_SECONDS makes it longer."""
    return float(os.environ.get("MINIK8S_STORM_SECONDS", "8"))


async def log_of(store: Store) -> list[Logged]:
    """All changes of the clients' objects the store has ever made."""
    last = await store.revision()
    found: list[Logged] = []
    newest: dict[str, int] = {}
    marker = await store.create("/storm/end", b"")
    async for batch in store.watch("", 1):
        for change in batch:
            if change.key.startswith(PREFIX):
                key = change.key.removeprefix(PREFIX)
                op = None if change.value is None else int(json.loads(change.value)["data"]["op"])
                found.append(Logged(change.revision, key, op, newest.get(key, 0)))
                newest[key] = change.revision if op is not None else 0
        if batch[-1].revision >= marker:
            break
    assert marker > last
    return found


async def storm(servers: list[ApiServer], faults: Faults, seed: int) -> tuple[Clients, int]:
    """Run the clients through the faults; what they recorded, and how many faults there were."""
    clients = Clients([server.url for server in servers], seed)
    try:
        watchers = [asyncio.create_task(clients.watch(n)) for n in range(WATCHERS)]
        workers = [asyncio.create_task(clients.work(n)) for n in range(CLIENTS)]
        number = await faults(random.Random(seed))
        clients.over = True
        await asyncio.gather(*workers)
        await clients.finish(servers[0].url, watchers)
    finally:
        await clients.close()
    return clients, number


def report(clients: Clients, faults: int, log: list[Logged]) -> tuple[list[str], str]:
    """What the checker finds, and what there was to be checked."""
    history = clients.history
    outcomes = {o: sum(w.outcome == o for w in history.writes) for o in ("ok", "refused", "unknown")}
    events = sum(len(s.events) for s in history.segments)
    said = (
        f"{faults} faults; writes {outcomes}, {len(history.reads)} reads, {len(history.listings)} lists, "
        f"{events} events in {len(history.segments)} watches, log of {len(log)}"
    )
    return check(history, log), said


async def sqlite_storm(folder: Path, seed: int) -> tuple[list[str], str]:
    """kill -9 of the API server at random points."""
    path = str(folder / "store.db")
    server = ApiServer(folder, "api", free_ports(1)[0], f"--sqlite-path={path}")
    server.start()
    await server.ready()

    async def faults(chance: random.Random) -> int:
        end, done = asyncio.get_running_loop().time() + seconds(), 0
        while asyncio.get_running_loop().time() < end:
            await asyncio.sleep(chance.uniform(0.2, 1.5))
            server.kill()
            server.start()
            await server.ready()
            done += 1
        return done

    try:
        clients, done = await storm([server], faults, seed)
    finally:
        server.stop()
    store = await SQLiteStore.open(path)
    try:
        return report(clients, done, await log_of(store))
    finally:
        await store.close()


async def etcd_storm(folder: Path, seed: int, *, partition: bool = False) -> tuple[list[str], str]:
    """Three members over TLS and two API servers; members are killed, hung, or (in a namespace) cut off."""
    cluster = Cluster(folder / "etcd", 3, tls=True)
    if partition:
        (folder / "etcd" / "pki" / "member.key").chmod(0o644)
        (folder / "etcd" / "pki").chmod(0o755)
        for number, member in enumerate(cluster.members):
            member.user = 21000 + number
            (folder / "etcd" / member.name).mkdir(mode=0o700)
            os.chown(folder / "etcd" / member.name, member.user, member.user)
    cluster.start()
    settings = cluster.settings
    flags = [
        "--etcd-servers=" + ",".join(settings.servers), f"--etcd-cafile={settings.ca_file}",
        f"--etcd-certfile={settings.cert_file}", f"--etcd-keyfile={settings.key_file}",
    ]  # fmt: skip
    servers = [ApiServer(folder, f"api{n}", port, *flags) for n, port in enumerate(free_ports(2))]
    try:
        for server in servers:
            server.start()
        for server in servers:
            await server.ready()

        async def faults(chance: random.Random) -> int:
            end, done = asyncio.get_running_loop().time() + seconds(), 0
            while asyncio.get_running_loop().time() < end:
                await asyncio.sleep(chance.uniform(0.3, 1.0))
                member = chance.choice(cluster.members)
                if partition:
                    cut_off(cluster, member)
                    await asyncio.sleep(chance.uniform(1.0, 3.0))
                    heal()
                elif done % 2:
                    member.signal(signal.SIGSTOP)
                    await asyncio.sleep(chance.uniform(0.5, 3.0))
                    member.signal(signal.SIGCONT)
                else:
                    member.kill()
                    await asyncio.sleep(chance.uniform(0.2, 1.5))
                    member.start()
                await asyncio.to_thread(cluster.wait, member)
                done += 1
            return done

        try:
            clients, done = await storm(servers, faults, seed)
        except AssertionError as error:
            logs = "\n".join(f"{server.log.name}: {server.log.read_text()[-2500:]}" for server in servers)
            raise AssertionError(f"{error}\n{logs}") from None
        for server in servers:
            server.stop()
        store = await EtcdStore.open(settings)
        try:
            return report(clients, done, await log_of(store))
        finally:
            await store.close()
    finally:
        for server in servers:
            server.kill()
        cluster.stop()


def cut_off(cluster: Cluster, member: Member) -> None:
    """Drop all that goes between a member and its peers; clients still reach it. In a network namespace of our own."""
    ports = ", ".join(str(m.peer_port) for m in cluster.members)
    rules = (
        "table inet storm { chain out { type filter hook output priority 0;\n"
        f"meta skuid {member.user} tcp dport {{ {ports} }} drop\n"
        f"meta skuid {member.user} tcp sport {{ {ports} }} drop\n"
        f"tcp dport {member.peer_port} drop\n}}\n}}\n"
    )
    subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True)


def heal() -> None:
    """Let everything through again."""
    subprocess.run(["nft", "delete", "table", "inet", "storm"], check=True)


def main() -> None:
    """`python -m tests.support.storm SEED`: the partition storm, inside a namespace made for it."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = Path(tempfile.mkdtemp(prefix="storm"))
    folder.chmod(0o755)
    try:
        problems, said = asyncio.run(etcd_storm(folder, int(sys.argv[1]), partition=True))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps({"problems": problems, "said": said}))


if __name__ == "__main__":
    main()
