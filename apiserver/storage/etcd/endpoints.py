"""The members of an etcd cluster as one partner: connections, TLS, and moving on from one that fails."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import grpc
import grpc.aio
import structlog

from apiserver.storage.etcd import messages as m
from apiserver.storage.etcd.errors import overloaded, passing, translated
from apiserver.storage.store import StoreClosed, StoreError, StoreUnavailable

log = structlog.get_logger("apiserver.storage")

_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    # etcd hangs up on clients that ping more often than every 5 s.
    ("grpc.keepalive_time_ms", 6000),
    ("grpc.keepalive_timeout_ms", 3000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 1000),
    ("grpc.enable_retries", 0),
    ("grpc.use_local_subchannel_pool", 1),
)
# A call to one of several members, to the only one, and with all attempts together, in seconds.
_ATTEMPT, _ATTEMPT_ALONE, _TOGETHER = 2.0, 6.0, 12.0
_PAUSE, _LONGEST_PAUSE = 0.02, 0.5
# A member without a leader ends the watch instead of keeping it silent.
_WATCH_METADATA = (("hasleader", "true"),)


@dataclasses.dataclass(frozen=True, slots=True)
class EtcdSettings:
    """`--etcd-servers` and the files that secure the way there."""

    servers: tuple[str, ...]
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


def _channel(target: str, credentials: grpc.ChannelCredentials | None) -> grpc.aio.Channel:
    if credentials is None:
        return grpc.aio.insecure_channel(target, options=_OPTIONS)
    return grpc.aio.secure_channel(target, credentials, options=_OPTIONS)


class _Member:
    """One endpoint with its connection."""

    def __init__(self, url: str, settings: EtcdSettings) -> None:
        self.url = url
        parts = urlsplit(url if "://" in url else f"http://{url}")
        target = f"unix:{parts.path}" if parts.scheme == "unix" else f"{parts.hostname or ''}:{parts.port or 2379}"
        if parts.scheme not in ("http", "https", "unix") or (parts.scheme != "unix" and not parts.hostname):
            raise StoreError(f"--etcd-servers: {url!r} is no URL like https://127.0.0.1:2379")
        if ":" in (parts.hostname or ""):
            target = f"[{parts.hostname}]:{parts.port or 2379}"
        credentials = _credentials(settings) if parts.scheme == "https" else None
        self.channel = _channel(target, credentials)
        # Watches have a connection of their own: before 3.4.25 and 3.5.8 etcd lets answers to reads, when they are
        # many and it speaks TLS, keep the events of a watch on the same connection waiting without end.
        self.watch_channel = _channel(target, credentials)

        def unary(path: str, request: Any, response: Any) -> Any:
            return self.channel.unary_unary(
                f"/etcdserverpb.{path}", request_serializer=request.SerializeToString,
                response_deserializer=response.FromString,
            )  # fmt: skip

        self.calls = {
            "range": unary("KV/Range", m.RangeRequest, m.RangeResponse),
            "txn": unary("KV/Txn", m.TxnRequest, m.TxnResponse),
            "compact": unary("KV/Compact", m.CompactionRequest, m.CompactionResponse),
            "grant": unary("Lease/LeaseGrant", m.LeaseGrantRequest, m.LeaseGrantResponse),
        }
        self.watching: Any = self.watch_channel.stream_stream(
            "/etcdserverpb.Watch/Watch",
            request_serializer=m.WatchRequest.SerializeToString,
            response_deserializer=m.WatchResponse.FromString,
        )


class Stream:
    """An open watch stream on one member; `moved` once it was ended because that member is given up."""

    def __init__(self, member: _Member) -> None:
        self.member = member
        self.moved = False
        self._call = member.watching(metadata=_WATCH_METADATA)

    async def open(self, request: Any) -> None:
        """Ask for the watch. Raises AioRpcError."""
        try:
            await self._call.write(request)
        except asyncio.CancelledError:
            # Given up, by us or by the member, before it was even connected: reading tells.
            if _being_cancelled():
                raise

    async def read(self) -> Any:
        """The next message, None when the member has ended the stream. Raises AioRpcError."""
        try:
            found = await self._call.read()
        except asyncio.CancelledError:
            # gRPC says so too when it is the member that broke off: nobody has cancelled us.
            if _being_cancelled():
                raise
            return None
        return found if isinstance(found, m.WatchResponse) else None

    def end(self, *, moved: bool = False) -> None:
        """Close it."""
        self.moved = self.moved or moved
        self._call.cancel()


class Endpoints:
    """The members; calls go to `current` until it fails."""

    def __init__(self, settings: EtcdSettings) -> None:
        if not settings.servers:
            raise StoreError("--etcd-servers names no server")
        self._members = [_Member(url, settings) for url in settings.servers]
        self._at = 0
        self._streams: set[Stream] = set()
        self.closed = False

    @property
    def current(self) -> str:
        """The URL of the member that is spoken to."""
        return self._members[self._at].url

    async def call(self, name: str, request: Any, *, revision: int = 0) -> tuple[Any, bool]:
        """The answer, and whether an earlier attempt failed without telling if it was carried out.

        Raises StoreError.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + _TOGETHER
        pause = _PAUSE
        unclear = False
        tried = 0
        while True:
            if self.closed:
                raise StoreClosed("the store is closed")
            member = self._members[self._at]
            allowed = _ATTEMPT if len(self._members) > 1 else _ATTEMPT_ALONE
            try:
                return await member.calls[name](request, timeout=allowed), unclear
            except asyncio.CancelledError:
                if _being_cancelled():
                    raise
                if self.closed:
                    raise StoreClosed("the store is closed") from None
                # The member broke the call off: gRPC raises this for its status CANCELLED, though nobody cancelled us.
                unclear = True
                failure: StoreError = StoreUnavailable(f"etcd at {member.url} broke the request off")
                why = str(failure)
            except grpc.aio.AioRpcError as error:
                if self.closed:
                    raise StoreClosed("the store is closed") from None
                failure, why = translated(error, member.url, revision), error.details() or error.code().name
                if not passing(error):
                    raise failure from None
                unclear = unclear or not overloaded(error)
            tried += 1
            if loop.time() + pause > end:
                raise failure
            self.failed(member, why)
            if tried % len(self._members) == 0:
                await asyncio.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def failed(self, member: _Member, why: str) -> None:
        """Turn to the next member, if it was this one that is spoken to, and bring the watches along."""
        if self._members[self._at] is not member or len(self._members) == 1:
            return
        self._at = (self._at + 1) % len(self._members)
        log.warning("an etcd member fails, trying the next", member=member.url, next=self.current, error=why)
        for stream in list(self._streams):
            if stream.member is member:
                stream.end(moved=True)

    def stream(self) -> Stream:
        """A new watch stream on the current member."""
        if self.closed:
            raise StoreClosed("the store is closed")
        stream = Stream(self._members[self._at])
        self._streams.add(stream)
        return stream

    def leave(self, stream: Stream) -> None:
        """Close a watch stream."""
        self._streams.discard(stream)
        stream.end()

    async def close(self) -> None:
        """Break off what is under way and hang up."""
        self.closed = True
        for stream in list(self._streams):
            stream.end(moved=True)
        channels = [channel for member in self._members for channel in (member.channel, member.watch_channel)]
        await asyncio.gather(*(channel.close(grace=0.5) for channel in channels))


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _credentials(settings: EtcdSettings) -> grpc.ChannelCredentials:
    if bool(settings.cert_file) != bool(settings.key_file):
        raise StoreError("--etcd-certfile and --etcd-keyfile must be given together")
    return grpc.ssl_channel_credentials(
        _file("--etcd-cafile", settings.ca_file),
        _file("--etcd-keyfile", settings.key_file),
        _file("--etcd-certfile", settings.cert_file),
    )


def _file(flag: str, path: str) -> bytes | None:
    if not path:
        return None
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise StoreError(f"{flag}: cannot read {path}: {os.strerror(error.errno or 0)}") from None
