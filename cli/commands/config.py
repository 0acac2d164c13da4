"""`config`: kubeconfig files."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import click

from cli import flags
from cli.errors import CommandError
from cli.kubeconfigs import Files, decoded, named
from cli.output import printer
from cli.output.tables import columns
from cli.session import Session
from cli.session import command as make

ENTRY_POINTS = "minik8s.config_commands"
"""What other rooms put beside kubectl's commands: configuration files of clusters."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names."""
        return sorted({*super().list_commands(ctx), *_others()})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """One command, None when there is none of that name."""
        point = _others().get(cmd_name)
        return super().get_command(ctx, cmd_name) or (point.load() if point is not None else None)


def _others() -> dict[str, Any]:
    import importlib.metadata

    return {point.name: point for point in importlib.metadata.entry_points(group=ENTRY_POINTS)}


@click.group("config", cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Change kubeconfig files."""


def _files(session: Session) -> Files:
    return Files(session.settings.kubeconfig)


def _embedded(path: str) -> str:
    try:
        return base64.b64encode(Path(path).read_bytes()).decode()
    except OSError as error:
        raise CommandError(f"error: could not stat {path}: {(error.strerror or '').lower()}") from None


@make("view")
@click.option("--raw", is_flag=True, help="with certificates, keys and tokens")
@click.option("--minify", is_flag=True, help="only what the current context uses")
@click.option("--flatten", is_flag=True, help="files become part of it")
@click.option("--merge/--no-merge", default=True, hidden=True)
@flags.output
async def _view(session: Session, raw: bool, minify: bool, flatten: bool, **given: Any) -> int:
    """Show the merged kubeconfig."""
    document = _files(session).merged()
    if minify:
        document = _minified(document, session.settings.context)
    if flatten:
        for part, single, keys in (
            ("clusters", "cluster", ("certificate-authority",)),
            ("users", "user", ("client-certificate", "client-key")),
        ):
            for entry in document[part]:
                for key in keys:
                    if path := entry[single].pop(key, ""):
                        entry[single][f"{key}-data"] = _embedded(path)
    if not raw:
        _mask(document)
    print(printer.shown(document, given["output"] or "yaml", template=given["template"]), end="")
    return 0


def _minified(document: dict[str, Any], context: str) -> dict[str, Any]:
    name = context or document.get("current-context", "")
    chosen = named(document["contexts"], name)
    if chosen is None:
        raise CommandError(
            "error: current-context must exist in order to minify"
            if not name
            else f"error: cannot locate context {name}"
        )
    return document | {
        "current-context": name,
        "contexts": [chosen],
        "clusters": [each for each in document["clusters"] if each["name"] == chosen["context"].get("cluster")],
        "users": [each for each in document["users"] if each["name"] == chosen["context"].get("user")],
    }


def _mask(document: dict[str, Any]) -> None:
    for entry in document["clusters"]:
        if entry["cluster"].get("certificate-authority-data"):
            entry["cluster"]["certificate-authority-data"] = "DATA+OMITTED"
    for entry in document["users"]:
        for key in ("client-certificate-data", "client-key-data"):
            if entry["user"].get(key):
                entry["user"][key] = "DATA+OMITTED"
        for key in ("token", "password"):
            if entry["user"].get(key):
                entry["user"][key] = "REDACTED"


@make("current-context")
async def _current(session: Session) -> int:
    """Show the current context."""
    name = _files(session).merged().get("current-context", "")
    if not name:
        raise CommandError("error: current-context is not set")
    print(name)
    return 0


@make("get-contexts")
@click.argument("names", nargs=-1)
@click.option("--no-headers", is_flag=True, help="without head")
@click.option("-o", "--output", default="", help="name")
async def _contexts(session: Session, names: tuple[str, ...], no_headers: bool, output: str) -> int:
    """List contexts."""
    if output not in ("", "name"):
        raise CommandError(f"error: output must be one of '' or 'name': {output}")
    document = _files(session).merged()
    code = 0
    for name in names:
        if named(document["contexts"], name) is None:
            session.warn(f"error: context {name} not found")
            code = 1
    found = [each for each in document["contexts"] if not names or each["name"] in names]
    found.sort(key=lambda each: str(each["name"]))
    if output == "name":
        for each in found:
            print(each["name"])
        return code
    rows = [] if no_headers else [["CURRENT", "NAME", "CLUSTER", "AUTHINFO", "NAMESPACE"]]
    for each in found:
        mark = "*" if each["name"] == document.get("current-context") else ""
        inner = each["context"]
        rows.append([mark, each["name"], *(inner.get(key, "") for key in ("cluster", "user", "namespace"))])
    if rows:
        print("\n".join(columns(rows)))
    return code


def _names(part: str, single: str) -> None:
    @make(f"get-{part}")
    async def work(session: Session) -> int:
        print("NAME")
        for each in sorted(str(entry["name"]) for entry in _files(session).merged()[part]):
            print(each)
        return 0

    work.help = f"List {part}."
    command.add_command(work)

    @make(f"delete-{single}")
    @click.argument("name")
    async def remove(session: Session, name: str) -> int:
        files = _files(session)
        path = files.holder(part, name)
        if path is None:
            raise CommandError(f"error: cannot delete {single} {name}, not in {files.main}")
        if part == "contexts" and files.merged().get("current-context") == name:
            session.warn(
                'warning: this removed your active context, use "minik8s config use-context" to select a different one'
            )
        files.remove(path, part, name)
        print(f"deleted {single} {name} from {path}")
        return 0

    remove.help = f"Delete a {single}."
    command.add_command(remove)


_names("clusters", "cluster")
_names("users", "user")
_names("contexts", "context")


@make("use-context")
@click.argument("name")
async def _use(session: Session, name: str) -> int:
    """Make a context the current one."""
    files = _files(session)
    if named(files.merged()["contexts"], name) is None:
        raise CommandError(f'error: no context exists with the name: "{name}"')
    files.set_top("current-context", name)
    print(f'Switched to context "{name}".')
    return 0


@make("rename-context")
@click.argument("old")
@click.argument("new")
async def _rename(session: Session, old: str, new: str) -> int:
    """Give a context another name."""
    files = _files(session)
    path = files.holder("contexts", old)
    if path is None:
        raise CommandError(f'error: cannot rename the context "{old}", it\'s not in {files.main}')
    if files.holder("contexts", new) is not None:
        raise CommandError(f'error: cannot rename the context "{old}", the context "{new}" already exists in {path}')
    files.rename(path, "contexts", old, new)
    if files.merged().get("current-context") == old:
        files.set_top("current-context", new)
    print(f'Context "{old}" renamed to "{new}".')
    return 0


def _told(files: Files, part: str, single: str, name: str, change: dict[str, Any]) -> int:
    made = files.change(part, single, name, change)
    print(f'{single.capitalize()} "{name}" {"created" if made else "modified"}.')
    return 0


@make("set-context")
@click.argument("name", required=False, default="")
@click.option("--current", is_flag=True, help="the current one")
@click.option("--cluster", default="", help="its cluster")
@click.option("--user", default="", help="its user")
@click.option("--namespace", default="", help="its namespace")
async def _set_context(session: Session, name: str, current: bool, **given: Any) -> int:
    """Make or change a context."""
    files = _files(session)
    if current == bool(name):
        raise CommandError("error: you must specify either a context name or --current")
    name = name or str(files.merged().get("current-context", ""))
    if not name:
        raise CommandError("error: no current context is set")
    return _told(files, "contexts", "context", name, {key: value for key, value in given.items() if value})


@make("set-cluster")
@click.argument("name")
@click.option("--server", default="", help="address")
@click.option("--certificate-authority", default="", help="file of its CA")
@click.option("--embed-certs", is_flag=True, help="the file's content, not its name")
@click.option(
    "--insecure-skip-tls-verify", type=bool, is_flag=False, flag_value=True, default=None, help="trust any server"
)
@click.option("--tls-server-name", default="", help="name in its certificate")
@click.option("--proxy-url", default="", help="a proxy before it")
async def _set_cluster(session: Session, name: str, **given: Any) -> int:
    """Make or change a cluster."""
    change: dict[str, Any] = {
        key: given[key.replace("-", "_")]
        for key in ("server", "tls-server-name", "proxy-url")
        if given[key.replace("-", "_")]
    }
    if path := given["certificate_authority"]:
        change |= (
            {"certificate-authority-data": _embedded(path), "certificate-authority": None}
            if given["embed_certs"]
            else {"certificate-authority": str(Path(path).resolve()), "certificate-authority-data": None}
        )
    if given["insecure_skip_tls_verify"] is not None:
        change["insecure-skip-tls-verify"] = given["insecure_skip_tls_verify"] or None
    return _told(_files(session), "clusters", "cluster", name, change)


@make("set-credentials")
@click.argument("name")
@click.option("--client-certificate", default="", help="certificate file")
@click.option("--client-key", default="", help="key file")
@click.option("--embed-certs", is_flag=True, help="the files' content, not their names")
@click.option("--token", default="", help="bearer token")
@click.option("--username", default="")
@click.option("--password", default="")
@click.option("--exec-command", default="", help="a program that hands out credentials")
@click.option("--exec-api-version", default="client.authentication.k8s.io/v1", show_default=True)
@click.option("--exec-arg", "exec_args", multiple=True, help="an argument for it")
@click.option("--exec-env", "exec_env", multiple=True, help="NAME=VALUE for it")
async def _set_credentials(session: Session, name: str, **given: Any) -> int:
    """Make or change a user."""
    if given["token"] and (given["username"] or given["password"]):
        raise CommandError(
            "error: you cannot specify more than one authentication method at the same time: --token or "
            "--username/--password"
        )
    change: dict[str, Any] = {key: given[key] for key in ("token", "username", "password") if given[key]}
    for key in ("client-certificate", "client-key"):
        if path := given[key.replace("-", "_")]:
            change |= (
                {f"{key}-data": _embedded(path), key: None}
                if given["embed_certs"]
                else {key: str(Path(path).resolve()), f"{key}-data": None}
            )
    if given["exec_command"]:
        env = [dict(zip(("name", "value"), each.split("=", 1), strict=False)) for each in given["exec_env"]]
        change["exec"] = {
            "apiVersion": given["exec_api_version"],
            "command": given["exec_command"],
            "interactiveMode": "IfAvailable",
        }
        change["exec"] |= ({"args": list(given["exec_args"])} if given["exec_args"] else {}) | (
            {"env": env} if env else {}
        )
    return _told(_files(session), "users", "user", name, change)


def _set_or_unset(session: Session, path: str, value: Any) -> None:
    files = _files(session)
    parts = decoded(path)
    if not parts:
        raise CommandError("error: a PROPERTY_NAME is required")
    if len(parts) == 1:
        files.set_top(parts[0], value)
        return
    singles = {"clusters": "cluster", "users": "user", "contexts": "context"}
    if parts[0] not in singles:
        raise CommandError(
            f"error: unknown property {path}; it begins with clusters, users, contexts or is current-context"
        )
    if len(parts) == 2 and value is None:
        holder = files.holder(parts[0], parts[1])
        if holder is not None:
            files.remove(holder, parts[0], parts[1])
        return
    files.change(parts[0], singles[parts[0]], parts[1], {parts[2]: value})


@make("set")
@click.argument("path", metavar="PROPERTY_NAME")
@click.argument("value", metavar="PROPERTY_VALUE")
async def _set(session: Session, path: str, value: str) -> int:
    """Set one value: current-context, contexts.NAME.namespace …"""
    _set_or_unset(session, path, value)
    print(f'Property "{path}" set.')
    return 0


@make("unset")
@click.argument("path", metavar="PROPERTY_NAME")
async def _unset(session: Session, path: str) -> int:
    """Take one value away."""
    _set_or_unset(session, path, None)
    print(f'Property "{path}" unset.')
    return 0


for _each in (_view, _current, _contexts, _use, _rename, _set_context, _set_cluster, _set_credentials, _set, _unset):
    command.add_command(_each)
