"""`cp`: files to and from containers, through the `tar` inside them."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import os
import posixpath
import tarfile
import tempfile
from pathlib import Path
from typing import Any

import click

from cli import attaching, targets
from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make

_CHUNK = 64 * 1024


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """A file here (no Pod) or in a container."""

    namespace: str
    pod: str
    path: str


def place(text: str) -> _Place:
    """`[[NAMESPACE/]POD:]PATH`. Raises CommandError."""
    where, colon, path = text.partition(":")
    if not colon or where.startswith((".", "/")):
        return _Place("", "", text)
    if not where:
        raise CommandError("error: filespec must match the canonical format: [[namespace/]pod:]file/path")
    namespace, _, pod = where.rpartition("/")
    if not pod or "/" in namespace:
        raise CommandError("error: filespec must match the canonical format: [[namespace/]pod:]file/path")
    return _Place(namespace, pod, path)


@make("cp")
@click.argument("source", metavar="SOURCE")
@click.argument("target", metavar="TARGET")
@click.option("-c", "--container", default="", help="the container")
@click.option("--no-preserve", is_flag=True, help="leave owner and rights as the container sets them")
@click.option("--retries", type=int, default=0, hidden=True)
async def command(session: Session, source: str, target: str, container: str, no_preserve: bool, **_: Any) -> int:
    """Copy files and folders to and from containers: [[NAMESPACE/]POD:]PATH."""
    one, other = place(source), place(target)
    if one.pod and other.pod:
        raise CommandError("error: one of src or dest must be a local file specification")
    if not one.pod and not other.pod:
        raise CommandError("error: one of src or dest must be a remote file specification")
    if not one.path or not other.path:
        raise CommandError("error: filepath can not be empty")
    if one.pod:
        await _fetch(session, one, Path(other.path), container)
    else:
        await _send(session, Path(one.path), other, container, no_preserve)
    return 0


async def _run(session: Session, where: _Place, container: str, words: list[str], stdin: bool) -> Any:
    from minik8s.client.streams import execute

    if where.namespace:
        session.namespace = where.namespace
    pod = (await targets.find(session, [f"pod/{where.pod}"]))[0]
    name = attaching.chosen(session, pod.obj, container, quiet=False)
    return await execute(session.client, pod.name, pod.namespace, words, name, stdin, True, True, False)


async def _fetch(session: Session, source: _Place, target: Path, container: str) -> None:
    """From a container: its tar writes, we unpack beneath the target and nowhere else."""
    from minik8s.client.streams import STDOUT

    path = source.path.rstrip("/") or "/"
    remote = await _run(session, source, container, ["tar", "cf", "-", path], False)
    errors = b""
    with tempfile.TemporaryFile() as file:
        async with remote:
            async for channel, data in remote.output():
                if channel == STDOUT:
                    await asyncio.to_thread(file.write, data)
                else:
                    errors += data
        size = file.tell()
        file.seek(0)
        text = errors.decode(errors="replace")
        for line in text.splitlines():
            session.warn(line)
        if not size:
            raise CommandError(f"error: {source.path} no such file or directory" if not text else "")
        _unpack(file, path.lstrip("/"), target)


def _unpack(file: Any, prefix: str, target: Path) -> None:
    if target.is_dir():
        target = target / posixpath.basename(prefix)
    root = target.resolve()
    with tarfile.open(fileobj=file, mode="r|") as archive:
        for member in archive:
            name = posixpath.normpath(member.name.lstrip("/"))
            rest = "" if name == prefix else name.removeprefix(prefix.rstrip("/") + "/") if prefix else name
            to = root / rest if rest else root
            if ".." in rest.split("/") or (to != root and root not in to.resolve().parents):
                raise CommandError(f"error: the container's tar holds a path that leads out of {target}: {member.name}")
            if member.isdir():
                to.mkdir(parents=True, exist_ok=True)
            elif member.isfile():
                to.parent.mkdir(parents=True, exist_ok=True)
                content = archive.extractfile(member)
                assert content is not None
                with open(to, "wb") as written:
                    while chunk := content.read(_CHUNK):
                        written.write(chunk)
                os.chmod(to, member.mode & 0o777)
            elif member.issym():
                print(f'warning: skipping symlink: "{to}" -> "{member.linkname}"')


async def _send(session: Session, source: Path, target: _Place, container: str, no_preserve: bool) -> None:
    if not source.exists():
        raise CommandError(f"error: {source} doesn't exist in local filesystem")
    path = target.path
    probe = await _run(session, target, container, ["test", "-d", path], False)
    async with probe:
        _, _, ended = await probe.run()
    if path.endswith("/") or ended.code == 0:
        path = posixpath.join(path, source.resolve().name)
    folder, name = posixpath.split(path.rstrip("/"))
    words = ["tar", *(["--no-same-permissions", "--no-same-owner"] if no_preserve else []), "-xmf", "-"]
    if folder:
        words += ["-C", folder]
    remote = await _run(session, target, container, words, True)
    with tempfile.TemporaryFile() as file:
        await asyncio.to_thread(_pack, file, source, name)
        file.seek(0)
        async with remote:

            async def feed() -> None:
                while chunk := await asyncio.to_thread(file.read, _CHUNK):
                    await remote.write(chunk)
                await remote.end_input()

            feeding = asyncio.ensure_future(feed())
            said = b"".join([data async for _, data in remote.output()])
            feeding.cancel()
            await asyncio.gather(feeding, return_exceptions=True)
    if said.strip():
        session.warn(said.decode(errors="replace").rstrip())
    if remote.exit is None or remote.exit.code:
        code = remote.exit.code if remote.exit is not None else 1
        raise CommandError(f"command terminated with exit code {code}", code)


def _pack(file: io.IOBase, source: Path, name: str) -> None:
    with tarfile.open(fileobj=file, mode="w|") as archive:
        archive.add(source, arcname=name, filter=_plain)


def _plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uname = member.gname = ""
    return member
