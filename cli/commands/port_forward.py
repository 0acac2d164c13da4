"""`port-forward`: local ports that lead to a Pod, found anew when it goes away."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.workloads import pods_of
from minik8s.client.errors import ApiError, ConnectionFailed

_CHUNK = 32 * 1024


@make("port-forward")
@click.argument("named", metavar="POD | TYPE/NAME")
@click.argument("ports", nargs=-1, required=True, metavar="[LOCAL:]REMOTE…")
@click.option("--address", default="localhost", show_default=True, help="local addresses to listen on")
async def command(session: Session, named: str, ports: tuple[str, ...], address: str) -> int:
    """Forward local ports to a Pod."""
    target = (await targets.find(session, [named if "/" in named else f"pod/{named}"]))[0]
    pod = (await pods_of(session, target))[0]
    if (pod.get("status") or {}).get("phase") != "Running":
        raise CommandError(
            "error: unable to forward port because pod is not running. Current status="
            f"{(pod.get('status') or {}).get('phase')}"
        )
    servers = []
    hosts = ["127.0.0.1", "::1"] if address == "localhost" else address.split(",")
    for pair in ports:
        local, remote = _pair(pair, target, pod)
        for host in hosts:
            try:
                server = await asyncio.start_server(_served(session, target, remote), host, local)
            except OSError as error:
                if host == "::1":
                    continue
                raise CommandError(f"error: unable to listen on port {local}: {error}") from None
            local = server.sockets[0].getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            print(f"Forwarding from {shown}:{local} -> {remote}", flush=True)
            servers.append(server)
    await asyncio.gather(*(server.serve_forever() for server in servers))
    return 0


def _pair(text: str, target: Target, pod: dict[str, Any]) -> tuple[int, int]:
    local, colon, remote = text.partition(":")
    if not colon:
        remote = local
    wanted = _number(remote, target, pod)
    if local == remote and not local.isdecimal():
        return wanted, wanted
    if local and not local.isdecimal():
        raise CommandError(f"error: invalid port format '{text}'")
    return int(local or 0), wanted


def _number(text: str, target: Target, pod: dict[str, Any]) -> int:
    """The Pod's port: a Service's port leads to its target port, a name to the container's port."""
    named: Any = text
    if target.served.resource.kind == "Service":
        for port in target.obj["spec"].get("ports") or ():
            if text in (str(port["port"]), port.get("name")):
                named = port.get("targetPort", port["port"])
                break
        else:
            raise CommandError(f"error: Service {target.name} does not have a service port {text}")
    if str(named).isdecimal():
        return int(named)
    for container in pod["spec"]["containers"]:
        for port in container.get("ports") or ():
            if port.get("name") == named:
                return int(port["containerPort"])
    raise CommandError(f"error: Pod '{pod['metadata']['name']}' does not have a named port '{named}'")


def _served(session: Session, target: Target, remote: int) -> Any:
    from minik8s.client.streams import PortForward, port_forward

    async def open_one() -> PortForward:
        """To a Pod that runs now: the one of before may be gone."""
        fresh = await session.client.get(target.served.resource, target.name, target.namespace)
        pod = (await pods_of(session, Target(target.served, target.namespace, target.name, fresh)))[0]
        return await port_forward(session.client, pod["metadata"]["name"], target.namespace, remote)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        local = writer.get_extra_info("sockname")[1]
        print(f"Handling connection for {local}", flush=True)
        try:
            stream = await open_one()
        except (ApiError, ConnectionFailed, CommandError) as error:
            session.warn(f"error forwarding port {remote}: {error}")
            writer.close()
            return

        async def outward() -> None:
            while chunk := await reader.read(_CHUNK):
                await stream.send(chunk)

        sending = asyncio.create_task(outward())
        try:
            async for chunk in stream.received():
                writer.write(chunk)
                await writer.drain()
        except (ConnectionFailed, ConnectionError) as error:
            session.warn(f"an error occurred forwarding {local} -> {remote}: {error}")
        finally:
            sending.cancel()
            await asyncio.gather(sending, return_exceptions=True)
            await stream.close()
            writer.close()

    return serve
