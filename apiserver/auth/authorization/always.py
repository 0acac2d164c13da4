"""AlwaysAllow and AlwaysDeny: one answer to everything."""

from __future__ import annotations

from apiserver.auth.protocols import Attributes, Decision, Rule, User, Verdict

_EVERYTHING = [Rule(verbs=("*",), api_groups=("*",), resources=("*",)), Rule(verbs=("*",), urls=("*",))]


class AlwaysAllow:
    """Allows every request."""

    async def authorize(self, attributes: Attributes) -> Decision:
        """Allowed."""
        return Decision(Verdict.ALLOW)

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """Everything."""
        return list(_EVERYTHING), False, ""


class AlwaysDeny:
    """Has no good opinion of any request."""

    async def authorize(self, attributes: Attributes) -> Decision:
        """Refused."""
        return Decision(Verdict.NO_OPINION, "Everything is forbidden.")

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """Nothing."""
        return [], False, ""
