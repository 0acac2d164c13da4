"""The watch cache of one resource: order, counts and what is remembered, against a plain model."""

from __future__ import annotations

import random
from typing import Any

import pytest

from apiserver.storage import cache as module
from apiserver.storage.cache import ResourceCache
from apiserver.storage.entry import Form

HEAD = b'{"kind":"Pod","apiVersion":"v1","metadata":{'


def form(*, namespaced: bool = True) -> Form:
    def decode(data: bytes) -> Any:
        raise AssertionError("nothing here needs decoding")

    return Form("Pod", "v1", namespaced=namespaced, decode=decode, select=None, keep_decoded=False)


def value(name: str) -> bytes:
    return HEAD + f'"name":"{name}"}}}}'.encode()


def below(namespace: str, start: str) -> list[str]:
    return [f"{namespace}/{start}"] if namespace else [start]


@pytest.mark.parametrize("seed", range(5))
def test_order_and_counts_hold_while_objects_come_and_go(seed: int) -> None:
    chance = random.Random(seed)
    cache = ResourceCache("/registry/pods/", form())
    model: set[tuple[str, str]] = set()
    for revision in range(1, 600):
        # `a-b` sorts behind `a` as a name and before it as a key, whose slash comes behind the dash.
        namespace, name = chance.choice(["a", "a-b", "b", "z.1"]), f"n{chance.randrange(40)}"
        key = f"/registry/pods/{namespace}/{name}"
        if chance.random() < 0.4:
            cache.apply(key, None, 1, revision)
            model.discard((namespace, name))
        else:
            cache.apply(key, value(name), revision, revision)
            model.add((namespace, name))
        if revision % 20:
            continue
        keys = sorted(f"{n}/{m}" for n, m in model)
        assert [f"{e.namespace}/{e.name}" for e in cache.ordered()] == keys
        assert len(cache) == cache.count() == len(keys)
        for start in ("", "a/n2", "a-b/", "b", "b/n39\0", "zz/"):
            wanted = [k for k in keys if k >= start]
            assert [f"{e.namespace}/{e.name}" for e in cache.ordered("", start)] == wanted
            assert cache.count_from("", start) == len(wanted)
        for start in ("", "b/n2", "b/", "b/n39\0", "c/x", "a/x"):
            wanted = [k for k in keys if k >= start and k.startswith("b/")]
            assert [f"{e.namespace}/{e.name}" for e in cache.ordered("b", start)] == wanted
            assert cache.count_from("b", start) == len(wanted)
        assert cache.count("a") == sum(n == "a" for n, _ in model)


def test_kinds_without_namespaces_are_in_order_too() -> None:
    cache = ResourceCache("/registry/minions/", form(namespaced=False))
    for revision, name in enumerate(("b", "c", "a"), 1):
        cache.apply(f"/registry/minions/{name}", value(name), revision, revision)
    cache.apply("/registry/minions/b", None, 1, 4)
    assert [e.name for e in cache.ordered()] == ["a", "c"]
    assert [e.name for e in cache.ordered("", "b")] == ["c"]
    assert (cache.count_from("", ""), cache.count_from("", "b")) == (2, 1)


def test_memory_of_changes_is_bounded_by_number_and_by_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_KEPT_CHANGES", 300)
    monkeypatch.setattr(module, "_KEPT_BYTES", 20_000)
    cache = ResourceCache("/registry/pods/", form())
    for revision in range(1, 1000):
        cache.apply("/registry/pods/a/n", value("n" * 10), 1, revision)
        assert len(cache._changes) <= 301
    assert cache.changes_since(cache.floor - 1) is None
    kept = cache.changes_since(cache.floor)
    assert kept is not None and [c.revision for c in kept] == list(range(cache.floor + 1, 1000))


def test_a_delete_of_nothing_tells_nobody() -> None:
    cache = ResourceCache("/registry/pods/", form())
    assert cache.apply("/registry/pods/a/n", None, 1, 5) is None
    assert len(cache) == 0
