"""Chains of causes."""

from __future__ import annotations

from minik8s.why.causes import Cause, told
from minik8s.why.pods import _ending, _verdicts


def test_the_schedulers_verdicts_are_told_apart() -> None:
    message = (
        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. "
        "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."
    )
    assert _verdicts(message) == ["1 Insufficient cpu", "2 node(s) had untolerated taint {a: b}"]
    message = (
        "0/5 nodes are available: 5 Insufficient cpu. no new claims to deallocate, "
        "preemption: 0/5 nodes are available: 5 Preemption is not helpful for scheduling."
    )
    assert _verdicts(message) == ["5 Insufficient cpu"]
    assert _verdicts('persistentvolumeclaim "x" not found') == ['persistentvolumeclaim "x" not found']


def test_a_chain_goes_down_and_to_the_right() -> None:
    assert told([Cause("a", [Cause("b", [Cause("c")])])]) == ["a", "  because b", "    because c"]


def test_how_a_container_ended() -> None:
    assert _ending({"exitCode": 137, "reason": "OOMKilled"}) == (
        "OOMKilled, exit code 137 (it took more memory than its limit)"
    )
    assert _ending({"exitCode": 3, "reason": "Error"}) == "exit code 3"
