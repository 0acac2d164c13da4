"""ServiceAccount: every pod has a service account, and its token mounted unless it does not want it."""

from __future__ import annotations

import asyncio
import secrets

from apiserver.admission.plugin import PODS, AdmissionRequest, Operation, Plugin
from apiserver.auth.pod_references import references_of
from apiserver.auth.tokens.issuer import EXTENDABLE_EXPIRATION
from minik8s.api.core_v1 import (
    ConfigMapProjection,
    DownwardAPIProjection,
    DownwardAPIVolumeFile,
    EnvFromSource,
    EnvVar,
    KeyToPath,
    LocalObjectReference,
    ObjectFieldSelector,
    Pod,
    ProjectedVolumeSource,
    ServiceAccountTokenProjection,
    Volume,
    VolumeMount,
    VolumeProjection,
)
from minik8s.api.core_v1 import ServiceAccount as Account

DEFAULT = "default"
VOLUME_PREFIX = "kube-api-access-"
MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount"
MIRROR = "kubernetes.io/config.mirror"

_ENFORCE = "kubernetes.io/enforce-mountable-secrets"
_SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
_TRUE = ("1", "t", "T", "TRUE", "true", "True")
# The controller makes the default account a moment after the namespace: that moment is waited for.
_DEFAULT_ATTEMPTS = 10
_DEFAULT_WAIT = 0.1


def _suffix() -> str:
    return "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(5))


def token_volume(name: str) -> Volume:
    """The volume with token, cluster CA and namespace that pods talk to the API with."""
    return Volume(
        name=name,
        projected=ProjectedVolumeSource(
            default_mode=0o644,
            sources=[
                VolumeProjection(
                    service_account_token=ServiceAccountTokenProjection(
                        path="token", expiration_seconds=EXTENDABLE_EXPIRATION
                    )
                ),
                VolumeProjection(
                    config_map=ConfigMapProjection(
                        name="kube-root-ca.crt", items=[KeyToPath(key="ca.crt", path="ca.crt")]
                    )
                ),
                VolumeProjection(
                    downward_api=DownwardAPIProjection(
                        items=[
                            DownwardAPIVolumeFile(
                                path="namespace",
                                field_ref=ObjectFieldSelector(api_version="v1", field_path="metadata.namespace"),
                            )
                        ]
                    )
                ),
            ],
        ),
    )


def mount_token(pod: Pod) -> None:
    """Mount the token into every container that has nothing mounted there yet."""
    existing = next((v.name for v in pod.spec.volumes if v.name.startswith(VOLUME_PREFIX)), "")
    name = existing or VOLUME_PREFIX + _suffix()
    needed = False
    for container in (*pod.spec.init_containers, *pod.spec.containers):
        if all(mount.mount_path != MOUNT_PATH for mount in container.volume_mounts):
            mount = VolumeMount(name=name, read_only=True, mount_path=MOUNT_PATH)
            container.volume_mounts = [*container.volume_mounts, mount]
            needed = True
    if needed and not existing:
        pod.spec.volumes = [*pod.spec.volumes, token_volume(name)]


class ServiceAccount(Plugin):
    """Gives pods their service account."""

    NAME = "ServiceAccount"
    OPERATIONS = (Operation.CREATE, Operation.UPDATE)

    def handles(self, operation: Operation, group: str, resource: str, subresource: str) -> bool:
        """New pods, and ephemeral containers added to one."""
        key = (group, resource, subresource)
        if operation is Operation.CREATE:
            return key == PODS
        return operation is Operation.UPDATE and key == ("", "pods", "ephemeralcontainers")

    async def mutate(self, request: AdmissionRequest) -> None:
        """Fill in account, token volume and pull secrets."""
        pod: Pod = request.obj
        if request.operation is not Operation.CREATE or MIRROR in pod.metadata.annotations:
            return
        if not pod.spec.service_account_name:
            pod.spec.service_account_name = DEFAULT
        # The old field is kept the same, as the pod's conversion does.
        pod.spec.service_account = pod.spec.service_account_name
        account = await self._account(request, pod.spec.service_account_name)
        if _automount(account, pod):
            mount_token(pod)
        if not pod.spec.image_pull_secrets:
            pod.spec.image_pull_secrets = [
                LocalObjectReference(name=secret.name) for secret in account.image_pull_secrets
            ]

    async def validate(self, request: AdmissionRequest) -> None:
        """Judge what the pod refers to. Raises StatusError (403)."""
        pod: Pod = request.obj
        if request.operation is Operation.CREATE and MIRROR in pod.metadata.annotations:
            self._check_mirror(request, pod)
            return
        name = pod.spec.service_account_name
        if not name:
            raise request.forbidden(f"no service account specified for pod {request.namespace}/{pod.metadata.name}")
        account = await self._account(request, name)
        if account.metadata.annotations.get(_ENFORCE, "") not in _TRUE:
            return
        problem = _unmountable(account, pod, ephemeral_only=request.operation is Operation.UPDATE)
        if problem:
            raise request.forbidden(problem)

    async def _account(self, request: AdmissionRequest, name: str) -> Account:
        reader = self.context.reader
        found = reader.get(Account, name, request.namespace)
        for attempt in range(_DEFAULT_ATTEMPTS if name == DEFAULT else 1):
            if found is not None:
                return found
            if attempt:
                await asyncio.sleep(_DEFAULT_WAIT)
            found = await reader.fetch(Account, name, request.namespace)
        if found is not None:
            return found
        raise request.forbidden(
            f'error looking up service account {request.namespace}/{name}: serviceaccount "{name}" not found'
        )

    def _check_mirror(self, request: AdmissionRequest, pod: Pod) -> None:
        if pod.spec.service_account_name:
            raise request.forbidden("a mirror pod may not reference service accounts")
        if any(resource == "secrets" for resource, _ in references_of(pod)):
            raise request.forbidden("a mirror pod may not reference secrets")
        for volume in pod.spec.volumes:
            sources = volume.projected.sources if volume.projected is not None else []
            if any(source.service_account_token is not None for source in sources):
                raise request.forbidden("a mirror pod may not use ServiceAccountToken volume projections")


def _automount(account: Account, pod: Pod) -> bool:
    if pod.spec.automount_service_account_token is not None:
        return pod.spec.automount_service_account_token
    if account.automount_service_account_token is not None:
        return account.automount_service_account_token
    return True


def _unmountable(account: Account, pod: Pod, ephemeral_only: bool) -> str:
    """Why the pod may not use a secret it names, for accounts that limit this; "" when it may."""
    allowed = {reference.name for reference in account.secrets}
    ending = f"is not allowed because service account {account.metadata.name} does not reference that secret"
    groups: list[tuple[str, list[tuple[str, list[EnvVar], list[EnvFromSource]]]]]
    if ephemeral_only:
        groups = [("ephemeral container", [(c.name, c.env, c.env_from) for c in pod.spec.ephemeral_containers])]
    else:
        for volume in pod.spec.volumes:
            if volume.secret is not None and volume.secret.secret_name not in allowed:
                return f'volume with secret.secretName="{volume.secret.secret_name}" {ending}'
        groups = [
            ("init container", [(c.name, c.env, c.env_from) for c in pod.spec.init_containers]),
            ("container", [(c.name, c.env, c.env_from) for c in pod.spec.containers]),
        ]
    for what, containers in groups:
        for name, env, env_from in containers:
            for variable in env:
                source = variable.value_from
                reference = source.secret_key_ref if source is not None else None
                if reference is not None and reference.name not in allowed:
                    return (
                        f"{what} {name} with envVar {variable.name} referencing "
                        f'secret.secretName="{reference.name}" {ending}'
                    )
            for whole in env_from:
                if whole.secret_ref is not None and whole.secret_ref.name not in allowed:
                    return (
                        f'{what} {name} with envFrom referencing secret.secretName="{whole.secret_ref.name}" {ending}'
                    )
    if not ephemeral_only:
        pull = {reference.name for reference in account.image_pull_secrets}
        for index, secret in enumerate(pod.spec.image_pull_secrets):
            if secret.name not in pull:
                return (
                    f'imagePullSecrets[{index}].name="{secret.name}" is not allowed because service account '
                    f"{account.metadata.name} does not reference that imagePullSecret"
                )
    return ""
