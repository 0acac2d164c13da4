"""`create`: from files, or by name for the common kinds."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.mapper import Served
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from minik8s.client.errors import ApiError

Object = dict[str, Any]
_Work = Callable[..., Coroutine[Any, Any, int]]
_DRY = click.option("--dry-run", default="none", is_flag=False, flag_value="client", help="none, client or server")
_OUTPUT = click.option("-o", "--output", default="", help=printer.FORMATS)


async def make_object(session: Session, obj: Object, given: dict[str, Any], source: str = "") -> int:
    """Create one object and tell it; the exit code."""
    served = await session.mapper.of_object(obj, source)
    namespace = session.namespace if served.resource.namespaced else ""
    if served.resource.namespaced:
        namespace = obj.setdefault("metadata", {}).setdefault("namespace", namespace)
    result = obj
    if given["dry_run"] != "client":
        result = await session.client.create(
            obj,
            namespace=namespace,
            dry_run=given["dry_run"] == "server",
            field_manager="kubectl-create",
            field_validation="Strict",
        )
    tell(served, result, given, "created")
    return 0


def tell(served: Served, result: Object, given: dict[str, Any], verb: str) -> None:
    """The line, or the object with -o."""
    if given["output"]:
        print(printer.shown(result, given["output"]), end="")
        return
    meta = result.get("metadata") or {}
    name = meta.get("name") or meta.get("generateName", "")
    note = {"none": "", "client": " (dry run)", "server": " (server dry run)"}[given["dry_run"]]
    print(f"{Target(served, '', name, result).told} {verb}{note}")


class _Create(click.Group):
    """Without a kind: from files."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`create -f file` goes to the hidden command `from-files`."""
        words = [each for each in args if not each.startswith("-")]
        if args and not any(each in self.commands for each in words) and args[0] not in ("-h", "--help"):
            args = ["from-files", *args]
        return super().parse_args(ctx, args)


@click.group("create", cls=_Create)
def command() -> None:
    """Create a resource from a file or by name."""


def _add(name: str, *options: Any, hidden: bool = False) -> Callable[[_Work], _Work]:
    def adopt(work: _Work) -> _Work:
        for option in (*options, _DRY, _OUTPUT):
            work = option(work)
        command.add_command(make(name, hidden=hidden)(work))
        return work

    return adopt


@_add(
    "from-files",
    click.option("-f", "--filename", "files", multiple=True, required=True, help="files, folders, URLs, or -"),
    click.option("-R", "--recursive", is_flag=True, help="folders with what is inside them"),
    hidden=True,
)
async def _from_files(session: Session, files: tuple[str, ...], recursive: bool, **given: Any) -> int:
    """Create what files say."""
    code = 0
    for _, namespace, manifest in await targets.of_files(session, files, recursive):
        if namespace:
            manifest.obj["metadata"]["namespace"] = namespace
        try:
            await make_object(session, manifest.obj, given, manifest.source)
        except ApiError as error:
            session.warn(
                f'Error from server ({error.reason}): error when creating "{manifest.source}": {error.message}'
            )
            code = 1
    return code


_NAME = click.argument("name")


@_add("namespace", _NAME)
async def _namespace(session: Session, name: str, **given: Any) -> int:
    """Create a namespace."""
    return await make_object(session, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, given)


@_add("serviceaccount", _NAME)
async def _service_account(session: Session, name: str, **given: Any) -> int:
    """Create a service account."""
    obj = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}}
    return await make_object(session, obj, given)


@_add(
    "deployment",
    _NAME,
    click.option("--image", "images", multiple=True, required=True, help="image; several make several containers"),
    click.option("--replicas", type=int, default=1, show_default=True),
    click.option("--port", type=int, default=0, help="port of the container"),
    click.argument("words", nargs=-1, type=click.UNPROCESSED),
)
async def _deployment(session: Session, name: str, images: tuple[str, ...], **given: Any) -> int:
    """Create a Deployment."""
    containers = []
    for image in images:
        container: Object = {"name": image.rpartition("/")[2].partition(":")[0].partition("@")[0], "image": image}
        if given["port"]:
            container["ports"] = [{"containerPort": given["port"]}]
        if given["words"]:
            container["command"] = list(given["words"])
        containers.append(container)
    labels = {"app": name}
    spec = {
        "replicas": given["replicas"],
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
    }
    obj = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": labels}, "spec": spec}
    return await make_object(session, obj, given)


@_add(
    "job",
    _NAME,
    click.option("--image", required=True, help="image to run"),
    click.argument("words", nargs=-1, type=click.UNPROCESSED),
)
async def _job(session: Session, name: str, image: str, words: tuple[str, ...], **given: Any) -> int:
    """Create a Job."""
    container: Object = {"name": name, "image": image}
    if words:
        container["command"] = list(words)
    template = {"spec": {"containers": [container], "restartPolicy": "Never"}}
    obj = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": template}}
    return await make_object(session, obj, given)


_FROM_LITERAL = click.option("--from-literal", "literals", multiple=True, help="KEY=VALUE")
_FROM_FILE = click.option("--from-file", "from_files", multiple=True, help="[KEY=]FILE, or a folder of files")
_FROM_ENV = click.option("--from-env-file", "env_files", multiple=True, help="file of KEY=VALUE lines")


def _data(given: dict[str, Any]) -> dict[str, bytes]:
    found: dict[str, bytes] = {}

    def put(key: str, value: bytes) -> None:
        if key in found:
            raise CommandError(f"error: cannot add key {key}, another key by that name already exists")
        found[key] = value

    try:
        for each in given["literals"]:
            key, equals, value = each.partition("=")
            if not equals or not key:
                raise CommandError(f"error: invalid literal source {each}, expected key=value")
            put(key, value.encode())
        for each in given["from_files"]:
            key, equals, name = each.rpartition("=")
            path = Path(name)
            if path.is_dir() and not equals:
                for file in sorted(p for p in path.iterdir() if p.is_file()):
                    put(file.name, file.read_bytes())
            else:
                put(key or path.name, path.read_bytes())
        for name in given["env_files"]:
            for line in Path(name).read_text().splitlines():
                if line.strip() and not line.lstrip().startswith("#"):
                    key, _, value = line.strip().partition("=")
                    put(key, value.encode())
    except OSError as error:
        raise CommandError(f"error: {error}") from None
    return found


@_add("configmap", _NAME, _FROM_LITERAL, _FROM_FILE, _FROM_ENV)
async def _config_map(session: Session, name: str, **given: Any) -> int:
    """Create a ConfigMap from literals and files."""
    obj: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}
    for key, value in _data(given).items():
        try:
            obj.setdefault("data", {})[key] = value.decode()
        except UnicodeDecodeError:
            obj.setdefault("binaryData", {})[key] = base64.b64encode(value).decode()
    return await make_object(session, obj, given)


@click.group("secret")
def _secret() -> None:
    """Create a Secret."""


command.add_command(_secret)


def _add_secret(name: str, *options: Any) -> Callable[[_Work], _Work]:
    def adopt(work: _Work) -> _Work:
        for option in (*options, _DRY, _OUTPUT):
            work = option(work)
        _secret.add_command(make(name)(work))
        return work

    return adopt


async def _make_secret(session: Session, name: str, kind: str, data: dict[str, bytes], given: dict[str, Any]) -> int:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    obj = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": kind, "data": encoded}
    return await make_object(session, obj, given)


@_add_secret("generic", _NAME, _FROM_LITERAL, _FROM_FILE, _FROM_ENV, click.option("--type", "kind", default="Opaque"))
async def _generic(session: Session, name: str, kind: str, **given: Any) -> int:
    """From literals and files."""
    return await _make_secret(session, name, kind, _data(given), given)


@_add_secret("tls", _NAME, click.option("--cert", required=True), click.option("--key", required=True))
async def _tls(session: Session, name: str, cert: str, key: str, **given: Any) -> int:
    """From a certificate and its key."""
    try:
        data = {"tls.crt": Path(cert).read_bytes(), "tls.key": Path(key).read_bytes()}
    except OSError as error:
        raise CommandError(f"error: {error}") from None
    return await _make_secret(session, name, "kubernetes.io/tls", data, given)


@_add_secret(
    "docker-registry",
    _NAME,
    click.option("--docker-server", default="https://index.docker.io/v1/"),
    click.option("--docker-username", required=True),
    click.option("--docker-password", required=True),
    click.option("--docker-email", default=""),
)
async def _registry(session: Session, name: str, **given: Any) -> int:
    """For pulling images."""
    user, password = given["docker_username"], given["docker_password"]
    entry = {
        "username": user,
        "password": password,
        "email": given["docker_email"],
        "auth": base64.b64encode(f"{user}:{password}".encode()).decode(),
    }
    text = json.dumps({"auths": {given["docker_server"]: entry}}, separators=(",", ":")).encode()
    return await _make_secret(session, name, "kubernetes.io/dockerconfigjson", {".dockerconfigjson": text}, given)
