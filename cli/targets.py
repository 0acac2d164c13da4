"""Which objects a command is about: `pods`, `pod/x`, `pod x y`, `-l app=web`, `--all`, `-f file`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

from cli import manifests
from cli.errors import CommandError
from cli.mapper import Served
from cli.session import Session


@dataclasses.dataclass(frozen=True, slots=True)
class Wanted:
    """A resource and the names asked for; no names stand for all that a selector finds."""

    served: Served
    names: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Target:
    """One object of one resource."""

    served: Served
    namespace: str
    name: str
    obj: dict[str, Any]
    source: str = ""

    @property
    def told(self) -> str:
        """How messages call it: `deployment.apps/web`."""
        resource = self.served.resource
        kind = resource.kind.lower()
        return f"{kind}.{resource.group}/{self.name}" if resource.group else f"{kind}/{self.name}"


async def wanted(session: Session, arguments: Sequence[str]) -> list[Wanted]:
    """What the arguments name. Raises CommandError."""
    if not arguments:
        raise CommandError("error: required resource not specified")
    if any("/" in each for each in arguments):
        found: list[Wanted] = []
        for each in arguments:
            kind, slash, name = each.partition("/")
            if not slash or not name or "/" in name:
                raise CommandError(
                    "error: there is no need to specify a resource type as a separate argument when passing arguments "
                    "in resource/name form (e.g. 'minik8s get resource/<resource_name>' instead of 'minik8s get "
                    "resource resource/<resource_name>'"
                )
            found.append(Wanted(await session.mapper.find(kind), (name,)))
        return found
    kinds, names = arguments[0], tuple(arguments[1:])
    return [Wanted(served, names) for served in await session.mapper.expand(kinds)]


def place(session: Session, served: Served, all_namespaces: bool = False) -> str:
    """The namespace of requests for a resource; "" is none or all."""
    return "" if all_namespaces or not served.resource.namespaced else session.namespace


async def find(
    session: Session,
    arguments: Sequence[str] = (),
    files: Sequence[str] = (),
    selector: str = "",
    field_selector: str = "",
    everything: bool = False,
    all_namespaces: bool = False,
    recursive: bool = False,
) -> list[Target]:
    """The objects themselves, read from the server. Raises CommandError, ApiError (NotFound)."""
    if files:
        found = []
        for served, namespace, manifest in await of_files(session, files, recursive):
            name = str((manifest.obj.get("metadata") or {}).get("name", ""))
            held = await session.client.get(served.resource, name, namespace)
            found.append(Target(served, namespace, name, held, manifest.source))
        return found
    targets: list[Target] = []
    for each in await wanted(session, arguments):
        namespace = place(session, each.served, all_namespaces)
        if each.names:
            for name in each.names:
                held = await session.client.get(each.served.resource, name, namespace)
                targets.append(Target(each.served, namespace, name, held))
        elif selector or field_selector or everything or all_namespaces:
            listed = await session.client.list(
                each.served.resource, namespace, label_selector=selector, field_selector=field_selector
            )
            for held in listed.items:
                meta = held.get("metadata", {})
                targets.append(Target(each.served, meta.get("namespace", ""), meta.get("name", ""), held))
        else:
            raise CommandError("error: resource(s) were provided, but no name was specified")
    return targets


async def of_files(
    session: Session, files: Sequence[str], recursive: bool = False, selector: str = ""
) -> list[tuple[Served, str, manifests.Manifest]]:
    """(resource, namespace, manifest) of each object in files, with those labels. Raises CommandError."""
    found = []
    chosen = _chooser(selector)
    for manifest in manifests.read(files, recursive):
        if not chosen((manifest.obj.get("metadata") or {}).get("labels") or {}):
            continue
        served = await session.mapper.of_object(manifest.obj, manifest.source)
        meta = manifest.obj["metadata"] = manifest.obj.get("metadata") or {}
        namespace = str(meta.get("namespace") or "")
        if served.resource.namespaced:
            if namespace and session.namespace_given and namespace != session.namespace:
                raise CommandError(
                    f'error: the namespace from the provided object "{namespace}" does not match the namespace '
                    f"\"{session.namespace}\". You must pass '--namespace={namespace}' to perform this operation."
                )
            namespace = namespace or session.namespace
        else:
            namespace = ""
        found.append((served, namespace, manifest))
    return found


def _chooser(selector: str) -> Callable[[dict[str, str]], bool]:
    if not selector:
        return lambda labels: True
    from minik8s.machinery import selectors

    try:
        parsed = selectors.parse_label_selector(selector)
    except ValueError as error:
        raise CommandError(f"error: {error}") from None
    return parsed.matches
