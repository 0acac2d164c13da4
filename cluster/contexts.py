"""The user's own kubeconfig: our context goes in and comes out, everything else stays as it is."""

from __future__ import annotations

import os
import pwd
from pathlib import Path
from typing import Any

import msgspec

from cluster import credentials
from cluster.layout import Layout
from minik8s.client import kubeconfig

_SECTIONS = ("clusters", "users", "contexts")


def user_file() -> Path:
    """The file to write: the first of $KUBECONFIG that exists, else its first, else `~/.kube/config`.

    Under sudo that is the calling user's home, for that is who will run kubectl.
    """
    if os.environ.get("KUBECONFIG"):
        files = kubeconfig.paths()
        return next((path for path in files if path.exists()), files[0])
    caller = os.environ.get("SUDO_USER", "")
    if caller and os.geteuid() == 0:
        try:
            return Path(pwd.getpwnam(caller).pw_dir) / ".kube" / "config"
        except KeyError:
            pass
    return kubeconfig.default_path()


def merge(layout: Layout, path: Path | None = None) -> Path:
    """Put the cluster's context into the user's file and make it current; returns the file. Raises ConfigError."""
    path = path or user_file()
    document = kubeconfig.read_document(path) if path.exists() else {}
    ours: dict[str, Any] = msgspec.to_builtins(credentials.context(layout, layout.name))
    before = document.get("current-context") or ""
    if before and before != layout.name:
        (layout.state / "previous-context").write_text(before)
    for section in _SECTIONS:
        mine = {entry["name"] for entry in ours[section]}
        kept = [entry for entry in document.get(section) or [] if entry.get("name") not in mine]
        document[section] = kept + ours[section]
    document.setdefault("apiVersion", "v1")
    document.setdefault("kind", "Config")
    document["current-context"] = layout.name
    _write(path, document)
    return path


def remove(layout: Layout, path: Path | None = None) -> bool:
    """Take the context out again; the context that was current before is current again. Raises ConfigError."""
    path = path or user_file()
    if not path.exists():
        return False
    document = kubeconfig.read_document(path)
    names = {"clusters": layout.name, "users": f"{layout.name}-admin", "contexts": layout.name}
    found = False
    for section, name in names.items():
        entries = document.get(section) or []
        kept = [entry for entry in entries if entry.get("name") != name]
        found |= len(kept) != len(entries)
        document[section] = kept
    if document.get("current-context") == layout.name:
        found = True
        previous = layout.state / "previous-context"
        wanted = previous.read_text().strip() if previous.exists() else ""
        known = {entry.get("name") for entry in document["contexts"]}
        document["current-context"] = wanted if wanted in known else ""
    if not found:
        return False
    if not any(document.get(section) for section in _SECTIONS):
        path.unlink()
        return True
    _write(path, document)
    return True


def _write(path: Path, document: dict[str, Any]) -> None:
    made = [folder for folder in (path.parent,) if not folder.exists()]
    kubeconfig.write_private(path, kubeconfig.dump(document))
    caller = os.environ.get("SUDO_UID", ""), os.environ.get("SUDO_GID", "")
    if os.geteuid() == 0 and all(caller) and not os.environ.get("KUBECONFIG"):
        for target in (*made, path):
            os.chown(target, int(caller[0]), int(caller[1]))
