"""`/statusz` and `/flagz`: what this server is and how it was started, for people and, in kinds of their own, programs.

As text they are for reading only: like Kubernetes, each answer separates with something else, so that nobody parses it.
"""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from apiserver import version
from apiserver.forms.yaml_text import dump
from apiserver.negotiation import JSON, YAML, Clause, clauses, unacceptable
from minik8s.machinery.times import format_time

GROUP = "config.k8s.io"
STATUS, FLAGS = "/statusz", "/flagz"
_KINDS = {STATUS: "Statusz", FLAGS: "Flagz"}
_BETA, _ALPHA = "v1beta1", "v1alpha1"
_TEXT = "text/plain"
_ACCEPTED = (JSON, YAML, _TEXT)
_NAME = "apiserver"
_SEPARATORS = (":", ": ", "=", " ")
_WARNING = (
    "Warning: This endpoint is not meant to be machine parseable, has no formatting compatibility guarantees "
    "and is for debugging purposes only."
)
_PATHS = (FLAGS, "/healthz", "/livez", "/metrics", "/readyz", STATUS, "/version")
_HOUR, _MINUTE = 3600, 60


class ZPages:
    """The two pages of a server that started at `started`, in seconds since the epoch."""

    def __init__(self, started: float) -> None:
        self._started = started
        # The command's flags are found where it runs; a server that runs without one has none.
        self._context = click.get_current_context(silent=True)

    def page(self, path: str, accept: str, *, pretty: bool = False) -> tuple[bytes, bytes, str]:
        """(body, content type, warning) of a page. Raises StatusError (406)."""
        media, wanted, indented = _negotiated(accept, _KINDS[path])
        if media == _TEXT:
            text = self._status_text() if path == STATUS else self._flags_text()
            return text.encode(), b"text/plain; charset=utf-8", ""
        kind = _KINDS[path]
        document = {"kind": kind, "apiVersion": f"{GROUP}/{wanted}", "metadata": {"name": _NAME}}
        document |= self._status() if path == STATUS else {"flags": self.flags()}
        if media == YAML:
            body = dump(document)
        elif pretty or indented:
            body = msgspec.json.format(msgspec.json.encode(document), indent=2)
        else:
            body = msgspec.json.encode(document) + b"\n"
        warning = ""
        if wanted == _ALPHA:
            warning = f"This version of the {path[1:]} endpoint is deprecated. Please use a newer version."
        return body, f"{media};g={GROUP};v={wanted};as={kind}".encode(), warning

    def flags(self) -> dict[str, str]:
        """Every flag with its value, written as Kubernetes writes flags."""
        if self._context is None:
            return {}
        given = self._context.params
        found = {}
        for parameter in self._context.command.params:
            if parameter.name in given and isinstance(parameter, click.Option):
                found[max(parameter.opts, key=len).lstrip("-")] = _written(given[parameter.name])
        return dict(sorted(found.items()))

    def _status(self) -> dict[str, Any]:
        minor = f"{version.MAJOR}.{version.MINOR}"
        return {
            "startTime": format_time(datetime.fromtimestamp(self._started, UTC)),
            "uptimeSeconds": int(time.time() - self._started),
            "goVersion": _language(),
            "binaryVersion": minor,
            "emulationVersion": minor,
            "paths": list(_PATHS),
        }

    def _status_text(self) -> str:
        up = int(time.time() - self._started)
        minor = f"{version.MAJOR}.{version.MINOR}"
        separator = random.choice(_SEPARATORS)
        rows = {
            "Started": time.strftime("%a %b %e %H:%M:%S UTC %Y", time.gmtime(self._started)),
            "Up": f"{up // _HOUR} hr {up % _HOUR // _MINUTE:02} min {up % _MINUTE:02} sec",
            "Go version": _language(),
            "Binary version": minor,
            "Emulation version": minor,
            "Paths": " ".join(_PATHS),
        }
        lines = "".join(f"{name}{separator} {value}\n" for name, value in rows.items())
        return f"\n{_NAME} statusz\n{_WARNING}\n\n{lines}"

    def _flags_text(self) -> str:
        separator = random.choice(_SEPARATORS)
        lines = "".join(f"{name}{separator}{value}\n" for name, value in self.flags().items())
        return f"\n{_NAME} flagz\n{_WARNING}\n{lines}"


def _language() -> str:
    said: str = msgspec.json.decode(version.document())["goVersion"]
    return said


def _negotiated(accept: str, kind: str) -> tuple[str, str, bool]:
    """(media type, version, indented) of what is asked for."""
    for clause in clauses(accept) or (Clause("*", "*", 1.0, {}),):
        asked = clause.parameters
        if asked.keys() & {"as", "g", "v"}:
            fits = (asked.get("as"), asked.get("g")) == (kind, GROUP) and asked.get("v") in (_BETA, _ALPHA)
            for media in (JSON, YAML):
                if fits and _covers(clause, media):
                    return media, asked["v"], asked.get("pretty") == "1"
        elif _covers(clause, _TEXT):
            return _TEXT, "", False
    raise unacceptable(_ACCEPTED)


def _covers(clause: Clause, media: str) -> bool:
    major, _, minor = media.partition("/")
    return clause.type in (major, "*") and clause.subtype in (minor, "*")


def _written(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_written, value))}]"
    return str(value)
