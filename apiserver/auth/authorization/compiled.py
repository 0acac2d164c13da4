"""Policy rules compiled for look-up: the cost of a decision does not grow with the number of rules."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.auth.authorization.rules import ALL
from apiserver.auth.protocols import Attributes
from minik8s.api.rbac_v1 import PolicyRule

_Grant = tuple[frozenset[str] | None, str]  # names (None: any) and where the grant comes from


class CompiledRules:
    """Rules of one subject in one scope. `grants` answers with the source of the grant, or None."""

    __slots__ = ("_exact_urls", "_resources", "_shapes", "_url_prefixes")

    def __init__(self, sources: Iterable[tuple[str, Iterable[PolicyRule]]]) -> None:
        # (verb, group, resource or resource/subresource), each possibly "*".
        self._resources: dict[tuple[str, str, str], list[_Grant]] = {}
        # Which of verb, group and resource are wildcards in at least one rule (resource 1: "*", 2: "*/subresource").
        shapes: set[tuple[bool, bool, int]] = set()
        self._exact_urls: dict[tuple[str, str], str] = {}
        self._url_prefixes: dict[str, list[tuple[str, str]]] = {}
        for source, rules in sources:
            for rule in rules:
                self._add(source, rule, shapes)
        self._shapes = tuple(sorted(shapes))

    def _add(self, source: str, rule: PolicyRule, shapes: set[tuple[bool, bool, int]]) -> None:
        names = frozenset(rule.resource_names) if rule.resource_names else None
        for verb in rule.verbs:
            for group in rule.api_groups:
                for resource in rule.resources:
                    kind = 1 if resource == ALL else 2 if resource.startswith("*/") else 0
                    shapes.add((verb == ALL, group == ALL, kind))
                    self._resources.setdefault((verb, group, resource), []).append((names, source))
            for url in rule.non_resource_urls:
                if url.endswith("*"):
                    self._url_prefixes.setdefault(verb, []).append((url.rstrip("*"), source))
                else:
                    self._exact_urls.setdefault((verb, url), source)

    def grants(self, attributes: Attributes) -> str | None:
        """What grants the request, or None when nothing here does."""
        verb = attributes.verb
        if not attributes.resource_request:
            return self._grants_path(verb, attributes.path)
        group = attributes.api_group
        subresource = attributes.subresource
        resource = f"{attributes.resource}/{subresource}" if subresource else attributes.resource
        resources = self._resources
        for any_verb, any_group, kind in self._shapes:
            if kind == 0:
                what = resource
            elif kind == 1:
                what = ALL
            elif subresource:
                what = "*/" + subresource
            else:
                continue
            found = resources.get((ALL if any_verb else verb, ALL if any_group else group, what))
            if found:
                for names, source in found:
                    if names is None or attributes.name in names:
                        return source
        return None

    def _grants_path(self, verb: str, path: str) -> str | None:
        for asked in (verb, ALL):
            source = self._exact_urls.get((asked, path))
            if source is not None:
                return source
            for prefix, source in self._url_prefixes.get(asked, ()):
                if path.startswith(prefix):
                    return source
        return None
