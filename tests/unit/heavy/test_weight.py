"""Which writes go to the worker."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver import slow_kinds
from apiserver.call import Call
from apiserver.heavy.weight import LARGE, is_heavy, may_be_heavy
from apiserver.slow_kinds import SlowKinds, is_slow, note_slow, watch_for

MAPS = "/api/v1/namespaces/n/configmaps"
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
POLICIES = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies"


def call(method: str, path: str, media: bytes = b"application/json") -> Call:
    async def nothing(*_: Any) -> Any:
        raise AssertionError

    scope = {"method": method, "raw_path": path.encode(), "query_string": b"", "headers": [(b"content-type", media)]}
    return Call(scope, nothing, nothing)


@pytest.mark.parametrize(
    ("method", "path", "body", "heavy"),
    [
        ("POST", MAPS, b"x" * (LARGE + 1), True),
        ("POST", MAPS, b"x" * 1000, False),
        ("PATCH", f"{MAPS}/a", b"x" * 30_000, True),
        ("PATCH", f"{MAPS}/a", b'[{"op":"copy"}]', True),
        ("PATCH", f"{MAPS}/a", b'{"data":{"a":"copy"}}', False),
        ("POST", DEFINITIONS, b"x" * 40_000, True),
        ("POST", DEFINITIONS, b"x" * 5000, False),
        ("POST", DEFINITIONS, b'{"a":' * 600, True),
        ("POST", DEFINITIONS, b'"x-kubernetes-validations"' + b"x" * 5000, True),
        ("POST", POLICIES, b"x" * 5000, True),
        ("POST", POLICIES, b"x" * 500, False),
    ],
)
def test_by_what_can_be_seen_from_outside(method: str, path: str, body: bytes, heavy: bool) -> None:
    assert is_heavy(call(method, path), body, SlowKinds()) is heavy


@pytest.mark.parametrize(
    ("media", "body", "heavy"),
    [
        (b"application/yaml", b"a: b\n" * 1000, True),
        (b"application/apply-patch+yaml", b"a: b\n" * 1000, True),
        (b"application/apply-patch+yaml", b'{"a":"' + b"b" * 5000 + b'"}', False),
        (b"application/yaml", b"a: b\n", False),
    ],
)
def test_yaml_is_dear(media: bytes, body: bytes, heavy: bool) -> None:
    assert is_heavy(call("PATCH", f"{MAPS}/a", media), body, SlowKinds()) is heavy


@pytest.mark.parametrize(
    ("method", "path", "looked_at"),
    [
        ("POST", MAPS, True),
        ("PUT", f"{MAPS}/a", True),
        ("GET", f"{MAPS}/a", False),
        ("DELETE", f"{MAPS}/a", True),
        ("DELETE", MAPS, False),
        ("POST", "/api/v1/namespaces/n/pods/p/exec", False),
        ("POST", "/api/v1/namespaces/n/pods/p/binding", True),
    ],
)
def test_only_writes_are_looked_at(method: str, path: str, looked_at: bool) -> None:
    assert may_be_heavy(call(method, path)) is looked_at


async def test_a_kind_that_was_slow_is_heavy_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(slow_kinds, "_now", lambda: now)
    slow = SlowKinds()
    note_slow()
    assert not is_heavy(call("POST", MAPS), b"{}", slow)
    watch_for(slow, ("", "configmaps"))
    assert not is_slow()
    note_slow()
    assert is_heavy(call("POST", MAPS), b"{}", slow)
    assert not is_heavy(call("POST", "/api/v1/namespaces/n/secrets"), b"{}", slow)
    assert is_slow()
    now += slow_kinds.SECONDS + 1
    assert not is_heavy(call("POST", MAPS), b"{}", slow)
