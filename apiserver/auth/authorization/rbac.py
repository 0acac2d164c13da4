"""RBAC: a request is allowed when a role bound to the user or one of its groups has a rule for it."""

from __future__ import annotations

from typing import NamedTuple

from apiserver.auth.authorization.compiled import CompiledRules
from apiserver.auth.authorization.role_index import RoleIndex
from apiserver.auth.protocols import Attributes, Decision, Reader, Rule, User, Verdict
from minik8s.api.rbac_v1 import PolicyRule, RoleRef

_REFUSED = Decision(Verdict.NO_OPINION)
_CACHED_SUBJECTS = 20_000


class _Scope(NamedTuple):
    rules: CompiledRules
    problems: tuple[str, ...]


def role_not_found(role: RoleRef) -> str:
    """How a binding to a role that is not there is told."""
    plural = "clusterrole" if role.kind == "ClusterRole" else "role"
    return f'{plural}.rbac.authorization.k8s.io "{role.name}" not found'


class RBACAuthorizer:
    """Decides from compiled rules, cached per user and scope until any role or binding changes."""

    def __init__(self, reader: Reader) -> None:
        self.index = RoleIndex(reader)
        self._version = self.index.version
        self._scopes: dict[tuple[str, tuple[str, ...], str], _Scope] = {}

    def _scope(self, user: User, namespace: str) -> _Scope:
        key = (user.name, user.groups, namespace)
        found = self._scopes.get(key)
        if found is None:
            problems = []
            sources: list[tuple[str, list[PolicyRule]]] = []
            for source, role, where in self.index.bindings_of(user, namespace):
                rules = self.index.rules_of(role, where)
                if rules is None:
                    problems.append(role_not_found(role))
                else:
                    sources.append((f"RBAC: allowed by {source}", rules))
            if len(self._scopes) >= _CACHED_SUBJECTS:
                self._scopes.clear()
            found = self._scopes[key] = _Scope(CompiledRules(sources), tuple(problems))
        return found

    def decide(self, attributes: Attributes) -> Decision:
        """The decision, at once."""
        index = self.index
        if self._version != index.version:
            self._version = index.version
            self._scopes.clear()
        cluster = self._scope(attributes.user, "")
        source = cluster.rules.grants(attributes)
        if source is not None:
            return Decision(Verdict.ALLOW, source)
        problems = cluster.problems
        namespace = attributes.namespace
        if namespace and index.has_bindings(namespace):
            scope = self._scope(attributes.user, namespace)
            source = scope.rules.grants(attributes)
            if source is not None:
                return Decision(Verdict.ALLOW, source)
            problems += scope.problems
        if not problems:
            return _REFUSED
        return Decision(Verdict.NO_OPINION, f"RBAC: {_aggregate(problems)}")

    async def authorize(self, attributes: Attributes) -> Decision:
        """The decision as the `Authorizer` protocol gives it."""
        return self.decide(attributes)

    def policy_rules(self, user: User, namespace: str) -> tuple[list[PolicyRule], list[str]]:
        """All rules of the user in a namespace ("": cluster-wide ones only), and roles that were not found."""
        found: list[PolicyRule] = []
        problems = []
        for scope in dict.fromkeys(("", namespace)):
            for _, role, where in self.index.bindings_of(user, scope):
                rules = self.index.rules_of(role, where)
                if rules is None:
                    problems.append(role_not_found(role))
                else:
                    found.extend(rules)
        return found, problems

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """The user's rules for SelfSubjectRulesReview."""
        found, problems = self.policy_rules(user, namespace)
        listed = []
        for rule in found:
            if rule.resources:
                listed.append(
                    Rule(
                        verbs=tuple(rule.verbs),
                        api_groups=tuple(rule.api_groups),
                        resources=tuple(rule.resources),
                        resource_names=tuple(rule.resource_names),
                    )
                )
            if rule.non_resource_urls:
                listed.append(Rule(verbs=tuple(rule.verbs), urls=tuple(rule.non_resource_urls)))
        return listed, False, _aggregate(tuple(problems))


def _aggregate(problems: tuple[str, ...]) -> str:
    unique = list(dict.fromkeys(problems))
    if len(unique) < 2:
        return "".join(unique)
    return "[" + ", ".join(unique) + "]"
