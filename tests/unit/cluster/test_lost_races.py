"""Objects of a cluster that others change in the moment we write them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cluster import addons
from cluster.machines import init, keys, tokens, uploads
from cluster.machines.kinds import ClusterConfiguration, InitConfiguration
from cluster.machines.places import Places
from cluster.machines.settings import Settings
from minik8s.api.core_v1 import ConfigMap, Secret
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.errors import Conflict
from minik8s.testing.fake_cluster import FakeCluster

DOCUMENT = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "ns"}, "data": {"k": "v"}}


class Busy(FakeCluster):
    """Another writer does its `work` before each of the next `times` requests with a verb."""

    def __init__(self, verb: str, times: int, work: Callable[[Busy], Any]) -> None:
        super().__init__()
        self.verb, self.times, self.work = verb, times, work

    def note(self, verb: str, *more: Any) -> None:
        """See FakeCluster."""
        super().note(verb, *more)
        if verb == self.verb and self.times:
            self.times -= 1
            self.work(self)


def _noted(cls: type[Any], name: str, namespace: str) -> Callable[[Busy], Any]:
    def note(held: Any) -> None:
        held.metadata.labels["times"] = held.metadata.labels.get("times", "") + "x"

    return lambda cluster: cluster.modify(cls, name, note, namespace)


async def test_an_addon_that_is_changed_meanwhile_is_written_again() -> None:
    cluster = Busy("update", 2, _noted(ConfigMap, "a", "ns"))
    await cluster.create(DOCUMENT | {"data": {"k": "old"}})
    await addons.apply(cluster, [DOCUMENT])
    held = cluster.object(ConfigMap, "a", "ns")
    assert held is not None and (held.data, held.metadata.labels) == ({"k": "v"}, {"times": "xx"})


async def test_an_addon_that_never_rests_is_an_error_not_a_wrong_addon() -> None:
    cluster = Busy("update", 100, _noted(ConfigMap, "a", "ns"))
    await cluster.create(DOCUMENT | {"data": {"k": "old"}})
    with pytest.raises(Conflict):
        await addons.apply(cluster, [DOCUMENT])


async def test_an_addon_that_another_makes_first_is_brought_in_line() -> None:
    def made(cluster: Busy) -> None:
        cluster.add(ConfigMap(metadata=ObjectMeta(name="a", namespace="ns"), data={"k": "old"}))

    cluster = Busy("create", 1, made)
    await addons.apply(cluster, [DOCUMENT])
    held = cluster.object(ConfigMap, "a", "ns")
    assert held is not None and held.data == {"k": "v"}


async def test_a_token_that_is_labelled_meanwhile_is_replaced() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    held = tokens.make("abcdef.0123456789abcdef", now)
    cluster = Busy("update", 1, _noted(Secret, "bootstrap-token-abcdef", "kube-system"))
    await init.save_token(cluster, held)
    await init.save_token(cluster, dataclasses.replace(held, secret="f" * 16))
    secret = cluster.object(Secret, "bootstrap-token-abcdef", "kube-system")
    assert secret is not None and secret.data["token-secret"] == b"f" * 16


async def test_two_machines_may_upload_their_authorities_at_once(tmp_path: Path) -> None:
    asked = {"nodeRegistration": {"name": "m1"}, "localAPIEndpoint": {"advertiseAddress": "10.9.0.1"}}
    settings = Settings(InitConfiguration.model_validate(asked), ClusterConfiguration(), {}, {})
    places = Places(tmp_path)
    keys.ensure(settings, places)
    cluster = Busy("update", 1, _noted(Secret, uploads.NAME, uploads.NAMESPACE))
    await uploads.upload(cluster, places, True, uploads.new_key())
    key = uploads.new_key()
    await uploads.upload(cluster, places, True, key)
    assert "ca.key" in await uploads.download(cluster, True, key)
