"""Documents that are made to hurt: refused in bounded time, whatever they would become."""

from __future__ import annotations

import time

import pytest

from apiserver import yaml_documents
from apiserver.auth.errors import StatusError
from apiserver.coding import decode, untyped
from apiserver.yaml_documents import MAX_DEPTH
from apiserver.yaml_values import YAMLProblem
from minik8s.api.apps_v1 import Deployment
from minik8s.api.core_v1 import ConfigMap

BOMB = b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
    b"%c: &%c [" % (98 + n, 98 + n) + b",".join([b"*%c" % (97 + n)] * 9) + b"]\n" for n in range(9)
)


@pytest.mark.parametrize(
    "text",
    [
        b"[" * 3_000_000,
        b"- " * 1_000_000,
        b"? " * 1_000_000,
        b"{a: " * 500_000,
        b"[" * 20_000,
        b"&a [*a]",
        b"a: &a\n  b: *a",
        b"a: !!timestamp x",
        b"a: !!bool x",
        b"a: !!int x",
    ],
    ids=lambda text: text[:20].decode(),
)
def test_yaml_that_breaks_readers_is_refused(text: bytes) -> None:
    with pytest.raises(YAMLProblem):
        yaml_documents.load(text)


def test_aliases_may_not_multiply_without_end() -> None:
    began = time.process_time()
    with pytest.raises(YAMLProblem, match="document contains excessive aliasing"):
        yaml_documents.load(BOMB)
    assert time.process_time() - began < 2


def test_ordinary_aliases_and_depths_are_read() -> None:
    assert yaml_documents.load(b"a: &x {k: v}\nb: *x\nc: [*x, *x]")["c"] == [{"k": "v"}, {"k": "v"}]
    depth = MAX_DEPTH // 4
    assert yaml_documents.load(b"[" * depth + b"]" * depth)
    assert len(yaml_documents.load(b"\n".join(b"- a: {b: [%d]}" % n for n in range(5000)))) == 5000


def test_duplicate_keys_of_a_deep_document_are_not_looked_for() -> None:
    assert yaml_documents.duplicate_keys(b"".join(b" " * n + b"a:\n" for n in range(1500))) == []


@pytest.mark.parametrize("number", ["1e400", "-1e999", "9" * 10_000])
def test_numbers_beyond_all_types(number: str) -> None:
    body = f'{{"unknown":{number}}}'.encode()
    assert isinstance(untyped(body)["unknown"], float)
    assert decode(body, ConfigMap, "ConfigMap") is not None
    with pytest.raises(StatusError) as refused:
        decode(f'{{"spec":{{"replicas":{number}}}}}'.encode(), Deployment, "Deployment")
    assert refused.value.status.code == 400
