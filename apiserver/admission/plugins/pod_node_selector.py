"""PodNodeSelector: a namespace says on which nodes its pods may run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apiserver.admission.plugin import PODS, AdmissionContext, AdmissionRequest, Operation, Plugin
from apiserver.auth.errors import internal, not_found
from minik8s.api.core_v1 import Namespace

ANNOTATION = "scheduler.alpha.kubernetes.io/node-selector"
CLUSTER_DEFAULT = "clusterDefaultNodeSelector"


def _parse(text: str) -> dict[str, str]:
    labels = {}
    for part in text.split(","):
        if not part.strip():
            continue
        key, equals, value = part.partition("=")
        if not equals:
            raise internal(f"invalid selector: [{part}]")
        labels[key.strip()] = value.strip()
    return labels


class PodNodeSelector(Plugin):
    """Adds the namespace's node selector to pods and keeps them within its list of allowed labels."""

    NAME = "PodNodeSelector"
    OPERATIONS = (Operation.CREATE,)
    RESOURCES = (PODS,)

    def __init__(self, context: AdmissionContext, configuration: Mapping[str, Any] | None = None) -> None:
        super().__init__(context, configuration)
        selectors = (configuration or {}).get("podNodeSelectorPluginConfig", {})
        self._selectors: dict[str, str] = {str(key): str(value) for key, value in selectors.items()}

    async def mutate(self, request: AdmissionRequest) -> None:
        """Merge the selectors. Raises StatusError (403) where they contradict each other."""
        wanted = await self._of_namespace(request)
        selector = request.obj.spec.node_selector
        self._check_conflict(request, wanted, selector)
        request.obj.spec.node_selector = {**wanted, **selector}

    async def validate(self, request: AdmissionRequest) -> None:
        """Raises StatusError (403) for labels outside the namespace's list."""
        selector = request.obj.spec.node_selector
        self._check_conflict(request, await self._of_namespace(request), selector)
        allowed = _parse(self._selectors.get(request.namespace, ""))
        if allowed and any(allowed.get(key) != value for key, value in selector.items()):
            raise request.forbidden("pod node label selector labels conflict with its namespace whitelist")

    def _check_conflict(self, request: AdmissionRequest, wanted: dict[str, str], selector: dict[str, str]) -> None:
        if any(selector.get(key, value) != value for key, value in wanted.items()):
            raise request.forbidden("pod node label selector conflicts with its namespace node label selector")

    async def _of_namespace(self, request: AdmissionRequest) -> dict[str, str]:
        reader = self.context.reader
        namespace = reader.get(Namespace, request.namespace) or await reader.fetch(Namespace, request.namespace)
        if namespace is None:
            raise not_found("", "namespaces", request.namespace)
        text = namespace.metadata.annotations.get(ANNOTATION)
        return _parse(self._selectors.get(CLUSTER_DEFAULT, "") if text is None else text)
