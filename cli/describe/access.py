"""Roles, bindings, ServiceAccounts."""

from __future__ import annotations

from typing import Any

from cli.describe.generic import head
from cli.describe.text import block, mapping, notes, table


def _words(values: list[str] | None) -> str:
    return f"[{' '.join(values or ())}]"


def _plain_head(obj: dict[str, Any]) -> list[str]:
    meta = obj["metadata"]
    return block(
        [
            ("Name", meta["name"]),
            ("Labels", mapping(meta.get("labels"))),
            ("Annotations", notes(meta.get("annotations"))),
        ]
    )


def role(obj: dict[str, Any]) -> list[str]:
    """A Role or ClusterRole, its rules."""
    rows = []
    for rule in obj.get("rules") or ():
        names, verbs = _words(rule.get("resourceNames")), _words(rule.get("verbs"))
        for group in rule.get("apiGroups") or [""]:
            for resource in rule.get("resources") or ():
                kind, slash, part = resource.partition("/")
                rows.append([(f"{kind}.{group}" if group else kind) + slash + part, "[]", names, verbs])
        for url in rule.get("nonResourceURLs") or ():
            rows.append(["", f"[{url}]", "[]", verbs])
    lines = table(["Resources", "Non-Resource URLs", "Resource Names", "Verbs"], sorted(rows))
    return [*_plain_head(obj), "PolicyRule:", *lines]


def binding(obj: dict[str, Any]) -> list[str]:
    """A RoleBinding or ClusterRoleBinding."""
    rows = [[s["kind"], s["name"], s.get("namespace", "")] for s in obj.get("subjects") or ()]
    reference = block([("Kind", obj["roleRef"]["kind"]), ("Name", obj["roleRef"]["name"])], 2)
    return [*_plain_head(obj), "Role:", *reference, "Subjects:", *table(["Kind", "Name", "Namespace"], rows)]


def service_account(obj: dict[str, Any]) -> list[str]:
    """A ServiceAccount."""

    def names(key: str) -> list[str]:
        return [each["name"] for each in obj.get(key) or ()] or ["<none>"]

    more = block([("Image pull secrets", names("imagePullSecrets")), ("Mountable secrets", names("secrets"))])
    return [*head(obj), *more, "Tokens:\t<none>"]
