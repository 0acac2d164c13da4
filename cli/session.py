"""What every command works with: which server, as whom, in which namespace; and how it ends when something fails."""

from __future__ import annotations

import dataclasses
import functools
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from cli.errors import CommandError, told
from cli.flags import Verb

if TYPE_CHECKING:
    from cli.mapper import Mapper
    from cli.transport import CliTransport
    from minik8s.client.api import ApiClient
    from minik8s.client.config import ClientConfig


@dataclasses.dataclass(slots=True)
class Settings:
    """The flags every command takes, before or after its name."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    server: str = ""
    token: str = ""
    as_user: str = ""
    as_group: tuple[str, ...] = ()
    as_uid: str = ""
    user: str = ""
    cluster: str = ""
    certificate_authority: str = ""
    client_certificate: str = ""
    client_key: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    request_timeout: str = "0"
    warnings_as_errors: bool = False
    verbosity: str = "0"


class Session:
    """One command's connection to the server."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.namespace_given = bool(settings.namespace)
        self.warned = 0
        self._config: ClientConfig | None = None
        self._namespace = ""
        self._client: ApiClient | None = None
        self._mapper: Mapper | None = None
        self._transport: CliTransport | None = None

    @property
    def config(self) -> ClientConfig:
        """Server and identity. Raises ConfigError."""
        if self._config is None:
            self._config = _config(self.settings)
        return self._config

    @property
    def namespace(self) -> str:
        """Where objects are looked for that name no namespace. Raises ConfigError."""
        return self._namespace or self.config.namespace

    @namespace.setter
    def namespace(self, value: str) -> None:
        self._namespace = value

    @property
    def client(self) -> ApiClient:
        """The API client."""
        if self._client is None:
            from minik8s.client.api import ApiClient

            self._client = ApiClient(self.config, transport=self.transport)
        return self._client

    @property
    def transport(self) -> CliTransport:
        """The connection below the client."""
        if self._transport is None:
            from cli.transport import CliTransport
            from minik8s.clock import SystemClock

            self._transport = CliTransport(self.config, SystemClock(), self.warn)
        return self._transport

    @property
    def mapper(self) -> Mapper:
        """Names of resources to resources."""
        if self._mapper is None:
            from cli.mapper import Mapper

            self._mapper = Mapper(self.client)
        return self._mapper

    async def close(self) -> None:
        """Drop the connection."""
        if self._client is not None:
            await self._client.close()

    def warn(self, text: str) -> None:
        """A line beside the output."""
        self.warned += text.startswith("Warning: ")
        sys.stdout.flush()
        print(text, file=sys.stderr)


def _config(settings: Settings) -> ClientConfig:
    from cli.flags import duration
    from minik8s.client import config, kubeconfig

    if settings.user or settings.cluster:
        merged = kubeconfig.load(settings.kubeconfig)
        name = settings.context or merged.current_context
        chosen = next((c.context for c in merged.contexts if c.name == name), kubeconfig.Context())
        mixed = kubeconfig.Context(
            cluster=settings.cluster or chosen.cluster, user=settings.user or chosen.user, namespace=chosen.namespace
        )
        merged.contexts = [kubeconfig.NamedContext(name="given", context=mixed)]
        loaded = kubeconfig.to_client_config(merged, "given", user_agent=_AGENT)
        loaded = dataclasses.replace(
            loaded, server=settings.server or loaded.server, namespace=settings.namespace or loaded.namespace
        )
    else:
        loaded = config.load(
            settings.kubeconfig, settings.context, settings.server, settings.namespace, user_agent=_AGENT
        )
    changes: dict[str, Any] = {}
    if settings.token:
        changes |= {"token": settings.token, "cert_data": b"", "cert_file": "", "key_data": b"", "key_file": ""}
    if settings.certificate_authority:
        changes |= {"ca_file": settings.certificate_authority, "ca_data": b""}
    if settings.client_certificate:
        changes |= {"cert_file": settings.client_certificate, "cert_data": b""}
    if settings.client_key:
        changes |= {"key_file": settings.client_key, "key_data": b""}
    if settings.insecure_skip_tls_verify:
        changes |= {"insecure": True, "ca_file": "", "ca_data": b""}
    if settings.tls_server_name:
        changes["tls_server_name"] = settings.tls_server_name
    if settings.as_user:
        changes["impersonate_user"] = settings.as_user
        changes["impersonate_groups"] = tuple(settings.as_group)
        changes["impersonate_uid"] = settings.as_uid
    if seconds := duration(settings.request_timeout, "--request-timeout"):
        changes["timeout"] = seconds
    return dataclasses.replace(loaded, **changes)


_AGENT = "minik8s/v1.36.0"


def common_flags(command: Any) -> Any:
    """Add the flags of `Settings` to a command."""
    for option in (
        click.option("--kubeconfig", default=None, hidden=True, help="kubeconfig file"),
        click.option("--context", default=None, hidden=True, help="context of the kubeconfig"),
        click.option("--cluster", default=None, hidden=True, help="cluster of the kubeconfig"),
        click.option("--user", default=None, hidden=True, help="user of the kubeconfig"),
        click.option("-n", "--namespace", default=None, help="namespace of the request"),
        click.option("-s", "--server", default=None, hidden=True, help="address of the API server"),
        click.option("--token", default=None, hidden=True, help="bearer token"),
        click.option("--certificate-authority", default=None, hidden=True, help="file of the server's CA"),
        click.option("--client-certificate", default=None, hidden=True, help="certificate file"),
        click.option("--client-key", default=None, hidden=True, help="key file"),
        click.option("--tls-server-name", default=None, hidden=True, help="name in the server's certificate"),
        click.option("--insecure-skip-tls-verify", is_flag=True, default=None, hidden=True, help="trust any server"),
        click.option("--as", "as_user", default=None, hidden=True, help="user to act as"),
        click.option("--as-group", multiple=True, hidden=True, help="group to act as"),
        click.option("--as-uid", default=None, hidden=True, help="UID to act as"),
        click.option("--request-timeout", default=None, hidden=True, help="how long one request may take"),
        click.option("--warnings-as-errors", is_flag=True, default=None, hidden=True, help="fail on warnings"),
        click.option("-v", "--v", "verbosity", default=None, hidden=True, help="taken for kubectl's sake"),
    ):
        if not _names(command) & _names(option(lambda: None)):
            command = option(command)
    return command


def _names(work: Any) -> set[str]:
    """The options a function has been given; its own win over those every command takes."""
    return {name for each in getattr(work, "__click_params__", ()) for name in each.opts}


GLOBAL = tuple(field.name for field in dataclasses.fields(Settings))


def take_settings(given: dict[str, Any], context: click.Context, own: frozenset[str] = frozenset()) -> Settings:
    """The settings of a command: its own flags, else those before its name. Takes them out of `given`.

    `own` are flags of the command that are called like one of them.
    """
    settings = context.find_object(Settings) or Settings()
    for name in GLOBAL:
        if name in own:
            continue
        value = given.pop(name, None)
        if value not in (None, (), False):
            settings = dataclasses.replace(settings, **{name: value})
    return settings


Work = Callable[..., Coroutine[Any, Any, Any]]


def command(name: str, **extra: Any) -> Callable[[Work], click.Command]:
    """Make a command of an async function that takes the session first; it may return an exit code."""

    def make(work: Work) -> click.Command:
        own = frozenset(str(each.name) for each in getattr(work, "__click_params__", ()))

        @functools.wraps(work)
        def run(**given: Any) -> None:
            settings = take_settings(given, click.get_current_context(), own)
            sys.exit(run_session(settings, lambda session: work(session, **given)))

        options: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
        options |= extra.pop("context_settings", {})
        decorate: Callable[[Any], click.Command] = click.command(name, cls=Verb, context_settings=options, **extra)
        return decorate(common_flags(run))

    return make


def run_session(settings: Settings, work: Callable[[Session], Coroutine[Any, Any, Any]]) -> int:
    """Run to the end; the exit code. What goes wrong is one message on standard error."""
    import asyncio

    from minik8s.client.config import ConfigError
    from minik8s.client.errors import ApiError, ConnectionFailed

    session = Session(settings)

    async def whole() -> int:
        asyncio.get_running_loop().set_exception_handler(_silent)
        try:
            return int(await work(session) or 0)
        finally:
            await session.close()

    try:
        code = asyncio.run(whole())
        sys.stdout.flush()
        if session.warned and settings.warnings_as_errors and not code:
            raise CommandError(f"error: {session.warned} warning{'s' if session.warned > 1 else ''} received")
        return code
    except* (ApiError, ConnectionFailed) as group:
        error = _first(group)
        code = _fail(told(error, session.config.server))
    except* CommandError as group:
        failed = _first(group)
        assert isinstance(failed, CommandError)
        code = _fail(str(failed), failed.code)
    except* ConfigError as group:
        code = _fail(f"error: {_first(group)}")
    return code


def _silent(loop: Any, context: dict[str, Any]) -> None:
    """What breaks in a callback nobody waits for is no news for the person; the command itself tells what failed."""


def _first(error: BaseException) -> Exception:
    """What failed first, of errors of several tasks."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, Exception)
    return error


def _fail(message: str, code: int = 1) -> int:
    sys.stdout.flush()
    if message:
        print(message, file=sys.stderr)
    return code
