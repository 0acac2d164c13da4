"""Several authorizers in order: the first that allows or denies decides."""

from __future__ import annotations

from collections.abc import Sequence

from apiserver.auth.protocols import (
    MASTERS,
    Attributes,
    Authorizer,
    Decision,
    Rule,
    RuleResolver,
    User,
    Verdict,
)

_MASTERS = Decision(Verdict.ALLOW)


class UnionAuthorizer:
    """Asks each authorizer; members of system:masters are allowed before any is asked."""

    def __init__(self, authorizers: Sequence[Authorizer]) -> None:
        self._authorizers = tuple(authorizers)

    async def authorize(self, attributes: Attributes) -> Decision:
        """The first decisive answer, or no opinion with every reason and error given."""
        if MASTERS in attributes.user.groups:
            return _MASTERS
        reasons = []
        errors = []
        for authorizer in self._authorizers:
            decision = await authorizer.authorize(attributes)
            if decision.verdict is not Verdict.NO_OPINION:
                return decision
            if decision.reason:
                reasons.append(decision.reason)
            if decision.error:
                errors.append(decision.error)
        return Decision(Verdict.NO_OPINION, "\n".join(reasons), "\n".join(errors))

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """What the authorizers that can tell allow the user."""
        rules: list[Rule] = []
        incomplete = False
        errors = []
        for authorizer in self._authorizers:
            resolver: RuleResolver | None = authorizer if hasattr(authorizer, "rules_for") else None  # type: ignore[assignment]
            if resolver is None:
                incomplete = True
                continue
            found, partial, error = resolver.rules_for(user, namespace)
            rules.extend(found)
            incomplete = incomplete or partial
            if error:
                errors.append(error)
        return rules, incomplete, "\n".join(errors)
