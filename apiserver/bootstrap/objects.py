"""The objects that an API server makes when they are missing: namespaces, priority classes, ranges, markers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import structlog

from apiserver.auth.errors import StatusError
from apiserver.auth.setup import AuthSettings
from apiserver.objects import StoredObjects
from apiserver.services.settings import ServiceSettings
from minik8s.api.apiregistration_v1 import APIService, APIServiceCondition, APIServiceSpec, APIServiceStatus
from minik8s.api.core_v1 import ConfigMap, Namespace
from minik8s.api.meta_v1 import Condition
from minik8s.api.networking_v1 import ServiceCIDR, ServiceCIDRSpec, ServiceCIDRStatus
from minik8s.api.object_meta import ObjectMeta
from minik8s.api.objects import Object
from minik8s.api.scheduling_v1 import PriorityClass

log = structlog.get_logger("apiserver.bootstrap")

FIRST_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_AUTOMANAGED = {"kube-aggregator.kubernetes.io/automanaged": "onstart"}
# (group, version, the group's priority, the version's priority within it)
_API_SERVICES: tuple[tuple[str, str, int, int], ...] = (
    ("", "v1", 18000, 1),
    ("admissionregistration.k8s.io", "v1", 16700, 15),
    ("apiextensions.k8s.io", "v1", 16700, 15),
    ("apps", "v1", 17800, 15),
    ("authentication.k8s.io", "v1", 17700, 15),
    ("authorization.k8s.io", "v1", 17600, 15),
    ("autoscaling", "v1", 17500, 15),
    ("autoscaling", "v2", 17500, 30),
    ("batch", "v1", 17400, 15),
    ("certificates.k8s.io", "v1", 17300, 15),
    ("coordination.k8s.io", "v1", 16500, 15),
    ("discovery.k8s.io", "v1", 16200, 15),
    ("events.k8s.io", "v1", 17750, 15),
    ("flowcontrol.apiserver.k8s.io", "v1", 16100, 21),
    ("networking.k8s.io", "v1", 17200, 15),
    ("node.k8s.io", "v1", 16300, 15),
    ("policy", "v1", 17100, 15),
    ("rbac.authorization.k8s.io", "v1", 17000, 15),
    ("resource.k8s.io", "v1", 16200, 21),
    ("scheduling.k8s.io", "v1", 16600, 15),
    ("storage.k8s.io", "v1", 16800, 15),
)
_PRIORITIES = (
    ("system-node-critical", 2_000_001_000, "For critical pods that must not be moved from their current node."),
    ("system-cluster-critical", 2_000_000_000, "For critical pods that must run, and may be moved to another node."),
)


def namespaces() -> list[Namespace]:
    """The first namespaces."""
    found = []
    for name in FIRST_NAMESPACES:
        namespace = Namespace(metadata=ObjectMeta(name=name, labels={"kubernetes.io/metadata.name": name}))
        namespace.spec.finalizers = ["kubernetes"]
        namespace.status.phase = "Active"
        found.append(namespace)
    return found


def priority_classes() -> list[PriorityClass]:
    """The classes of what the cluster itself runs."""
    return [
        PriorityClass(
            metadata=ObjectMeta(name=name, generation=1),
            value=value,
            description=text,
            preemption_policy="PreemptLowerPriority",
        )
        for name, value, text in _PRIORITIES
    ]


def service_cidr(settings: ServiceSettings, now: str) -> ServiceCIDR:
    """The range of cluster addresses that the server was started with."""
    ready = Condition(
        type="Ready", status="True", last_transition_time=now, message="Kubernetes default Service CIDR is ready"
    )
    return ServiceCIDR(
        metadata=ObjectMeta(name="kubernetes"),
        spec=ServiceCIDRSpec(cidrs=[str(network) for network in settings.networks]),
        status=ServiceCIDRStatus(conditions=[ready]),
    )


def api_service_names() -> list[str]:
    """The names of the APIServices of what this server serves itself."""
    return [f"{version}.{group}" for group, version, _, _ in _API_SERVICES]


def api_services(now: str) -> list[APIService]:
    """The groups that this server serves itself."""
    found = []
    for group, version, priority, version_priority in _API_SERVICES:
        available = APIServiceCondition(
            type="Available",
            status="True",
            last_transition_time=now,
            reason="Local",
            message="Local APIServices are always available",
        )
        found.append(
            APIService(
                metadata=ObjectMeta(name=f"{version}.{group}", labels=dict(_AUTOMANAGED)),
                spec=APIServiceSpec(
                    group=group,
                    version=version,
                    group_priority_minimum=priority,
                    version_priority=version_priority,
                ),
                status=APIServiceStatus(conditions=[available]),
            )
        )
    return found


def token_tracking(today: str) -> ConfigMap:
    """Since when the use of old service account tokens is noted down."""
    name = "kube-apiserver-legacy-service-account-token-tracking"
    return ConfigMap(metadata=ObjectMeta(name=name, namespace="kube-system"), data={"since": today})


def authentication_config(settings: AuthSettings) -> ConfigMap | None:
    """What API servers of others must know to tell who sent a request; None where there is nothing to know.

    Raises OSError when a file cannot be read.
    """
    data = {}
    if settings.client_ca_file:
        data["client-ca-file"] = Path(settings.client_ca_file).read_text(encoding="ascii")
    if settings.requestheader_client_ca_file:
        data["requestheader-client-ca-file"] = Path(settings.requestheader_client_ca_file).read_text(encoding="ascii")
        for key, values in (
            ("requestheader-allowed-names", settings.requestheader_allowed_names),
            ("requestheader-extra-headers-prefix", settings.requestheader_extra_headers_prefix),
            ("requestheader-group-headers", settings.requestheader_group_headers),
            ("requestheader-uid-headers", settings.requestheader_uid_headers),
            ("requestheader-username-headers", settings.requestheader_username_headers),
        ):
            if values or key == "requestheader-allowed-names":
                data[key] = json.dumps(list(values), separators=(",", ":"))
    if not data:
        return None
    name = "extension-apiserver-authentication"
    return ConfigMap(metadata=ObjectMeta(name=name, namespace="kube-system"), data=data)


async def ensure(objects: StoredObjects, wanted: Sequence[Object]) -> int:
    """Make what is missing; how many that were. Several servers may do so at once. Raises StatusError."""

    async def one(obj: Object) -> bool:
        if await objects.fetch(type(obj), obj.metadata.name, obj.metadata.namespace) is not None:
            return False
        try:
            await objects.create(obj)
        except StatusError as error:
            if error.code != 409:
                raise
            return False
        return True

    # All at once: reads share an answer of the store, writes a commit.
    return sum(await asyncio.gather(*(one(obj) for obj in wanted)))


async def keep(objects: StoredObjects, wanted: ConfigMap) -> None:
    """Make a config map, or give it the wanted data. Raises StatusError."""
    stored = await objects.fetch(ConfigMap, wanted.metadata.name, wanted.metadata.namespace)
    if stored is None:
        await ensure(objects, [wanted])
    elif stored.data != wanted.data:
        wanted.metadata = stored.metadata
        try:
            await objects.update(wanted)
        except StatusError as error:
            if error.code != 409:
                raise
