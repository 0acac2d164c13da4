from __future__ import annotations

import asyncio

import msgspec
import pytest

from apiserver.admission.plugins import service_account
from apiserver.admission.plugins.service_account import MOUNT_PATH, ServiceAccount
from apiserver.auth.errors import StatusError
from minik8s.api import core_v1 as v1
from minik8s.api.meta_v1 import ObjectMeta


def pod(**spec) -> v1.Pod:
    spec.setdefault("containers", [v1.Container(name="c", image="app:1"), v1.Container(name="d", image="app:1")])
    return v1.Pod(metadata=ObjectMeta(name="x", namespace="ns"), spec=v1.PodSpec(**spec))


def account(name: str = "default", **more) -> v1.ServiceAccount:
    return v1.ServiceAccount(metadata=ObjectMeta(name=name, namespace="ns", **more.pop("meta", {})), **more)


async def test_account_token_and_pull_secrets(context, write, objects):
    objects.put(account(image_pull_secrets=[v1.LocalObjectReference(name="pull")]))
    new = pod()
    plugin = ServiceAccount(context)
    await plugin.mutate(write(new))
    await plugin.validate(write(new))
    assert new.spec.service_account_name == new.spec.service_account == "default"
    assert [secret.name for secret in new.spec.image_pull_secrets] == ["pull"]
    (volume,) = new.spec.volumes
    assert volume.name.startswith("kube-api-access-")
    assert len(volume.name) == len("kube-api-access-") + 5
    assert msgspec.to_builtins(volume)["projected"] == {
        "defaultMode": 420,
        "sources": [
            {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
            {"configMap": {"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"}},
            {
                "downwardAPI": {
                    "items": [
                        {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}, "path": "namespace"}
                    ]
                }
            },
        ],
    }
    for container in new.spec.containers:
        (mount,) = container.volume_mounts
        assert (mount.name, mount.mount_path, mount.read_only) == (volume.name, MOUNT_PATH, True)


async def test_token_not_wanted(context, write, objects):
    objects.put(account(automount_service_account_token=False))
    plugin = ServiceAccount(context)
    unasked, asked = pod(), pod(automount_service_account_token=True)
    await plugin.mutate(write(unasked))
    await plugin.mutate(write(asked))
    assert unasked.spec.volumes == []
    assert len(asked.spec.volumes) == 1


async def test_own_mounts_stay(context, write, objects):
    objects.put(account())
    mine = v1.VolumeMount(name="mine", mount_path=MOUNT_PATH)
    new = pod(containers=[v1.Container(name="c", volume_mounts=[mine])])
    await ServiceAccount(context).mutate(write(new))
    assert new.spec.volumes == []
    assert new.spec.containers[0].volume_mounts == [mine]


async def test_missing_account(context, write):
    with pytest.raises(StatusError) as caught:
        await ServiceAccount(context).mutate(write(pod(service_account_name="nope")))
    assert caught.value.status.message == (
        'pods "x" is forbidden: error looking up service account ns/nope: serviceaccount "nope" not found'
    )


async def test_the_default_account_is_waited_for(context, write, objects, monkeypatch):
    monkeypatch.setattr(service_account, "_DEFAULT_WAIT", 0)
    new = pod()
    task = asyncio.create_task(ServiceAccount(context).mutate(write(new)))
    await asyncio.sleep(0)
    objects.put(account())
    await task
    assert new.spec.service_account_name == "default"


def mirror(**spec) -> v1.Pod:
    new = pod(**spec)
    new.metadata.annotations = {"kubernetes.io/config.mirror": "x"}
    return new


async def test_mirror_pods(context, write):
    plugin = ServiceAccount(context)
    plain = mirror()
    await plugin.mutate(write(plain))
    await plugin.validate(write(plain))
    assert plain.spec.service_account_name == ""
    secret = v1.Volume(name="s", secret=v1.SecretVolumeSource(secret_name="s"))
    for bad, told in (
        (mirror(service_account_name="a"), "a mirror pod may not reference service accounts"),
        (mirror(volumes=[secret]), "a mirror pod may not reference secrets"),
    ):
        with pytest.raises(StatusError, match=told):
            await plugin.validate(write(bad))


async def test_accounts_that_limit_secrets(context, write, objects):
    objects.put(
        account(
            meta={"annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}},
            secrets=[v1.ObjectReference(name="mine")],
        )
    )
    plugin = ServiceAccount(context)

    def using(name: str) -> v1.Pod:
        volume = v1.Volume(name="s", secret=v1.SecretVolumeSource(secret_name=name))
        return pod(service_account_name="default", volumes=[volume])

    await plugin.validate(write(using("mine")))
    with pytest.raises(StatusError, match='volume with secret.secretName="other" is not allowed'):
        await plugin.validate(write(using("other")))
    env = v1.EnvVar(name="E", value_from=v1.EnvVarSource(secret_key_ref=v1.SecretKeySelector(name="other", key="k")))
    ephemeral = pod(
        service_account_name="default", ephemeral_containers=[v1.EphemeralContainer(name="debug", env=[env])]
    )
    with pytest.raises(StatusError, match="ephemeral container debug with envVar E"):
        await plugin.validate(write(ephemeral, pod(), subresource="ephemeralcontainers"))
