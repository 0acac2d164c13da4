"""Manifests from files, folders, URLs and standard input."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cli.errors import CommandError

_SUFFIXES = (".yaml", ".yml", ".json")


@dataclasses.dataclass(frozen=True, slots=True)
class Manifest:
    """One object and where it was read."""

    obj: dict[str, Any]
    source: str


def read(names: Iterable[str], recursive: bool = False) -> list[Manifest]:
    """All objects of files, folders (`-R` for those inside), URLs and `-`. Raises CommandError."""
    found: list[Manifest] = []
    for name in names:
        for source, text in _texts(name, recursive):
            found += objects(text, source)
    if not found:
        raise CommandError("error: no objects passed to apply")
    return found


def _texts(name: str, recursive: bool) -> Iterator[tuple[str, str]]:
    if name == "-":
        yield "STDIN", sys.stdin.read()
        return
    if name.startswith(("http://", "https://")):
        yield name, _fetched(name)
        return
    path = Path(name)
    if path.is_dir():
        files = sorted(p for p in (path.rglob("*") if recursive else path.iterdir()) if p.suffix in _SUFFIXES)
        if not files:
            raise CommandError(f"error: error reading [{name}]: recognized file extensions are [.json .yaml .yml]")
    elif path.exists():
        files = [path]
    else:
        raise CommandError(f'error: the path "{name}" does not exist')
    for file in files:
        try:
            yield str(file), file.read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"error: cannot read {file}: {error}") from None


def _fetched(url: str) -> str:
    import urllib.error
    import urllib.request

    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return str(answer.read().decode())
    except (urllib.error.URLError, OSError, UnicodeDecodeError) as error:
        raise CommandError(f'error: unable to read URL "{url}": {error}') from None


def objects(text: str, source: str) -> Iterator[Manifest]:
    """The objects of a text in YAML or JSON. Raises CommandError."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        documents = list(yaml.load_all(text, Loader=_plain(loader)))
    except yaml.YAMLError as error:
        raise CommandError(f"error: error parsing {source}: error converting YAML to JSON: {_short(error)}") from None
    for document in documents:
        if document is None:
            continue
        if not isinstance(document, dict):
            raise CommandError(f"error: error parsing {source}: an object is a map, not {type(document).__name__}")
        kind = str(document.get("kind", ""))
        if kind.endswith("List") and isinstance(document.get("items"), list):
            yield from (Manifest(item, source) for item in document["items"] if isinstance(item, dict))
            continue
        for field in ("kind", "apiVersion"):
            if not document.get(field):
                raise CommandError(f'error: error validating "{source}": error validating data: {field} not set')
        yield Manifest(document, source)


def _short(error: Exception) -> str:
    """The problem and its line, as Go's library tells them."""
    mark = getattr(error, "context_mark", None)
    if mark is None or not mark.line:
        mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or " ".join(str(error).split())
    if mark is None:
        return f"yaml: {problem}"
    scanned = type(error).__name__ == "ScannerError"
    return f"yaml: line {mark.line + scanned}: {problem}" if mark.line + scanned else f"yaml: {problem}"


def _plain(loader: Any) -> Any:
    """A loader that leaves times as the strings they are written as."""

    class Plain(loader):  # type: ignore[misc]
        pass

    resolvers = {
        first: [(tag, pattern) for tag, pattern in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in loader.yaml_implicit_resolvers.items()
    }
    Plain.yaml_implicit_resolvers = resolvers
    return Plain
