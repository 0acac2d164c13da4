from __future__ import annotations

import pytest

from apiserver.admission.chain import AdmissionChain
from apiserver.admission.order import FIXED, ORDER, PluginSettingsError, build_chain
from apiserver.admission.plugin import AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import StatusError
from apiserver.auth.protocols import User
from minik8s.api.core_v1 import ConfigMap, Namespace
from minik8s.api.meta_v1 import ObjectMeta


class Recorder(Plugin):
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (("", "configmaps", ""),)

    def __init__(self, name: str, log: list[str]) -> None:
        self.name = name
        self.mutates = True
        self.validates = True
        self.log = log

    async def mutate(self, request: AdmissionRequest) -> None:
        self.log.append(f"{self.name} mutates")

    async def validate(self, request: AdmissionRequest) -> None:
        self.log.append(f"{self.name} validates")


def create(resource: str = "configmaps") -> AdmissionRequest:
    return AdmissionRequest(operation=Operation.CREATE, resource=resource, user=User("alice"))


async def test_plugins_run_in_order_and_only_where_they_matter():
    log: list[str] = []
    chain = AdmissionChain([Recorder("a", log), Recorder("b", log)])
    await chain.mutate(create())
    await chain.validate(create())
    await chain.mutate(create("secrets"))
    assert log == ["a mutates", "b mutates", "a validates", "b validates"]
    assert chain.concerns(Operation.CREATE, "", "configmaps")
    assert not chain.concerns(Operation.DELETE, "", "configmaps")


def test_every_plugin_of_the_order_can_be_built(context):
    chain = build_chain(context, enable=[slot.name for slot in ORDER if slot.name != "EventRateLimit"])
    unnamed = [slot.name for slot in FIXED]
    names = [plugin.name for plugin in chain.plugins if plugin.name not in unnamed]
    assert names == [slot.name for slot in ORDER if slot.name != "EventRateLimit"]


def test_defaults_and_choices(context):
    log: list[str] = []
    names = [p.name for p in build_chain(context, extra=[Recorder("policies", log)]).plugins]
    assert names[0] == "NamespaceLifecycle"
    assert names[-2:] == ["policies", "ResourceQuota"]
    assert "NodeRestriction" not in names
    names = [p.name for p in build_chain(context, enable=["NodeRestriction"], disable=["LimitRanger"]).plugins]
    assert "NodeRestriction" in names
    assert "LimitRanger" not in names
    with pytest.raises(PluginSettingsError, match="unknown plugin Nonsense"):
        build_chain(context, enable=["Nonsense"])
    with pytest.raises(PluginSettingsError, match="both enabled and disabled"):
        build_chain(context, enable=["Priority"], disable=["Priority"])


async def test_always_deny(context, write):
    chain = build_chain(context, enable=["AlwaysDeny"])
    with pytest.raises(StatusError, match="admission control is denying all modifications"):
        await chain.validate(write(ConfigMap(metadata=ObjectMeta(name="x", namespace="ns"))))


async def test_a_whole_chain_lets_a_config_map_through(context, write, objects):
    chain = build_chain(context)
    request = write(ConfigMap(metadata=ObjectMeta(name="x", namespace="ns")))
    await chain.mutate(request)
    await chain.validate(request)
    objects.remove(Namespace, "ns")
    with pytest.raises(StatusError, match='namespaces "ns" not found'):
        await chain.mutate(request)
