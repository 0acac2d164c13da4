"""kubeconfig files: reading, merging several, writing one context into them."""

from __future__ import annotations

import base64
import binascii
import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from minik8s.client.config import ClientConfig, ConfigError, ExecPlugin


class _Struct(msgspec.Struct, rename="kebab", omit_defaults=True, kw_only=True):
    """kubeconfig spells its keys with dashes."""


class Cluster(_Struct):
    """A server and how to trust it."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    proxy_url: str = ""
    disable_compression: bool = False


class ExecEnv(msgspec.Struct):
    """One environment variable of a credential program."""

    name: str
    value: str


class Exec(msgspec.Struct, rename="camel", omit_defaults=True, kw_only=True):
    """A program that hands out credentials."""

    command: str
    args: list[str] | None = None
    env: list[ExecEnv] | None = None
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class User(_Struct):
    """What proves who asks."""

    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    act_as: str = msgspec.field(default="", name="as")
    act_as_uid: str = msgspec.field(default="", name="as-uid")
    act_as_groups: list[str] = msgspec.field(default_factory=list, name="as-groups")
    act_as_user_extra: dict[str, list[str]] = msgspec.field(default_factory=dict, name="as-user-extra")
    username: str = ""
    password: str = ""
    exec: Exec | None = None


class Context(_Struct):
    """A cluster, a user and a namespace under one name."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""


class NamedCluster(_Struct):
    """A cluster under its name."""

    name: str
    cluster: Cluster = msgspec.field(default_factory=Cluster)


class NamedUser(_Struct):
    """A user under its name."""

    name: str
    user: User = msgspec.field(default_factory=User)


class NamedContext(_Struct):
    """A context under its name."""

    name: str
    context: Context = msgspec.field(default_factory=Context)


class Kubeconfig(msgspec.Struct, omit_defaults=True, kw_only=True):
    """One kubeconfig file, or several merged."""

    api_version: str = msgspec.field(default_factory=lambda: "v1", name="apiVersion")
    kind: str = msgspec.field(default_factory=lambda: "Config")
    clusters: list[NamedCluster] = msgspec.field(default_factory=list)
    users: list[NamedUser] = msgspec.field(default_factory=list)
    contexts: list[NamedContext] = msgspec.field(default_factory=list)
    current_context: str = msgspec.field(default="", name="current-context")


N = TypeVar("N", NamedCluster, NamedUser, NamedContext)


def default_path() -> Path:
    """`~/.kube/config`."""
    return Path.home() / ".kube" / "config"


def paths() -> list[Path]:
    """The files in use: $KUBECONFIG's list, else the default place."""
    listed = [Path(p) for p in os.environ.get("KUBECONFIG", "").split(os.pathsep) if p]
    return list(dict.fromkeys(listed)) or [default_path()]


def read_document(path: Path) -> dict[str, Any]:
    """The YAML document of a file as plain values; an empty file is an empty document. Raises ConfigError."""
    try:
        document = yaml.load(path.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not YAML: {error}") from None
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise ConfigError(f"{path} is not a kubeconfig: a mapping is expected at the top")
    return document


def read(path: Path) -> Kubeconfig:
    """One file; relative paths in it become absolute. Raises ConfigError."""
    try:
        found = msgspec.convert(_without_nulls(read_document(path)), type=Kubeconfig)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path} is not a valid kubeconfig: {error}") from None
    here = path.resolve().parent
    for cluster in found.clusters:
        cluster.cluster.certificate_authority = _absolute(here, cluster.cluster.certificate_authority)
    for user in found.users:
        user.user.client_certificate = _absolute(here, user.user.client_certificate)
        user.user.client_key = _absolute(here, user.user.client_key)
        user.user.token_file = _absolute(here, user.user.token_file)
        if user.user.exec and os.sep in user.user.exec.command:
            user.user.exec.command = _absolute(here, user.user.exec.command)
    return found


def load(explicit: str = "") -> Kubeconfig:
    """The file named, which must exist; else all of `paths`, where what comes first wins and files may be missing."""
    if explicit:
        return read(Path(explicit).expanduser())
    merged = Kubeconfig()
    for path in paths():
        if not path.exists():
            continue
        found = read(path)
        merged.current_context = merged.current_context or found.current_context
        _add_missing(merged.clusters, found.clusters)
        _add_missing(merged.users, found.users)
        _add_missing(merged.contexts, found.contexts)
    return merged


def to_client_config(config: Kubeconfig, context: str = "", user_agent: str = "minik8s") -> ClientConfig:
    """What one context (by default the current one) says. Raises ConfigError naming what is missing."""
    name = context or config.current_context
    if not name:
        raise ConfigError(
            "no configuration has been provided: no current context is set "
            "(give --kubeconfig or --context, or set KUBECONFIG)"
        )
    chosen = next((c.context for c in config.contexts if c.name == name), None)
    if chosen is None:
        raise ConfigError(f'context "{name}" does not exist')
    cluster = next((c.cluster for c in config.clusters if c.name == chosen.cluster), None)
    if cluster is None:
        raise ConfigError(f'cluster "{chosen.cluster}" of context "{name}" does not exist')
    user = next((u.user for u in config.users if u.name == chosen.user), None)
    if user is None:
        if chosen.user:
            raise ConfigError(f'user "{chosen.user}" of context "{name}" does not exist')
        user = User()
    if not cluster.server:
        raise ConfigError(f'cluster "{chosen.cluster}" has no server')
    _check_files(chosen, cluster, user)
    return ClientConfig(
        server=cluster.server.rstrip("/"),
        ca_file=cluster.certificate_authority,
        ca_data=_data(cluster.certificate_authority_data, f'cluster "{chosen.cluster}": certificate-authority-data'),
        insecure=cluster.insecure_skip_tls_verify,
        tls_server_name=cluster.tls_server_name,
        proxy_url=cluster.proxy_url,
        cert_file=user.client_certificate,
        key_file=user.client_key,
        cert_data=_data(user.client_certificate_data, f'user "{chosen.user}": client-certificate-data'),
        key_data=_data(user.client_key_data, f'user "{chosen.user}": client-key-data'),
        token=user.token,
        token_file=user.token_file,
        username=user.username,
        password=user.password,
        namespace=chosen.namespace or "default",
        user_agent=user_agent,
        impersonate_user=user.act_as,
        impersonate_uid=user.act_as_uid,
        impersonate_groups=tuple(user.act_as_groups),
        impersonate_extra=tuple((k, v) for k, values in user.act_as_user_extra.items() for v in values),
        exec_plugin=_exec_plugin(user.exec),
    )


def _check_files(chosen: Context, cluster: Cluster, user: User) -> None:
    """Files that will be needed are looked at now: later nobody would be there to be told."""
    files = []
    if not cluster.certificate_authority_data and not cluster.insecure_skip_tls_verify:
        files.append(("certificate-authority", cluster.certificate_authority, chosen.cluster))
    if not user.client_certificate_data:
        files.append(("client-cert", user.client_certificate, chosen.user))
    if not user.client_key_data:
        files.append(("client-key", user.client_key, chosen.user))
    for what, path, whose in files:
        try:
            if path:
                with open(path, "rb"):
                    pass
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ConfigError(f"unable to read {what} {path} for {whose} due to open {path}: {reason}") from None


def encode(config: Kubeconfig) -> bytes:
    """The file's YAML."""
    return dump(msgspec.to_builtins(config))


def dump(document: dict[str, Any]) -> bytes:
    """YAML in block style, keys in the order given."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return yaml.dump(document, Dumper=dumper, sort_keys=False, encoding="utf-8", allow_unicode=True)


def write_private(path: Path, content: bytes) -> None:
    """Put a file in place at once, readable by its owner alone; the folder is made if missing."""
    path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    target = path.resolve()
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _exec_plugin(plugin: Exec | None) -> ExecPlugin | None:
    if plugin is None:
        return None
    return ExecPlugin(
        command=plugin.command,
        args=tuple(plugin.args or ()),
        env=tuple((e.name, e.value) for e in plugin.env or ()),
        api_version=plugin.api_version or "client.authentication.k8s.io/v1",
        install_hint=plugin.install_hint,
        provide_cluster_info=plugin.provide_cluster_info,
        interactive_mode=plugin.interactive_mode or "IfAvailable",
    )


def _add_missing(into: list[N], found: list[N]) -> None:
    known = {entry.name for entry in into}
    into += [entry for entry in found if entry.name not in known]


def _absolute(folder: Path, path: str) -> str:
    return str(folder / path) if path else ""


def _data(text: str, where: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True) if text else b""
    except binascii.Error as error:
        raise ConfigError(f"{where} is not base64: {error}") from None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(v) for v in value if v is not None]
    return value
