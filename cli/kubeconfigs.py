"""kubeconfig files as plain documents: merged for reading, each changed where its entry lives; all else in it stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from minik8s.client import kubeconfig

Document = dict[str, Any]
_PARTS = ("clusters", "contexts", "users")


def named(entries: list[Document], name: str) -> Document | None:
    """The entry of a name."""
    return next((each for each in entries if each.get("name") == name), None)


def decoded(path: str) -> list[str]:
    """`contexts.my\\.name.namespace` in parts."""
    parts, part, escaped = [], "", False
    for char in path:
        if escaped or char not in "\\.":
            part, escaped = part + char, False
        elif char == "\\":
            escaped = True
        else:
            parts.append(part)
            part = ""
    return [each for each in [*parts, part] if each]


class Files:
    """The files in use: the one named, else $KUBECONFIG's or the default one."""

    def __init__(self, explicit: str = "") -> None:
        self.paths = [Path(explicit).expanduser()] if explicit else kubeconfig.paths()

    @property
    def main(self) -> Path:
        """Where new entries go: the last file that exists, else the first."""
        there = [path for path in self.paths if path.exists()]
        return there[0] if there else self.paths[0]

    def _read(self, path: Path) -> Document:
        return kubeconfig.read_document(path) if path.exists() else {}

    def merged(self) -> Document:
        """All files as one; what comes first wins. Raises ConfigError."""
        found: Document = {"apiVersion": "v1", "kind": "Config", "current-context": "", "preferences": {}}
        found |= {part: [] for part in _PARTS}
        for path in self.paths:
            document = self._read(path)
            found["current-context"] = found["current-context"] or document.get("current-context") or ""
            for part in _PARTS:
                for entry in document.get(part) or ():
                    if named(found[part], entry.get("name", "")) is None:
                        inner = entry.get(part[:-1]) or {}
                        found[part].append({part[:-1]: dict(inner), "name": entry.get("name", "")})
        for part in _PARTS:
            found[part].sort(key=lambda entry: str(entry["name"]))
        return found

    def holder(self, part: str, name: str) -> Path | None:
        """The file that has an entry."""
        return next((path for path in self.paths if named(self._read(path).get(part) or [], name) is not None), None)

    def _write(self, path: Path, document: Document) -> None:
        base = {"apiVersion": "v1", "kind": "Config"}
        kubeconfig.write_private(path, kubeconfig.dump(base | document))

    def set_top(self, key: str, value: Any) -> None:
        """Set `current-context`; None takes it away. Raises ConfigError."""
        holders = [path for path in self.paths if self._read(path).get(key)]
        path = holders[0] if holders else self.main
        document = self._read(path)
        if value is None:
            document.pop(key, None)
        else:
            document[key] = value
        self._write(path, document)

    def change(self, part: str, single: str, name: str, change: Document) -> bool:
        """Set values of an entry, None takes one away; whether the entry is new. Raises ConfigError."""
        path = self.holder(part, name)
        made = path is None
        path = path or self.main
        document = self._read(path)
        entries = list(document.get(part) or ())
        entry = named(entries, name)
        if entry is None:
            entry = {single: {}, "name": name}
            entries.append(entry)
        inner = {key: value for key, value in ((entry.get(single) or {}) | change).items() if value is not None}
        entry[single] = inner
        self._write(path, document | {part: entries})
        return made

    def remove(self, path: Path, part: str, name: str) -> None:
        """Take an entry out of a file."""
        document = self._read(path)
        document[part] = [each for each in document.get(part) or () if each.get("name") != name]
        self._write(path, document)

    def rename(self, path: Path, part: str, old: str, new: str) -> None:
        """Give an entry another name."""
        document = self._read(path)
        for each in document.get(part) or ():
            if each.get("name") == old:
                each["name"] = new
        self._write(path, document)
