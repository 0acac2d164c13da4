"""What every command works with: which server, as whom, in which namespace; and how it ends when something fails."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import click

from cli.errors import CommandError, told

if TYPE_CHECKING:
    from cli.mapper import Mapper
    from minik8s.client.api import ApiClient


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
    request_timeout: str = "0"


class Session:
    """One command's connection to the server."""

    def __init__(self, settings: Settings) -> None:
        from minik8s.client import config

        loaded = config.load(
            settings.kubeconfig, settings.context, settings.server, settings.namespace, user_agent="minik8s/v1.36.0"
        )
        changes: dict[str, Any] = {}
        if settings.token:
            changes["token"] = settings.token
        if settings.as_user:
            changes["impersonate_user"] = settings.as_user
            changes["impersonate_groups"] = tuple(settings.as_group)
        self.config = dataclasses.replace(loaded, **changes)
        self.namespace = self.config.namespace
        self.namespace_given = bool(settings.namespace)
        self._client: ApiClient | None = None
        self._mapper: Mapper | None = None

    @property
    def client(self) -> ApiClient:
        """The API client."""
        if self._client is None:
            from minik8s.client.api import ApiClient

            self._client = ApiClient(self.config)
        return self._client

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
        print(text, file=sys.stderr)


def common_flags(command: Any) -> Any:
    """Add the flags of `Settings` to a command."""
    for option in (
        click.option("--kubeconfig", default=None, hidden=True, help="kubeconfig file"),
        click.option("--context", default=None, hidden=True, help="context of the kubeconfig"),
        click.option("-n", "--namespace", default=None, help="namespace of the request"),
        click.option("-s", "--server", default=None, hidden=True, help="address of the API server"),
        click.option("--token", default=None, hidden=True, help="bearer token"),
        click.option("--as", "as_user", default=None, hidden=True, help="user to act as"),
        click.option("--as-group", multiple=True, hidden=True, help="group to act as"),
        click.option("--request-timeout", default=None, hidden=True, help="how long one request may take"),
    ):
        command = option(command)
    return command


GLOBAL = tuple(field.name for field in dataclasses.fields(Settings))


def take_settings(given: dict[str, Any], context: click.Context) -> Settings:
    """The settings of a command: its own flags, else those before its name. Takes them out of `given`."""
    settings = context.find_object(Settings) or Settings()
    for name in GLOBAL:
        value = given.pop(name, None)
        if value not in (None, ()):
            settings = dataclasses.replace(settings, **{name: value})
    return settings


Work = Callable[..., Coroutine[Any, Any, Any]]


def command(name: str, **extra: Any) -> Callable[[Work], click.Command]:
    """Make a command of an async function that takes the session first; it may return an exit code."""

    def make(work: Work) -> click.Command:
        @functools.wraps(work)
        def run(**given: Any) -> None:
            settings = take_settings(given, click.get_current_context())
            sys.exit(run_session(settings, lambda session: work(session, **given)))

        options: dict[str, Any] = {"help_option_names": ["-h", "--help"], "max_content_width": 120}
        options |= extra.pop("context_settings", {})
        decorate: Callable[[Any], click.Command] = click.command(name, context_settings=options, **extra)
        return decorate(common_flags(run))

    return make


def run_session(settings: Settings, work: Callable[[Session], Coroutine[Any, Any, Any]]) -> int:
    """Run to the end; the exit code. What goes wrong is one message on standard error."""
    from minik8s.client.config import ConfigError
    from minik8s.client.errors import ApiError, ConnectionFailed

    server = ""

    async def whole() -> int:
        nonlocal server
        session = Session(settings)
        server = session.config.server
        try:
            return int(await work(session) or 0)
        finally:
            await session.close()

    try:
        return asyncio.run(whole())
    except (ApiError, ConnectionFailed) as error:
        print(told(error, server), file=sys.stderr)
        return 1
    except CommandError as error:
        if str(error):
            print(str(error), file=sys.stderr)
        return error.code
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    except KeyboardInterrupt:
        return 130
