"""What `/metrics` tells of admission policies, under Kubernetes' names."""

from __future__ import annotations

from collections.abc import Iterable

from apiserver.exposition import Histogram, worded

_SECONDS = (0.0000005, 0.001, 0.01, 0.1, 1.0)


class PolicyMetrics:
    """Evaluations by policy and binding; `kind` is `validating` or `mutating`."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, str, str, str, str], Histogram] = {}

    def observe(self, kind: str, policy: str, binding: str, enforcement: str, error: str, seconds: float) -> None:
        """Count a decision: `enforcement` is allow, deny, warn or audit, `error` what went wrong or `no_error`."""
        key = (kind, policy, binding, enforcement, error)
        found = self._counts.get(key)
        if found is None:
            found = self._counts[key] = Histogram(_SECONDS)
        found.observe(seconds)

    def lines(self) -> Iterable[str]:
        """In Prometheus' text form."""
        for kind in ("validating", "mutating"):
            mine = {key: found for key, found in self._counts.items() if key[0] == kind}
            if not mine:
                continue
            prefix = f"apiserver_{kind}_admission_policy_check_"
            yield f"# HELP {prefix}duration_seconds Seconds that policies took."
            yield f"# TYPE {prefix}duration_seconds histogram"
            for key, found in mine.items():
                yield from found.lines(f"{prefix}duration_seconds", _labels(key))
            yield f"# HELP {prefix}total Decisions of policies."
            yield f"# TYPE {prefix}total counter"
            for key, found in mine.items():
                yield f"{prefix}total{worded(_labels(key))} {found.count}"


def _labels(key: tuple[str, str, str, str, str]) -> tuple[tuple[str, str], ...]:
    _, policy, binding, enforcement, error = key
    return (
        ("enforcement_action", enforcement),
        ("error_type", error),
        ("policy", policy),
        ("policy_binding", binding),
    )
