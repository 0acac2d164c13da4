"""One question to a container: run a command, fetch a page, open a port, ask gRPC's health service."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import enum
from typing import Any

from kubelet.pods.declared import AnyContainer
from kubelet.runtime.runtime import Runtime
from kubelet.runtime.types import RuntimeFailure
from minik8s.api.core_v1 import ExecAction, GRPCAction, HTTPGetAction, TCPSocketAction

_BODY = 10 * 1024
_REDIRECTS = 10
_MOVED = (301, 302, 303, 307, 308)


class Outcome(enum.Enum):
    """How it went; UNKNOWN counts neither way."""

    SUCCESS = "success"
    FAILURE = "failure"
    UNKNOWN = "unknown"


@dataclasses.dataclass(frozen=True, slots=True)
class Answer:
    """How a question went, and what was said; `warning` is a success somebody should look at."""

    outcome: Outcome
    text: str = ""
    warning: bool = False


def port_of(port: int | str, container: AnyContainer) -> int:
    """The number of a port given by number or by name. Raises ValueError."""
    if isinstance(port, int):
        return port
    for declared in container.ports:
        if declared.name == port:
            return declared.container_port
    if port.isdigit():
        return int(port)
    raise ValueError(f"couldn't find port: {port!r} in container {container.name}")


async def run_command(runtime: Runtime, container_id: str, action: ExecAction, timeout: float) -> Answer:
    """Success is exit code 0."""
    try:
        result = await runtime.exec(container_id, action.command, timeout)
    except TimeoutError:
        words = " ".join(action.command)
        return Answer(Outcome.FAILURE, f'command timed out: "{words}" timed out after {_seconds(timeout)}')
    except RuntimeFailure as error:
        return Answer(Outcome.UNKNOWN, str(error))
    text = result.output.decode(errors="replace")[:_BODY]
    return Answer(Outcome.SUCCESS if result.exit_code == 0 else Outcome.FAILURE, text)


async def fetch(host: str, container: AnyContainer, action: HTTPGetAction, timeout: float) -> Answer:
    """Success is a status from 200 to 399; a redirect to another host is not followed, and is a success to be told."""
    import aiohttp
    from yarl import URL

    try:
        port = port_of(action.port, container)
    except ValueError as error:
        return Answer(Outcome.UNKNOWN, str(error))
    scheme = (action.scheme or "HTTP").lower()
    path = action.path if action.path.startswith("/") else "/" + action.path
    name = action.host or host
    shown = f"[{name}]" if ":" in name else name
    url = f"{scheme}://{shown}:{port}{path}"
    headers = {"User-Agent": "kube-probe/1.36", "Accept": "*/*", "Connection": "close"}
    for header in action.http_headers:
        headers[header.name] = header.value
    try:
        async with aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout), connector=aiohttp.TCPConnector(ssl=False, force_close=True)
        ) as session:
            place = URL(url, encoded=True)
            for _ in range(_REDIRECTS):
                async with session.get(place, headers=headers, allow_redirects=False) as answer:
                    target = answer.headers.get("Location", "") if answer.status in _MOVED else ""
                    further = place.join(URL(target, encoded=True)) if target else place
                    if target and further.host == place.host:
                        place = further
                        continue
                    body = (await answer.content.read(_BODY)).decode(errors="replace")
                    if 300 <= answer.status < 400:
                        return Answer(Outcome.SUCCESS, f"Probe terminated redirects, Response body: {body}", True)
                    if 200 <= answer.status < 400:
                        return Answer(Outcome.SUCCESS, body)
                    return Answer(Outcome.FAILURE, f"HTTP probe failed with statuscode: {answer.status}")
            return Answer(Outcome.FAILURE, f'Get "{place}": stopped after {_REDIRECTS} redirects')
    except TimeoutError:
        return Answer(
            Outcome.FAILURE,
            f'Get "{url}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)',
        )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Answer(Outcome.FAILURE, f'Get "{url}": {_network_words(error, name, port)}')


async def open_port(host: str, container: AnyContainer, action: TCPSocketAction, timeout: float) -> Answer:
    """Success is a connection."""
    try:
        port = port_of(action.port, container)
    except ValueError as error:
        return Answer(Outcome.UNKNOWN, str(error))
    name = action.host or host
    try:
        async with asyncio.timeout(timeout):
            _, writer = await asyncio.open_connection(name, port)
    except TimeoutError:
        return Answer(Outcome.FAILURE, f"dial tcp {name}:{port}: i/o timeout")
    except OSError as error:
        return Answer(Outcome.FAILURE, _network_words(error, name, port))
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Answer(Outcome.SUCCESS)


async def ask_grpc(host: str, action: GRPCAction, timeout: float) -> Answer:
    """Success is SERVING from grpc.health.v1.Health."""
    import grpc

    shown = f"[{host}]" if ":" in host else host
    target = f"{shown}:{action.port}"
    service = (action.service or "").encode()
    # HealthCheckRequest{service}: field 1, a string; the answer's field 1 is the status, SERVING is 1.
    question = b"\x0a" + bytes([len(service)]) + service if service else b""
    options = [("grpc.primary_user_agent", "kube-probe/1.36"), ("grpc.enable_http_proxy", 0)]
    async with grpc.aio.insecure_channel(target, options=options) as channel:
        check: Any = channel.unary_unary("/grpc.health.v1.Health/Check", None, None)
        try:
            said = await check(question, timeout=timeout)
        except grpc.aio.AioRpcError as error:
            code = error.code()
            if code is grpc.StatusCode.UNIMPLEMENTED:
                return Answer(
                    Outcome.FAILURE,
                    "error: this server does not implement the grpc health protocol (grpc.health.v1.Health)",
                )
            if code is grpc.StatusCode.DEADLINE_EXCEEDED:
                return Answer(
                    Outcome.FAILURE,
                    f"timeout: health rpc did not complete within {_seconds(timeout)}",
                )
            if code is grpc.StatusCode.UNAVAILABLE:
                return Answer(
                    Outcome.FAILURE,
                    f'timeout: failed to connect service "{target}" within {_seconds(timeout)}: {error.details()}',
                )
            return Answer(Outcome.FAILURE, f"error: health rpc probe failed: {error.details()}")
    if said[:2] == b"\x08\x01":
        return Answer(Outcome.SUCCESS, 'service healthy (responded with "SERVING")')
    word = {b"\x08\x02": "NOT_SERVING", b"\x08\x03": "SERVICE_UNKNOWN"}.get(said[:2], "UNKNOWN")
    return Answer(Outcome.FAILURE, f'service unhealthy (responded with "{word}")')


def _seconds(timeout: float) -> str:
    return f"{timeout:g}s"


def _network_words(error: BaseException, host: str, port: int) -> str:
    """A failed connection, worded as Go's net package does."""
    inner = getattr(error, "os_error", None) or error
    shown = f"[{host}]" if ":" in host else host
    number = getattr(inner, "errno", None)
    if isinstance(inner, ConnectionRefusedError) or number == 111:
        return f"dial tcp {shown}:{port}: connect: connection refused"
    if number == 113:
        return f"dial tcp {shown}:{port}: connect: no route to host"
    if number == 101:
        return f"dial tcp {shown}:{port}: connect: network is unreachable"
    if "disconnected" in str(error).lower():
        return "EOF"
    return str(error) or type(error).__name__
