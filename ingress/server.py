"""Everything of the ingress controller put together and run."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import resource
import shutil
import socket
from pathlib import Path
from typing import Any

from ingress import files
from ingress.frame import Frame
from ingress.publish import Publisher
from ingress.sync import Syncer
from minik8s.client import config
from minik8s.client.api import ApiClient
from minik8s.client.events import EventRecorder
from minik8s.client.informer import Informers
from minik8s.client.leader import LeaderElector, LeadershipLost
from minik8s.daemon.health import HealthServer
from minik8s.daemon.logging import logger
from minik8s.daemon.run import Fatal, ready

log = logger("ingress")

_MOST_WORKERS = 4
_FALLBACK_HOST = "ingress.local"


async def serve(given: dict[str, Any]) -> None:
    """Run until cancelled; `given` are the flags by name. Raises Fatal, ConfigError, LeadershipLost, OSError."""
    program, frame = _program(given["program"]), _frame(given)
    own = config.load(given["kubeconfig"], master=given["master"], user_agent="minik8s-ingress")
    async with ApiClient(own) as client:
        informers = Informers(client)
        recorder = EventRecorder(client, "minik8s-ingress", socket.gethostname())
        publisher = Publisher(client, recorder, given["publish_status_address"])
        syncer = Syncer(
            informers, frame, program, client.clock, given["controller_class"], given["ingress_class"],
            not given["disable_svc_external_name"],
        )  # fmt: skip

        def synced() -> None:
            if waiting := informers.unsynced:
                raise RuntimeError("not listed yet: " + ", ".join(waiting))

        host, _, port = given["healthz_bind_address"].rpartition(":")
        checks = {"informers": synced, "nginx": syncer.check_health}
        server = HealthServer(host.strip("[]"), int(port), checks=checks, live=("ping",))
        await server.start()
        await informers.start()
        try:
            syncer.wake()
            async with asyncio.TaskGroup() as group:
                group.create_task(publisher.run(), name="ingress-publish")
                group.create_task(syncer.run(publisher), name="ingress")
                group.create_task(_lead(client, given, publisher), name="ingress-leader")
                await informers.synced()
                ready()
        except BaseException as error:
            if not isinstance(error, asyncio.CancelledError):
                # Whoever starts next takes nginx over.
                syncer.nginx.forget()
            raise
        finally:
            await asyncio.shield(_stop(syncer, informers, recorder, server, given["shutdown_grace_period"]))


async def _stop(
    syncer: Syncer, informers: Informers, recorder: EventRecorder, server: HealthServer, grace: float
) -> None:
    await syncer.nginx.stop(grace)
    await informers.stop()
    await recorder.close()
    await server.stop()


async def _lead(client: ApiClient, given: dict[str, Any], publisher: Publisher) -> None:
    async def lead() -> None:
        publisher.leads = True
        await asyncio.Event().wait()

    if not given["leader_elect"]:
        await lead()
        return
    while True:
        # Who does not lead serves all the same: only statuses and events are the leader's.
        publisher.leads = False
        with contextlib.suppress(LeadershipLost):
            await _elector(client, given).run(lead)


def _elector(client: ApiClient, given: dict[str, Any]) -> LeaderElector:
    return LeaderElector(
        client,
        given["leader_elect_resource_name"],
        given["leader_elect_resource_namespace"],
        f"{socket.gethostname()}_{os.getpid()}",
        lease_duration=given["leader_elect_lease_duration"],
        renew_deadline=given["leader_elect_renew_deadline"],
        retry_period=given["leader_elect_retry_period"],
    )


def _program(wanted: str) -> str:
    found = shutil.which(wanted or "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        raise Fatal(f"{wanted or 'nginx'} is not installed. On Debian: apt-get install nginx")
    return found


def _frame(given: dict[str, Any]) -> Frame:
    folder = Path(given["state_dir"]).absolute()
    user = files.worker_user()
    cert, key = given["default_tls_cert_file"], given["default_tls_private_key_file"]
    if not cert and given["https_port"]:
        from minik8s.daemon.tls import self_signed

        folder.mkdir(parents=True, exist_ok=True)
        made = self_signed(str(folder), "fallback", [_FALLBACK_HOST])
        cert, key = made.cert_file, made.key_file
    connections = given["worker_connections"]
    # A request holds two connections, and its body may be a file.
    files_wanted = 2 * connections + 256
    hardest = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return Frame(
        folder=folder,
        http_port=given["http_port"],
        https_port=given["https_port"],
        addresses=tuple(_bracketed(address) for address in given["bind_address"]),
        user=f"{user} {files.group_of(user)}" if user else "",
        workers=given["worker_processes"] or min(len(os.sched_getaffinity(0)), _MOST_WORKERS),
        connections=connections,
        open_files=files_wanted if hardest == resource.RLIM_INFINITY else min(files_wanted, hardest),
        resolvers=tuple(given["resolver"]) or _resolvers(),
        fallback_certificate=cert,
        fallback_key=key,
        body_size=given["proxy_body_size"].lower(),
        access_log=given["access_log"],
        worker_shutdown_seconds=max(1, int(given["worker_shutdown_timeout"])),
        forwarded_headers=given["use_forwarded_headers"],
    )


def _bracketed(address: str) -> str:
    try:
        return f"[{address}]" if ipaddress.ip_address(address.strip("[]")).version == 6 else address
    except ValueError:
        raise Fatal(f"--bind-address: {address!r} is no address") from None


def _resolvers() -> tuple[str, ...]:
    try:
        lines = Path("/etc/resolv.conf").read_text().splitlines()
    except OSError:
        return ()
    found = [words[1] for line in lines if len(words := line.split()) > 1 and words[0] == "nameserver"]
    return tuple(f"[{address}]" if ":" in address else address for address in found if "%" not in address)
