"""Whom to believe: authorities and headers of front proxies, from flags or as the API server publishes them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import structlog

from minik8s.api.core_v1 import ConfigMap
from minik8s.client.informer import Informers
from minik8s.daemon.front_proxy import HeaderNames

log = structlog.get_logger("metrics-server")

_NAMESPACE, _NAME = "kube-system", "extension-apiserver-authentication"
CLIENT_FILE, PROXY_FILE = "client-ca.crt", "requestheader-client-ca.crt"
_FILES = {"client-ca-file": CLIENT_FILE, "requestheader-client-ca-file": PROXY_FILE}
_HEADERS = {
    "requestheader-allowed-names": "allowed_names",
    "requestheader-username-headers": "username",
    "requestheader-uid-headers": "uid",
    "requestheader-group-headers": "group",
    "requestheader-extra-headers-prefix": "extra_prefix",
}


def follow(informers: Informers, folder: Path, changed: Callable[[HeaderNames], None]) -> Any:
    """Keep what the API server publishes in `CLIENT_FILE` and `PROXY_FILE` of a folder; `changed` hears of the headers.

    Returns the informer, whose first list brings the files.
    """

    def seen(old: ConfigMap | None, new: ConfigMap | None) -> None:
        if new is None:
            return
        for key, name in _FILES.items():
            _write(folder / name, new.data.get(key, ""))
        changed(header_names(new.data))

    informer = informers.of(ConfigMap, _NAMESPACE, field_selector=f"metadata.name={_NAME}")
    informer.on_change(seen)
    return informer


def header_names(data: dict[str, str]) -> HeaderNames:
    """The names of headers in the published data; what cannot be read is as if it was not said."""
    found: dict[str, tuple[str, ...]] = {}
    for key, field in _HEADERS.items():
        try:
            names = msgspec.json.decode(data.get(key, "null"), type=list[str] | None)
        except msgspec.MsgspecError as error:
            log.warning("published names cannot be read", key=key, error=str(error))
            continue
        if names:
            found[field] = tuple(names)
    return dataclasses.replace(HeaderNames(), **found)


def _write(path: Path, content: str) -> None:
    if not path.exists() or path.read_text() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
