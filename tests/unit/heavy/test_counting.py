"""What the worker counts reaches the server's numbers: all of it, by whatever method it is counted."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any, cast

import pytest

from apiserver.core import Core
from apiserver.crd.conversion_metrics import ConversionMetrics
from apiserver.heavy.channel import Channel
from apiserver.heavy.counting import Counters, count
from apiserver.measures.admission import AdmissionTallies
from apiserver.policies.metrics import PolicyMetrics
from apiserver.webhooks.metrics import WebhookMetrics

COUNTERS = {
    "webhooks": WebhookMetrics,
    "policies": PolicyMetrics,
    "conversions": ConversionMetrics,
    "steps": AdmissionTallies,
}


def methods(cls: type[Any]) -> list[str]:
    return [name for name, each in vars(cls).items() if inspect.isfunction(each) and name not in ("__init__", "lines")]


class Seen:
    """Takes every call."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **named: self.calls.append((name, args, named))


@pytest.mark.parametrize(
    ("which", "method"), [(which, method) for which, cls in COUNTERS.items() for method in methods(cls)]
)
def test_every_count_arrives_as_it_was_made(which: str, method: str) -> None:
    seen = {name: Seen() for name in COUNTERS}
    core = SimpleNamespace(
        webhooks=SimpleNamespace(metrics=seen["webhooks"]),
        policies=SimpleNamespace(metrics=seen["policies"]),
        definitions=SimpleNamespace(metrics=seen["conversions"]),
        admission=SimpleNamespace(tallies=seen["steps"]),
    )
    told = SimpleNamespace(tell=lambda what, *args: count(cast(Core, core), what, list(args)))
    parameters = list(inspect.signature(getattr(COUNTERS[which], method)).parameters.values())[1:]
    args = tuple(each.name for each in parameters if each.kind is not each.KEYWORD_ONLY)
    named = {each.name: each.name for each in parameters if each.kind is each.KEYWORD_ONLY}
    getattr(getattr(Counters(cast(Channel, told)), which), method)(*args, **named)
    assert seen[which].calls == [(method, args, named)]
