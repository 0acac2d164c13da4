"""The audit policy: how much is written down about which requests."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec
import yaml

from apiserver.audit.event import LEVELS, NONE, STAGES
from apiserver.auth.protocols import Attributes


class PolicyError(Exception):
    """The policy file cannot be read or says what cannot be; the text names the place."""


class GroupResources(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Resources of one group; no resources means all of them."""

    group: str = ""
    resources: list[str] = []
    resource_names: list[str] = []


class Rule(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One rule; what it leaves empty matches everything."""

    level: str
    users: list[str] = []
    user_groups: list[str] = []
    verbs: list[str] = []
    resources: list[GroupResources] = []
    namespaces: list[str] = []
    non_resource_urls: list[str] = msgspec.field(default_factory=list, name="nonResourceURLs")
    omit_stages: list[str] = []
    omit_managed_fields: bool | None = None


class _Document(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    kind: str = "Policy"
    api_version: str = "audit.k8s.io/v1"
    metadata: dict[str, object] = {}
    rules: list[Rule] = []
    omit_stages: list[str] = []
    omit_managed_fields: bool = False


class Treatment(NamedTuple):
    """What is written about a request: the level, the stages left out, whether managed fields are."""

    level: str
    omit_stages: frozenset[str]
    omit_managed_fields: bool


class Policy:
    """The rules in order; the first that matches decides, none means nothing is written."""

    def __init__(self, document: _Document) -> None:
        _check(document)
        everywhere = frozenset(document.omit_stages)
        self._default = Treatment(NONE, everywhere, document.omit_managed_fields)
        self._rules = [
            (
                rule,
                Treatment(
                    rule.level,
                    everywhere | frozenset(rule.omit_stages),
                    document.omit_managed_fields if rule.omit_managed_fields is None else rule.omit_managed_fields,
                ),
            )
            for rule in document.rules
        ]

    @classmethod
    def parse(cls, text: str, source: str = "audit policy") -> Policy:
        """The policy a YAML text says. Raises PolicyError."""
        try:
            loaded = yaml.safe_load(text)
            document = msgspec.convert(loaded if loaded is not None else {}, _Document)
        except yaml.YAMLError as error:
            raise PolicyError(f"{source} is no YAML: {error}") from error
        except msgspec.ValidationError as error:
            raise PolicyError(f"{source}: {error}") from error
        try:
            return cls(document)
        except PolicyError as error:
            raise PolicyError(f"{source}: {error}") from None

    @classmethod
    def load(cls, path: str) -> Policy:
        """The policy in a file. Raises PolicyError."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise PolicyError(f"cannot read audit policy {path}: {error}") from error
        return cls.parse(text, f"audit policy {path}")

    def treatment(self, attributes: Attributes) -> Treatment:
        """What is to be written about a request."""
        for rule, treatment in self._rules:
            if _matches(rule, attributes):
                return treatment
        return self._default


def _check(document: _Document) -> None:
    if document.kind != "Policy" or document.api_version != "audit.k8s.io/v1":
        raise PolicyError(f"is a {document.kind} of {document.api_version}, expected a Policy of audit.k8s.io/v1")
    if not document.rules:
        raise PolicyError("has no rules")
    _check_stages(document.omit_stages, "omitStages")
    for index, rule in enumerate(document.rules):
        at = f"rules[{index}]"
        if rule.level not in LEVELS:
            raise PolicyError(f"{at}.level: {rule.level!r} is not one of {', '.join(LEVELS)}")
        _check_stages(rule.omit_stages, f"{at}.omitStages")
        if rule.non_resource_urls and (rule.resources or rule.namespaces):
            raise PolicyError(f"{at}: rules cannot apply to both regular resources and non-resource URLs")
        for url in rule.non_resource_urls:
            if url != "*" and (not url.startswith("/") or "*" in url[:-1]):
                raise PolicyError(f"{at}.nonResourceURLs: {url!r} must begin with / and have * at its end only")


def _check_stages(stages: list[str], at: str) -> None:
    for stage in stages:
        if stage not in STAGES:
            raise PolicyError(f"{at}: {stage!r} is not one of {', '.join(STAGES)}")


def _matches(rule: Rule, attributes: Attributes) -> bool:
    user = attributes.user
    if rule.users and user.name not in rule.users:
        return False
    if rule.user_groups and not any(group in rule.user_groups for group in user.groups):
        return False
    if rule.verbs and attributes.verb not in rule.verbs:
        return False
    if rule.namespaces or rule.resources:
        return attributes.resource_request and _matches_resource(rule, attributes)
    if rule.non_resource_urls:
        return not attributes.resource_request and any(
            spec in ("*", attributes.path) or (spec.endswith("*") and attributes.path.startswith(spec.rstrip("*")))
            for spec in rule.non_resource_urls
        )
    return True


def _matches_resource(rule: Rule, attributes: Attributes) -> bool:
    if rule.namespaces and attributes.namespace not in rule.namespaces:
        return False
    return not rule.resources or any(_is_among(one, attributes) for one in rule.resources)


def _is_among(listed: GroupResources, attributes: Attributes) -> bool:
    if listed.group not in ("*", attributes.api_group):
        return False
    if not listed.resources:
        return True
    if listed.resource_names and attributes.name not in listed.resource_names:
        return False
    resource, subresource = attributes.resource, attributes.subresource
    wanted = {"*", f"{resource}/{subresource}" if subresource else resource, f"{resource}/*"}
    if subresource:
        wanted.add(f"*/{subresource}")
    return any(name in wanted for name in listed.resources)
