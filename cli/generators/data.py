"""ConfigMap and Secrets."""

from __future__ import annotations

import base64
import json
import os
import re
from pathlib import Path
from typing import Any

import click

from cli.errors import CommandError
from cli.making import NAME, Object, generator

_KEY = re.compile(r"[-._a-zA-Z0-9]+")
_SOURCES = (
    click.option("--from-literal", "literals", multiple=True, help="KEY=VALUE"),
    click.option("--from-file", "from_files", multiple=True, help="[KEY=]FILE, or a folder of files"),
    click.option("--from-env-file", "env_files", multiple=True, help="file of KEY=VALUE lines"),
    click.option("--append-hash", is_flag=True, hidden=True),
)


def _data(given: dict[str, Any], what: str = "Secret") -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    if given["env_files"] and (given["literals"] or given["from_files"]):
        raise CommandError("error: from-env-file cannot be combined with from-file or from-literal")

    def put(key: str, value: bytes) -> None:
        if not _KEY.fullmatch(key):
            raise CommandError(
                f'error: "{key}" is not a valid key name: a valid config key must consist of alphanumeric characters, '
                "'-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is "
                "'[-._a-zA-Z0-9]+')"
            )
        if key in found:
            raise CommandError(
                f'error: cannot add key "{key}", another key by that name already exists in Data for {what} '
                f'"{given["name"]}"'
            )
        found[key] = value

    try:
        for each in given["literals"]:
            key, equals, value = each.partition("=")
            if not equals or not key:
                raise CommandError(f"error: invalid literal source {each}, expected key=value")
            put(key, value.encode())
        for each in given["from_files"]:
            key, equals, name = each.partition("=") if "=" in each else ("", "", each)
            path = Path(name)
            if path.is_dir():
                if equals:
                    raise CommandError("error: cannot give a key name for a directory path")
                for file in sorted(p for p in path.iterdir() if p.is_file()):
                    if _KEY.fullmatch(file.name):
                        put(file.name, file.read_bytes())
            else:
                put(key or path.name, path.read_bytes())
        for name in given["env_files"]:
            for line in Path(name).read_text().splitlines():
                line = line.lstrip()
                if not line or line.startswith("#"):
                    continue
                key, equals, value = line.partition("=")
                if equals or key in os.environ:
                    put(key, (value if equals else os.environ[key]).encode())
    except OSError as error:
        raise CommandError(f"error: error reading {error.filename}: {(error.strerror or '').lower()}") from None
    return found


@generator("configmap", NAME, *_SOURCES)
def configmap(given: dict[str, Any]) -> Object:
    """Create a ConfigMap from literals and files."""
    obj: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": given["name"]}}
    for key, value in _data(given, "ConfigMap").items():
        try:
            obj.setdefault("data", {})[key] = value.decode()
        except UnicodeDecodeError:
            obj.setdefault("binaryData", {})[key] = base64.b64encode(value).decode()
    return obj


@click.group("secret", context_settings={"help_option_names": ["-h", "--help"]})
def secret() -> None:
    """Create a Secret."""


def _secret(name: str, kind: str, data: dict[str, bytes]) -> Object:
    encoded = {key: base64.b64encode(value).decode() for key, value in data.items()}
    obj: Object = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}}
    if kind:
        obj["type"] = kind
    return obj | ({"data": encoded} if encoded else {})


@generator("generic", NAME, *_SOURCES, click.option("--type", "kind", default="", help="type of the Secret"))
def generic(given: dict[str, Any]) -> Object:
    """From literals and files."""
    return _secret(given["name"], given["kind"], _data(given))


@generator(
    "tls",
    NAME,
    click.option("--cert", required=True, help="file of the certificate"),
    click.option("--key", required=True, help="file of its key"),
)
def tls(given: dict[str, Any]) -> Object:
    """From a certificate and its key."""
    try:
        pair = {"tls.crt": Path(given["cert"]).read_bytes(), "tls.key": Path(given["key"]).read_bytes()}
    except OSError as error:
        raise CommandError(f"error: open {error.filename}: {(error.strerror or '').lower()}") from None
    _check_pair(pair)
    return _secret(given["name"], "kubernetes.io/tls", pair)


def _check_pair(pair: dict[str, bytes]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        certificate = x509.load_pem_x509_certificate(pair["tls.crt"])
        key: Any = load_pem_private_key(pair["tls.key"], None)
    except (ValueError, TypeError) as error:
        raise CommandError(f"error: tls: failed to find any PEM data in certificate input ({error})") from None
    if certificate.public_key() != key.public_key():
        raise CommandError("error: tls: private key does not match public key")


@generator(
    "docker-registry",
    NAME,
    click.option("--docker-server", default="https://index.docker.io/v1/", show_default=True),
    click.option("--docker-username", default=""),
    click.option("--docker-password", default=""),
    click.option("--docker-email", default=""),
    click.option("--from-file", "from_files", multiple=True, help="a Docker configuration"),
)
def registry(given: dict[str, Any]) -> Object:
    """For pulling images."""
    kind = "kubernetes.io/dockerconfigjson"
    if given["from_files"]:
        data = _data(given | {"literals": (), "env_files": ()})
        return _secret(given["name"], kind, {".dockerconfigjson": next(iter(data.values()))})
    user, password = given["docker_username"], given["docker_password"]
    if not user or not password:
        raise CommandError(
            "error: either --from-file or the combination of --docker-username, --docker-password and "
            "--docker-server is required"
        )
    entry = {"username": user, "password": password}
    if given["docker_email"]:
        entry["email"] = given["docker_email"]
    entry["auth"] = base64.b64encode(f"{user}:{password}".encode()).decode()
    text = json.dumps({"auths": {given["docker_server"]: entry}}, separators=(",", ":")).encode()
    return _secret(given["name"], kind, {".dockerconfigjson": text})


for _each in (generic, tls, registry):
    secret.add_command(_each)

COMMANDS = (configmap, secret)
