"""Authentication and authorization of requests: how many, with what result, how long."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.auth.protocols import Decision, Verdict
from apiserver.exposition import Histogram, head, worded

SUCCESS, FAILURE, ERROR = "success", "failure", "error"
"""Results of authentication: somebody, nobody, a credential that is none."""

_SECONDS = tuple(0.001 * 2**power for power in range(15))
_NAMED = ("admin", "client", "kube_proxy", "kubelet", "system:serviceaccount:kube-system:default")
_WORDS = {Verdict.ALLOW: "allowed", Verdict.DENY: "denied", Verdict.NO_OPINION: "no-opinion"}


class AccessTallies:
    """Counts by result."""

    def __init__(self) -> None:
        self._authentications = {result: Histogram(_SECONDS) for result in (SUCCESS, FAILURE, ERROR)}
        self._authorizations = {result: Histogram(_SECONDS) for result in (*_WORDS.values(), ERROR)}
        self._users: dict[str, int] = {}

    def authenticated(self, result: str, seconds: float, user: str = "") -> None:
        """Count a request of which it is known who sent it, or that nobody knows."""
        self._authentications[result].observe(seconds)
        if result is SUCCESS:
            name = user if user in _NAMED else "email_id" if "@" in user else "other"
            self._users[name] = self._users.get(name, 0) + 1

    def authorized(self, decision: Decision, seconds: float) -> None:
        """Count a decision about a request."""
        refused_for_error = decision.error and not decision.allowed
        self._authorizations[ERROR if refused_for_error else _WORDS[decision.verdict]].observe(seconds)

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        lines: list[str] = []
        head(lines, "authenticated_user_requests", "counter", "Authenticated requests by what is known of the user.")
        for name, count in self._users.items():
            lines.append(f"authenticated_user_requests{worded((('username', name),))} {count}")
        for attempts, seconds, text, found in (
            ("authentication_attempts", "authentication_duration_seconds", "Authentications", self._authentications),
            ("authorization_attempts_total", "authorization_duration_seconds", "Authorizations", self._authorizations),
        ):
            counted = {result: durations for result, durations in found.items() if durations.count}
            head(lines, attempts, "counter", f"{text} by result.")
            for result, durations in counted.items():
                lines.append(f"{attempts}{worded((('result', result),))} {durations.count}")
            head(lines, seconds, "histogram", f"Seconds of {text.lower()} by result.")
            for result, durations in counted.items():
                lines += durations.lines(seconds, (("result", result),))
        return lines
