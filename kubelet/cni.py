"""Wires Pods by running CNI plugins, as the CNI specification says: environment, configuration on stdin, JSON back."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from minik8s.api.core_v1 import Pod

T = TypeVar("T")
INTERFACE = "eth0"
WORKERS = 4
PLUGIN_SECONDS = 60.0
_SUFFIXES = (".conf", ".conflist", ".json")


class CNIError(Exception):
    """The network cannot be wired; the message is for the Pod's event."""


class NotConfigured(CNIError):
    """There is no CNI configuration yet."""


@dataclasses.dataclass(frozen=True, slots=True)
class PortMapping:
    """A port of the host that leads to one of the Pod."""

    host_port: int
    container_port: int
    protocol: str
    host_ip: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class NetworkList:
    """One network configuration list: plugins run in order for ADD, in reverse for DEL."""

    name: str
    version: str
    plugins: tuple[dict[str, Any], ...]


def load(folder: Path) -> NetworkList:
    """The first configuration by file name. Raises NotConfigured, or CNIError for one that cannot be read."""
    try:
        files = sorted(p for p in folder.iterdir() if p.suffix in _SUFFIXES)
    except OSError:
        files = []
    if not files:
        raise NotConfigured("cni config uninitialized")
    try:
        found = json.loads(files[0].read_text())
    except (OSError, ValueError) as error:
        raise CNIError(f"cannot read the CNI configuration {files[0]}: {error}") from None
    plugins: Any = found.get("plugins", [found]) if isinstance(found, dict) else []
    usable = isinstance(plugins, list) and all(isinstance(p, dict) and "type" in p for p in plugins)
    if not usable or not isinstance(found, dict) or not found.get("name"):
        raise CNIError(f"{files[0]} is no CNI configuration: name and plugins with types are needed")
    return NetworkList(str(found["name"]), str(found.get("cniVersion", "0.2.0")), tuple(plugins))


def port_mappings(pod: Pod) -> list[PortMapping]:
    """The host ports a Pod asks for."""
    return [
        PortMapping(port.host_port, port.container_port, port.protocol or "TCP", port.host_ip)
        for container in (*pod.spec.init_containers, *pod.spec.containers)
        for port in container.ports
        if port.host_port
    ]


class CNI:
    """The Pod network of this node; what a sandbox was given is kept in `state_dir`, so that it can be taken back."""

    def __init__(self, conf_dir: Path, bin_dirs: Sequence[Path], state_dir: Path) -> None:
        self.conf_dir, self._bin_dirs, self._state_dir = conf_dir, list(bin_dirs), state_dir
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="cni")

    def check(self) -> None:
        """Raises CNIError when Pods cannot be wired."""
        network = load(self.conf_dir)
        for plugin in network.plugins:
            self._program(plugin["type"])

    async def add(self, sandbox_id: str, netns: str, pod: Pod) -> tuple[str, ...]:
        """Wire a sandbox; returns its addresses, IPv4 first. Raises CNIError; what was begun is then taken back."""
        return await self._work(lambda: self.add_now(sandbox_id, netns, pod))

    def add_now(self, sandbox_id: str, netns: str, pod: Pod) -> tuple[str, ...]:
        """`add`, in the thread that calls it."""
        network = load(self.conf_dir)
        ports = [
            {"hostPort": m.host_port, "containerPort": m.container_port, "protocol": m.protocol.lower()}
            | ({"hostIP": m.host_ip} if m.host_ip else {})
            for m in port_mappings(pod)
        ]
        state: dict[str, Any] = {
            "network": dataclasses.asdict(network),
            "netns": netns,
            "args": _arguments(sandbox_id, pod),
            "ports": ports,
        }
        return self._add(sandbox_id, state)

    async def delete(self, sandbox_id: str, netns: str = "") -> None:
        """Take a sandbox's wires away; well when it has none. Raises CNIError."""
        await self._work(lambda: self.delete_now(sandbox_id, netns))

    def addresses(self, sandbox_id: str) -> tuple[str, ...]:
        """What a sandbox was given; empty when nothing."""
        state = self._load(sandbox_id)
        return tuple(state.get("ips") or ()) if state else ()

    def known(self) -> list[str]:
        """The sandboxes that have wires."""
        with contextlib.suppress(OSError):
            return [p.stem for p in self._state_dir.glob("*.json")]
        return []

    def _path(self, sandbox_id: str) -> Path:
        return self._state_dir / f"{sandbox_id}.json"

    def _save(self, sandbox_id: str, state: Mapping[str, Any]) -> None:
        self._state_dir.mkdir(parents=True, exist_ok=True)
        temporary = self._path(sandbox_id).with_suffix(".tmp")
        temporary.write_text(json.dumps(state))
        temporary.replace(self._path(sandbox_id))

    def _load(self, sandbox_id: str) -> dict[str, Any] | None:
        try:
            found = json.loads(self._path(sandbox_id).read_text())
        except (OSError, ValueError):
            return None
        whole = isinstance(found, dict) and {"network", "netns", "args", "ports"} <= found.keys()
        return found if whole else None

    def _program(self, name: str) -> str:
        for folder in self._bin_dirs:
            if (program := folder / name).exists():
                return str(program)
        where = ":".join(str(f) for f in self._bin_dirs)
        raise CNIError(f'failed to find plugin "{name}" in path [{where}]')

    async def _work(self, work: Callable[[], T]) -> T:
        """In a thread: to start a program from the event loop would halt all Pods for as long as the fork takes."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    def _add(self, sandbox_id: str, state: dict[str, Any]) -> tuple[str, ...]:
        # Written before the first plugin runs: whatever happens, it can be taken back.
        self._save(sandbox_id, state)
        result: dict[str, Any] | None = None
        try:
            for plugin in state["network"]["plugins"]:
                result = self._run("ADD", plugin, sandbox_id, state, result) or result
        except CNIError:
            with contextlib.suppress(CNIError):
                self.delete_now(sandbox_id, "")
            raise
        state["result"], state["ips"] = result, addresses_of(result or {})
        self._save(sandbox_id, state)
        return tuple(state["ips"])

    def delete_now(self, sandbox_id: str, netns: str = "") -> None:
        """`delete`, in the thread that calls it."""
        state = self._load(sandbox_id)
        if state is None:
            if not self._path(sandbox_id).exists():
                return
            # It is damaged: the plugins of today know themselves what they gave to a sandbox.
            state = {"network": dataclasses.asdict(load(self.conf_dir)), "args": "IgnoreUnknown=1", "ports": []}
        state["netns"] = netns if netns and os.path.exists(netns) else ""
        for plugin in reversed(state["network"]["plugins"]):
            self._run("DEL", plugin, sandbox_id, state, state.get("result"))
        self._path(sandbox_id).unlink(missing_ok=True)

    def _run(
        self, command: str, plugin: dict[str, Any], sandbox_id: str, state: Mapping[str, Any], previous: Any
    ) -> dict[str, Any] | None:
        network, kind = state["network"], plugin["type"]
        config = plugin | {"name": network["name"], "cniVersion": network["version"]}
        if previous is not None:
            config["prevResult"] = previous
        if plugin.get("capabilities", {}).get("portMappings") and state["ports"]:
            config["runtimeConfig"] = {"portMappings": state["ports"]}
        config.pop("capabilities", None)
        environment = {
            "CNI_COMMAND": command,
            "CNI_CONTAINERID": sandbox_id,
            "CNI_NETNS": state["netns"],
            "CNI_IFNAME": INTERFACE,
            "CNI_ARGS": state["args"],
            "CNI_PATH": ":".join(str(f) for f in self._bin_dirs),
            "PATH": os.environ.get("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        }
        document = json.dumps(config).encode()
        try:
            done = subprocess.run(
                [self._program(kind)], input=document, env=environment, capture_output=True, timeout=PLUGIN_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise CNIError(f'plugin type="{kind}" did not end in {PLUGIN_SECONDS:.0f} s') from None
        except OSError as error:
            raise CNIError(f'plugin type="{kind}" cannot be run: {error.strerror}') from None
        if done.returncode != 0:
            raise CNIError(f'plugin type="{kind}" failed ({command.lower()}): {_trouble(done.stdout, done.stderr)}')
        if command != "ADD" or not done.stdout.strip():
            return None
        try:
            found = json.loads(done.stdout)
        except ValueError:
            raise CNIError(f'plugin type="{kind}" answered no JSON') from None
        if not isinstance(found, dict):
            raise CNIError(f'plugin type="{kind}" answered no JSON object')
        return found


def addresses_of(result: Mapping[str, Any]) -> list[str]:
    """The addresses in a plugin's result, IPv4 first."""
    found = [str(ip["address"]).partition("/")[0] for ip in result.get("ips") or () if ip.get("address")]
    for old in ("ip4", "ip6"):
        if isinstance(result.get(old), dict):
            found.append(str(result[old]["ip"]).partition("/")[0])
    return sorted(dict.fromkeys(found), key=lambda address: ":" in address)


def _arguments(sandbox_id: str, pod: Pod) -> str:
    meta = pod.metadata
    pairs = {
        "IgnoreUnknown": "1",
        "K8S_POD_NAMESPACE": meta.namespace,
        "K8S_POD_NAME": meta.name,
        "K8S_POD_INFRA_CONTAINER_ID": sandbox_id,
        "K8S_POD_UID": meta.uid,
    }
    return ";".join(f"{key}={value}" for key, value in pairs.items())


def _trouble(out: bytes, err: bytes) -> str:
    try:
        said = json.loads(out)
        return ": ".join(filter(None, (said.get("msg", ""), said.get("details", ""))))
    except (ValueError, AttributeError):
        return (out + err).decode(errors="replace").strip()[:500] or "no reason given"
