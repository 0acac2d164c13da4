"""Plugins that come and go: each shows a socket in `plugins_registry`, is asked what it is, and told the outcome."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import structlog

from kubelet.csi.drivers import RegistrationError
from kubelet.csi.errors import CSIError
from kubelet.inotify import FolderWatch
from minik8s.clock import Clock

log = structlog.get_logger("plugins")

CSI_PLUGIN = "CSIPlugin"
_DIAL_SECONDS, _TELL_SECONDS = 10.0, 60.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 122.0


class Handler(Protocol):
    """Takes in the plugins of one type."""

    def validate(self, name: str, endpoint: str, versions: Sequence[str]) -> None:
        """Raises RegistrationError when the plugin cannot be taken in."""
        ...

    async def register(self, name: str, endpoint: str, versions: Sequence[str]) -> None:
        """Take it in. Raises RegistrationError."""
        ...

    async def deregister(self, name: str, endpoint: str) -> None:
        """It is gone."""
        ...


class _Plugin:
    """One socket."""

    def __init__(self, identity: tuple[int, ...]) -> None:
        self.identity = identity
        self.task: asyncio.Task[None] | None = None
        self.known: tuple[Handler, str, str] | None = None


class PluginRegistry:
    """Follows the sockets in a folder and the folders in it; `handlers` take plugins by their type."""

    def __init__(self, folder: Path, handlers: Mapping[str, Handler], clock: Clock) -> None:
        self._folder, self._handlers, self._clock = folder, handlers, clock
        self._plugins: dict[Path, _Plugin] = {}
        self._watches: dict[Path, FolderWatch] = {}
        self._wake = asyncio.Event()
        self._goodbyes: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Follow until cancelled. Plugins stay registered then."""
        try:
            self._folder.mkdir(mode=0o750, parents=True, exist_ok=True)
            while True:
                self._wake.clear()
                self._look()
                await self._wake.wait()
        except OSError as error:
            log.error("plugins cannot be heard of", folder=str(self._folder), error=str(error))
        finally:
            for watch in self._watches.values():
                watch.close()
            for task in [*self._goodbyes, *(p.task for p in self._plugins.values() if p.task is not None)]:
                task.cancel()

    def _look(self) -> None:
        """Watch what folders there are, and compare the sockets with those known. Raises OSError."""
        folders = {self._folder}
        for place, names, _ in os.walk(self._folder):
            names[:] = [name for name in names if not name.startswith(".")]
            folders |= {Path(place) / name for name in names}
        for folder in folders - self._watches.keys():
            with contextlib.suppress(FileNotFoundError):
                self._watches[folder] = FolderWatch(folder, self._wake.set)
        for folder in self._watches.keys() - folders:
            self._watches.pop(folder).close()
        found = _sockets(folders)
        for path in [path for path, held in self._plugins.items() if found.get(path) != held.identity]:
            self._gone(path)
        for path in found.keys() - self._plugins.keys():
            plugin = self._plugins[path] = _Plugin(found[path])
            plugin.task = asyncio.create_task(self._meet(path, plugin), name=f"plugin-{path.name}")

    def _gone(self, path: Path) -> None:
        plugin = self._plugins.pop(path)
        if plugin.task is not None:
            plugin.task.cancel()
        if plugin.known is not None:
            handler, name, endpoint = plugin.known
            task = asyncio.create_task(handler.deregister(name, endpoint), name=f"plugin-gone-{name}")
            self._goodbyes.add(task)
            task.add_done_callback(self._goodbyes.discard)

    async def _meet(self, path: Path, plugin: _Plugin) -> None:
        """Take a plugin in, however often it has to be tried."""
        pause = _FIRST_PAUSE
        while True:
            # One that was here a moment ago is to be gone before it comes again.
            if self._goodbyes:
                await asyncio.wait(self._goodbyes)
            try:
                await self._register(path, plugin)
                return
            except (CSIError, RegistrationError) as error:
                log.error("a plugin cannot be registered", socket=str(path), error=str(error))
            await self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _register(self, path: Path, plugin: _Plugin) -> None:
        from kubelet.csi import messages as m
        from kubelet.csi.driver import call

        async def tell(error: str) -> None:
            status = m.RegistrationStatus(plugin_registered=not error, error=error)
            method = "/pluginregistration.Registration/NotifyRegistrationStatus"
            await call(str(path), method, status, m.RegistrationStatusResponse, _TELL_SECONDS)
            if error:
                raise RegistrationError(error)

        method = "/pluginregistration.Registration/GetInfo"
        info = await call(str(path), method, m.InfoRequest(), m.PluginInfo, _DIAL_SECONDS)
        handler = self._handlers.get(info.type)
        if handler is None:
            text = f"RegisterPlugin error -- no handler registered for plugin type: {info.type} at socket {path}"
            await tell(text)
            return
        endpoint = info.endpoint or str(path)
        try:
            handler.validate(info.name, endpoint, info.supported_versions)
        except RegistrationError as error:
            await tell(f"RegisterPlugin error -- plugin validation failed with err: {error}")
        plugin.known = (handler, info.name, endpoint)
        try:
            await handler.register(info.name, endpoint, info.supported_versions)
        except RegistrationError as error:
            plugin.known = None
            await tell(f"RegisterPlugin error -- plugin registration failed with err: {error}")
        try:
            await tell("")
        except CSIError:
            plugin.known = None
            await handler.deregister(info.name, endpoint)
            raise


def _sockets(folders: set[Path]) -> dict[Path, tuple[int, ...]]:
    """The sockets in these folders, each with what changes when another one takes its place."""
    found: dict[Path, tuple[int, ...]] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            for entry in os.scandir(folder):
                with contextlib.suppress(OSError):
                    about = entry.stat(follow_symlinks=False)
                    if stat.S_ISSOCK(about.st_mode) and not entry.name.startswith("."):
                        found[Path(entry.path)] = (about.st_ino, about.st_mtime_ns)
    return found
