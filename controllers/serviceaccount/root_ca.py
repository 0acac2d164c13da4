"""The ConfigMap `kube-root-ca.crt` of every namespace: how pods know the API server."""

from __future__ import annotations

from pathlib import Path

from controllers.options import Options
from controllers.shared.errors import namespace_terminates
from minik8s.api.core_v1 import ConfigMap, Namespace
from minik8s.api.object_meta import ObjectMeta
from minik8s.client.controller import ControllerContext
from minik8s.client.errors import AlreadyExists, ApiError, NotFound
from minik8s.client.informer import Informer
from minik8s.machinery.copy import deep_copy

NAME = "kube-root-ca.crt"
DESCRIPTION = "kubernetes.io/description"
_TEXT = (
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the "
    "internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes "
    "clusters."
)


class RootCAPublisher:
    """Keeps `kube-root-ca.crt` in each active namespace; `ca` is the PEM text."""

    name = "root-ca-certificate-publisher-controller"

    def __init__(self, ca: str) -> None:
        self._ca = ca

    def setup(self, ctx: ControllerContext) -> None:
        """Watch namespaces, and of all config maps those of that name."""
        self._ctx = ctx
        self._namespaces: Informer[Namespace] = ctx.watch(Namespace)
        self._maps: Informer[ConfigMap] = ctx.watch(
            ConfigMap, keys=lambda one: (one.metadata.namespace,), field_selector=f"metadata.name={NAME}"
        )

    async def reconcile(self, key: str) -> float | None:
        """Make or mend the one of one namespace."""
        namespace = self._namespaces.get(key)
        if namespace is None or namespace.status.phase == "Terminating" or namespace.metadata.deletion_timestamp:
            return None
        data = {"ca.crt": self._ca}
        held = self._maps.get(NAME, key)
        if held is None:
            meta = ObjectMeta(name=NAME, namespace=key, annotations={DESCRIPTION: _TEXT})
            await self._create(ConfigMap(metadata=meta, data=data))
        elif held.data != data or held.binary_data or not held.metadata.annotations.get(DESCRIPTION):
            changed = deep_copy(held)
            changed.data, changed.binary_data = data, {}
            changed.metadata.annotations[DESCRIPTION] = _TEXT
            await self._ctx.client.update(changed)
        return None

    async def _create(self, made: ConfigMap) -> None:
        try:
            await self._ctx.client.create(made)
        except (AlreadyExists, NotFound):
            return
        except ApiError as error:
            if not namespace_terminates(error):
                raise


def make(options: Options) -> RootCAPublisher | None:
    """The controller, for the catalog; None without `--root-ca-file`. Raises OSError for a file it cannot read."""
    if not options.root_ca_file:
        return None
    return RootCAPublisher(Path(options.root_ca_file).read_text())
