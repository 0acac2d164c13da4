"""The Authorization header and the TLS context, fresh when the files or programs behind them change."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import ssl
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from minik8s.client.config import ClientConfig, ConfigError, ExecPlugin
from minik8s.clock import Clock

REREAD_SECONDS = 60.0
"""How long a token or certificate file is believed before it is looked at again, as in client-go."""


class _ExecStatus(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _ExecCredential(msgspec.Struct, rename="camel"):
    status: _ExecStatus | None = None


class Credentials:
    """What one client shows the server; asked before every request, so it has to be quick."""

    def __init__(self, config: ClientConfig, clock: Clock) -> None:
        self._config = config
        self._clock = clock
        self._token = config.token
        self._token_read = float("-inf")
        self._files_checked = float("-inf")
        self._files_state: tuple[int, ...] = ()
        self._context: ssl.SSLContext | None = None
        self._exec: _ExecStatus | None = None
        self._lock = asyncio.Lock()

    async def authorization(self) -> str:
        """The Authorization header, "" for none. Raises ConfigError."""
        config = self._config
        if config.exec_plugin is not None and not config.token and not config.token_file:
            status = await self._exec_status(config.exec_plugin)
            return f"Bearer {status.token}" if status.token else ""
        if config.token_file:
            self._read_token_file()
        if self._token:
            return f"Bearer {self._token}"
        if config.username:
            return "Basic " + base64.b64encode(f"{config.username}:{config.password}".encode()).decode()
        return ""

    def forget(self) -> bool:
        """After a 401: read everything again; False when nothing could have changed."""
        self._token_read = self._files_checked = float("-inf")
        self._exec = None
        return bool(self._config.token_file or self._config.exec_plugin)

    async def tls(self) -> ssl.SSLContext | None:
        """The TLS context; a new object when its files changed, None for plain HTTP. Raises ConfigError."""
        if not self._config.server.startswith("https:"):
            return None
        if self._config.exec_plugin is not None:
            await self._exec_status(self._config.exec_plugin)
        now = self._clock.monotonic()
        if self._context is not None and now - self._files_checked < REREAD_SECONDS:
            return self._context
        self._files_checked = now
        state = tuple(_mtime(f) for f in (self._config.ca_file, self._config.cert_file, self._config.key_file))
        if self._context is None or state != self._files_state:
            self._files_state = state
            self._context = self._build()
        return self._context

    def _read_token_file(self) -> None:
        now = self._clock.monotonic()
        if now - self._token_read < REREAD_SECONDS:
            return
        try:
            token = Path(self._config.token_file).read_text().strip()
            if not token:
                raise ConfigError(f"the token file {self._config.token_file} is empty")
            self._token = token
        except OSError as error:
            if not self._token:
                raise ConfigError(f"cannot read the token file {self._config.token_file}: {error.strerror}") from None
        self._token_read = now

    def _build(self) -> ssl.SSLContext:
        config = self._config
        cert, key = config.cert_data, config.key_data
        if self._exec and self._exec.client_certificate_data and self._exec.client_key_data:
            cert, key = self._exec.client_certificate_data.encode(), self._exec.client_key_data.encode()
        try:
            return client_context(
                ca_file=config.ca_file,
                ca_data=config.ca_data,
                cert_file=config.cert_file,
                key_file=config.key_file,
                cert_data=cert,
                key_data=key,
                insecure=config.insecure,
            )
        except (OSError, ValueError, TypeError) as error:
            used = [f for f in (config.ca_file, config.cert_file, config.key_file) if f]
            if config.ca_data or config.cert_data or config.key_data:
                used.append("the data in the kubeconfig")
            reason = _certificate_trouble(error)
            raise ConfigError(f"cannot use the certificates ({', '.join(used)}): {reason}") from None

    async def _exec_status(self, plugin: ExecPlugin) -> _ExecStatus:
        async with self._lock:
            if self._exec is None or _is_over(self._exec.expiration_timestamp, self._clock.now()):
                before, self._exec = self._exec, await _run(plugin, self._config)
                if before is None or before.client_certificate_data != self._exec.client_certificate_data:
                    self._context = None
            return self._exec


def _certificate_trouble(error: Exception) -> str:
    """OpenSSL's words as a person's."""
    if isinstance(error, ssl.SSLError):
        if error.reason == "KEY_VALUES_MISMATCH":
            return "the key is not that of the certificate"
        return "not in PEM form"
    return error.strerror or str(error) if isinstance(error, OSError) else "not in PEM form"


def client_context(
    *,
    ca_file: str = "",
    ca_data: bytes = b"",
    cert_file: str = "",
    key_file: str = "",
    cert_data: bytes = b"",
    key_data: bytes = b"",
    insecure: bool = False,
) -> ssl.SSLContext:
    """A client-side TLS context; without a CA the system's is used. Raises OSError or ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_alpn_protocols(["http/1.1"])
    if insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif ca_data:
        context.load_verify_locations(cadata=ca_data.decode())
    elif ca_file:
        context.load_verify_locations(cafile=ca_file)
    else:
        context.load_default_certs()
    if cert_data:
        with _as_files(cert_data, key_data) as (cert, key):
            context.load_cert_chain(cert, key or key_file or None)
    elif cert_file:
        with _as_files(key_data) as (key,):
            context.load_cert_chain(cert_file, key or key_file or None)
    return context


@contextlib.contextmanager
def _as_files(*contents: bytes) -> Iterator[tuple[str, ...]]:
    with tempfile.TemporaryDirectory() as folder:
        names = []
        for index, content in enumerate(contents):
            name = Path(folder) / str(index)
            if content:
                name.touch(mode=0o600)
                name.write_bytes(content)
            names.append(str(name) if content else "")
        yield tuple(names)


def _mtime(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns if path else 0
    except OSError:
        return -1


def _is_over(timestamp: str | None, now: datetime) -> bool:
    if not timestamp:
        return False
    try:
        return datetime.fromisoformat(timestamp).astimezone(UTC) <= now
    except ValueError:
        return True


async def _run(plugin: ExecPlugin, config: ClientConfig) -> _ExecStatus:
    interactive = plugin.interactive_mode != "Never" and sys.stdin is not None and sys.stdin.isatty()
    if plugin.interactive_mode == "Always" and not interactive:
        raise ConfigError(f"exec plugin {plugin.command} needs a terminal (interactiveMode Always) and there is none")
    spec: dict[str, object] = {"interactive": interactive}
    if plugin.provide_cluster_info:
        cluster: dict[str, object] = {"server": config.server}
        if config.ca_data:
            cluster["certificate-authority-data"] = base64.b64encode(config.ca_data).decode()
        if config.insecure:
            cluster["insecure-skip-tls-verify"] = True
        spec["cluster"] = cluster
    info = {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}
    env = dict(os.environ) | dict(plugin.env) | {"KUBERNETES_EXEC_INFO": json.dumps(info)}
    stdin = None if interactive else asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(
            plugin.command, *plugin.args, env=env, stdin=stdin, stdout=asyncio.subprocess.PIPE
        )
    except OSError as error:
        hint = f"\n{plugin.install_hint}" if plugin.install_hint else ""
        raise ConfigError(f"exec: executable {plugin.command} cannot be run: {error.strerror}{hint}") from None
    output, _ = await process.communicate()
    if process.returncode:
        raise ConfigError(f"getting credentials: exec: executable {plugin.command} failed with {process.returncode}")
    try:
        credential = msgspec.json.decode(output, type=_ExecCredential)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"exec: {plugin.command} wrote no ExecCredential: {error}") from None
    if credential.status is None:
        raise ConfigError(f"exec: the ExecCredential of {plugin.command} has no status")
    return credential.status
