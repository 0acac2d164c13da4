"""Nobody may grant what they do not hold: the checks on writing roles and bindings."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.rules import compact, describe, missing
from apiserver.auth.errors import failure, forbidden, not_found
from apiserver.auth.protocols import MASTERS, Attributes, Authorizer, User
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding

GROUP = "rbac.authorization.k8s.io"

Guard = Callable[[User, Any, Any], Awaitable[None]]

_EVERYTHING = [
    PolicyRule(verbs=["*"], api_groups=["*"], resources=["*"]),
    PolicyRule(verbs=["*"], non_resource_urls=["*"]),
]


def _only_housekeeping(old: Role | ClusterRole | RoleBinding | ClusterRoleBinding, new: object) -> bool:
    """Whether a write changes nothing but what the garbage collector must be able to change."""
    if type(new) is not type(old):
        return False
    before, after = (_without_housekeeping(obj) for obj in (old, new))
    return before == after


def _without_housekeeping(obj: Role | ClusterRole | RoleBinding | ClusterRoleBinding) -> dict[str, object]:
    metadata = {
        name: getattr(obj.metadata, name)
        for name in obj.metadata.__struct_fields__
        if name not in ("owner_references", "finalizers", "resource_version", "managed_fields")
    }
    rest = {name: getattr(obj, name) for name in obj.__struct_fields__ if name != "metadata"}
    return {**rest, "metadata": metadata}


class EscalationCheck:
    """Guards creates and updates of RBAC objects; every method raises StatusError (403) or returns."""

    def __init__(self, rbac: RBACAuthorizer, authorizer: Authorizer) -> None:
        """`rbac` knows who holds what, `authorizer` is asked about the verbs `escalate` and `bind`."""
        self._rbac = rbac
        self._authorizer = authorizer

    def guards(self) -> dict[tuple[str, str], Guard]:
        """The checks by the resource that they guard: (group, plural)."""
        return {
            (GROUP, "roles"): self.role,
            (GROUP, "clusterroles"): self.role,
            (GROUP, "rolebindings"): self.binding,
            (GROUP, "clusterrolebindings"): self.binding,
        }

    async def role(self, user: User, new: Role | ClusterRole, old: Role | ClusterRole | None = None) -> None:
        """A role may be written by who holds all its rules, or may `escalate` roles."""
        if MASTERS in user.groups or (old is not None and _only_housekeeping(old, new)):
            return
        cluster = isinstance(new, ClusterRole)
        plural = "clusterroles" if cluster else "roles"
        namespace = new.metadata.namespace
        asked = Attributes(
            user, "escalate", namespace, GROUP, "v1", plural, name=old.metadata.name if old is not None else ""
        )
        if (await self._authorizer.authorize(asked)).allowed:
            return
        self._require(user, namespace, plural, new.metadata.name, new.rules)
        aggregated = [r for r in (new, old) if isinstance(r, ClusterRole) and r.aggregation_rule is not None]
        if aggregated and self._missing(user, namespace, _EVERYTHING)[0]:
            why = "must have cluster-admin privileges to use the aggregationRule"
            raise forbidden(GROUP, plural, new.metadata.name, why)

    async def binding(
        self,
        user: User,
        new: RoleBinding | ClusterRoleBinding,
        old: RoleBinding | ClusterRoleBinding | None = None,
    ) -> None:
        """A binding may be written by who holds all rules of its role, or may `bind` that role."""
        if MASTERS in user.groups or (old is not None and _only_housekeeping(old, new)):
            return
        namespace = new.metadata.namespace
        plural = "rolebindings" if isinstance(new, RoleBinding) else "clusterrolebindings"
        role = new.role_ref
        roles = {"ClusterRole": "clusterroles", "Role": "roles"}.get(role.kind, "")
        if roles:
            asked = Attributes(user, "bind", namespace, role.api_group, "*", roles, name=role.name)
            if (await self._authorizer.authorize(asked)).allowed:
                return
        else:
            raise failure(f"unsupported role reference kind: {json.dumps(role.kind)}")
        rules = self._rbac.index.rules_of(role, namespace)
        if rules is None:
            # Kubernetes tells of the kind that is written, with the name of the role.
            raise not_found(GROUP, plural, role.name)
        self._require(user, namespace, plural, new.metadata.name, rules)

    def _missing(self, user: User, namespace: str, rules: list[PolicyRule]) -> tuple[list[PolicyRule], list[str]]:
        held, problems = self._rbac.policy_rules(user, namespace)
        return missing(held, rules), problems

    def _require(self, user: User, namespace: str, plural: str, name: str, rules: list[PolicyRule]) -> None:
        lacking, problems = self._missing(user, namespace, rules)
        if not lacking:
            return
        groups = "[" + " ".join(json.dumps(group) for group in user.groups) + "]"
        told = "\n".join(sorted({describe(rule) for rule in compact(lacking)}))
        why = (
            f"user {json.dumps(user.name)} (groups={groups}) is attempting to grant RBAC permissions "
            f"not currently held:\n{told}"
        )
        if problems:
            why += f"; resolution errors: [{', '.join(problems)}]"
        raise forbidden(GROUP, plural, name, why)
