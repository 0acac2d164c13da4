"""Which controllers there are: Kubernetes' names, where each is implemented, as whom it acts."""

from __future__ import annotations

import dataclasses
import importlib
from typing import Any

from controllers.options import Options
from minik8s.client.controller import Controller


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One controller of `--controllers`.

    `make` is `module:function`, imported only when the controller runs; the function takes Options and returns a
    Controller, or None when the options switch it off. `account` is its service account in kube-system ("" is the
    manager's own identity), `component` the source of its events, `workers` how many keys it works on at a time.
    """

    name: str
    alias: str
    make: str
    account: str
    component: str
    workers: int = 1
    on: bool = True

    def build(self, options: Options) -> Controller | None:
        """The controller."""
        module, _, function = self.make.partition(":")
        made: Any = getattr(importlib.import_module(f"controllers.{module}"), function)
        found: Controller | None = made(options)
        return found


CATALOG: tuple[Entry, ...] = (
    Entry(
        "replicaset-controller",
        "replicaset",
        "replicaset.make:replica_set",
        "replicaset-controller",
        "replicaset-controller",
        5,
    ),
    Entry(
        "replicationcontroller-controller",
        "replicationcontroller",
        "replicaset.make:replication_controller",
        "replication-controller",
        "replication-controller",
        5,
    ),
    Entry(
        "deployment-controller",
        "deployment",
        "deployment.controller:make",
        "deployment-controller",
        "deployment-controller",
        5,
    ),
    Entry(
        "daemonset-controller",
        "daemonset",
        "daemonset.controller:make",
        "daemon-set-controller",
        "daemonset-controller",
        2,
    ),
    Entry(
        "statefulset-controller",
        "statefulset",
        "statefulset.controller:make",
        "statefulset-controller",
        "statefulset-controller",
        5,
    ),
    Entry(
        "job-controller",
        "job",
        "job.controller:make",
        "job-controller",
        "job-controller",
        5,
    ),
    Entry(
        "disruption-controller",
        "disruption",
        "disruption.controller:make",
        "disruption-controller",
        "controllermanager",
        5,
    ),
    Entry(
        "resourcequota-controller",
        "resourcequota",
        "resourcequota.controller:make",
        "resourcequota-controller",
        "resourcequota-controller",
        5,
    ),
    Entry(
        "persistentvolume-binder-controller",
        "persistentvolume-binder",
        "volumes.binder:make",
        "persistent-volume-binder",
        "persistentvolume-controller",
        4,
    ),
    Entry(
        "hostpath-provisioner-controller",
        "hostpath-provisioner",
        "volumes.hostpath:make",
        "persistent-volume-binder",
        "minik8s.io/hostpath",
        2,
    ),
    Entry(
        "ephemeral-volume-controller",
        "ephemeral-volume",
        "volumes.ephemeral:make",
        "ephemeral-volume-controller",
        "ephemeral_volume",
        5,
    ),
    Entry(
        "horizontal-pod-autoscaler-controller",
        "horizontalpodautoscaling",
        "podautoscaler.controller:make",
        "horizontal-pod-autoscaler",
        "horizontal-pod-autoscaler",
        5,
    ),
    Entry(
        "persistentvolume-attach-detach-controller",
        "attachdetach",
        "volumes.attach:make",
        "attachdetach-controller",
        "attachdetach-controller",
        4,
    ),
    Entry(
        "persistentvolume-expander-controller",
        "persistentvolume-expander",
        "volumes.expand:make",
        "expand-controller",
        "volume_expand",
    ),
    Entry(
        "device-taint-eviction-controller",
        "device-taint-eviction",
        "devicetaints.controller:make",
        "device-taint-eviction-controller",
        "device-taint-eviction",
        8,
    ),
    Entry(
        "cronjob-controller",
        "cronjob",
        "cronjob.controller:make",
        "cronjob-controller",
        "cronjob-controller",
        5,
    ),
    Entry(
        "ttl-after-finished-controller",
        "ttl-after-finished",
        "ttlafterfinished.controller:make",
        "ttl-after-finished-controller",
        "ttl-after-finished-controller",
        5,
    ),
    Entry(
        "endpointslice-controller",
        "endpointslice",
        "endpointslice.controller:make",
        "endpointslice-controller",
        "endpoint-slice-controller",
        5,
    ),
    Entry(
        "endpoints-controller",
        "endpoint",
        "endpoints.controller:make",
        "endpoint-controller",
        "endpoint-controller",
        5,
    ),
    Entry(
        "namespace-controller",
        "namespace",
        "namespace.controller:make",
        "namespace-controller",
        "namespace-controller",
        10,
    ),
    Entry(
        "serviceaccount-controller",
        "serviceaccount",
        "serviceaccount.accounts:make",
        "service-account-controller",
        "service-account-controller",
    ),
    Entry(
        "root-ca-certificate-publisher-controller",
        "root-ca-cert-publisher",
        "serviceaccount.root_ca:make",
        "root-ca-cert-publisher",
        "root-ca-cert-publisher",
    ),
    Entry(
        "node-ipam-controller",
        "nodeipam",
        "nodeipam.controller:make",
        "node-controller",
        "cidrAllocator",
    ),
    Entry(
        "node-lifecycle-controller",
        "nodelifecycle",
        "nodelifecycle.controller:make",
        "node-controller",
        "node-controller",
        8,
    ),
    Entry(
        "taint-eviction-controller",
        "taint-eviction",
        "tainteviction.controller:make",
        "node-controller",
        "taint-eviction-controller",
        8,
    ),
    Entry(
        "pod-garbage-collector-controller",
        "podgc",
        "podgc.controller:make",
        "pod-garbage-collector",
        "pod-garbage-collector",
    ),
    Entry(
        "garbage-collector-controller",
        "garbagecollector",
        "garbagecollector.controller:make",
        "generic-garbage-collector",
        "garbage-collector-controller",
        20,
    ),
    Entry(
        "endpointslice-mirroring-controller",
        "endpointslicemirroring",
        "endpointslice.mirroring:make",
        "endpointslicemirroring-controller",
        "endpoint-slice-mirroring-controller",
        5,
    ),
    Entry(
        "serviceaccount-token-controller",
        "serviceaccount-token",
        "serviceaccount.tokens:make",
        "",
        "tokens-controller",
        5,
    ),
    Entry(
        "legacy-serviceaccount-token-cleaner-controller",
        "legacy-service-account-token-cleaner",
        "serviceaccount.legacy:make",
        "legacy-service-account-token-cleaner",
        "legacy-service-account-token-cleaner",
    ),
    Entry(
        "clusterrole-aggregation-controller",
        "clusterrole-aggregation",
        "clusterroles.controller:make",
        "clusterrole-aggregation-controller",
        "clusterrole-aggregation-controller",
    ),
    Entry(
        "certificatesigningrequest-signing-controller",
        "csrsigning",
        "certificates.signer:make",
        "certificate-controller",
        "certificate-controller",
    ),
    Entry(
        "certificatesigningrequest-approving-controller",
        "csrapproving",
        "certificates.approver:make",
        "certificate-controller",
        "certificate-controller",
    ),
    Entry(
        "certificatesigningrequest-cleaner-controller",
        "csrcleaner",
        "certificates.cleaner:make",
        "certificate-controller",
        "certificate-controller",
    ),
    Entry(
        "bootstrap-signer-controller",
        "bootstrapsigner",
        "bootstrap.signer:make",
        "bootstrap-signer",
        "bootstrap-signer",
        on=False,
    ),
    Entry(
        "token-cleaner-controller",
        "tokencleaner",
        "bootstrap.cleaner:make",
        "token-cleaner",
        "token-cleaner",
        on=False,
    ),
    Entry(
        "ttl-controller",
        "ttl",
        "nodettl.controller:make",
        "ttl-controller",
        "ttl-controller",
    ),
    Entry(
        "service-lb-controller",
        "service-lb",
        "servicelb.controller:make",
        "service-controller",
        "service-lb-controller",
    ),
    Entry(
        "resourceclaim-controller",
        "resource-claim-controller",
        "resourceclaim.controller:make",
        "resource-claim-controller",
        "resource_claim",
        10,
    ),
    Entry(
        "service-cidr-controller",
        "service-cidr",
        "servicecidr.controller:make",
        "service-cidrs-controller",
        "service-cidr-controller",
        5,
    ),
    Entry(
        "persistentvolumeclaim-protection-controller",
        "pvc-protection",
        "storageprotection.claims:make",
        "pvc-protection-controller",
        "pvc-protection-controller",
    ),
    Entry(
        "persistentvolume-protection-controller",
        "pv-protection",
        "storageprotection.volumes:make",
        "pv-protection-controller",
        "pv-protection-controller",
    ),
    Entry(
        "volumeattributesclass-protection-controller",
        "volumeattributesclass-protection",
        "storageprotection.classes:make",
        "volumeattributesclass-protection-controller",
        "volumeattributesclass-protection-controller",
    ),
    Entry(
        "validatingadmissionpolicy-status-controller",
        "validatingadmissionpolicy-status",
        "policystatus.controller:make",
        "validatingadmissionpolicy-status-controller",
        "validatingadmissionpolicy-status-controller",
        5,
    ),
)


class UnknownController(ValueError):
    """`--controllers` names one that does not exist."""


def selected(wanted: tuple[str, ...]) -> list[Entry]:
    """The entries that `--controllers` asks for: `*` is all that are on by default, `-name` leaves one out.

    Raises UnknownController.
    """
    known = {name: entry for entry in CATALOG for name in (entry.name, entry.alias)}
    flags = wanted or ("*",)
    for flag in flags:
        if flag != "*" and flag.removeprefix("-") not in known:
            raise UnknownController(f'"{flag.removeprefix("-")}" is not in the list of known controllers')
    asked = {known[flag].name for flag in flags if flag in known}
    refused = {known[flag[1:]].name for flag in flags if flag.startswith("-")}
    star = "*" in flags
    return [e for e in CATALOG if e.name in asked or (star and e.on and e.name not in refused)]
