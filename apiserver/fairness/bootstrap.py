"""The levels and schemas every cluster starts with."""

from __future__ import annotations

from typing import NamedTuple

from minik8s.api.flowcontrol_v1 import (
    ExemptPriorityLevelConfiguration,
    FlowDistinguisherMethod,
    FlowSchema,
    FlowSchemaSpec,
    GroupSubject,
    LimitedPriorityLevelConfiguration,
    LimitResponse,
    NonResourcePolicyRule,
    PolicyRulesWithSubjects,
    PriorityLevelConfiguration,
    PriorityLevelConfigurationReference,
    PriorityLevelConfigurationSpec,
    QueuingConfiguration,
    ResourcePolicyRule,
    ServiceAccountSubject,
    Subject,
    UserSubject,
)
from minik8s.api.meta_v1 import ObjectMeta

AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec"
MANDATORY = ("exempt", "catch-all")


class _Level(NamedTuple):
    shares: int
    lendable: int
    queues: int  # 0: requests beyond the limit are refused
    hand: int


_LEVELS: dict[str, _Level] = {
    "catch-all": _Level(5, 0, 0, 0),
    "system": _Level(30, 33, 64, 6),
    "node-high": _Level(40, 25, 64, 6),
    "leader-election": _Level(10, 0, 16, 4),
    "workload-high": _Level(40, 50, 128, 6),
    "workload-low": _Level(100, 90, 128, 6),
    "global-default": _Level(20, 50, 128, 6),
}
_QUEUE_LENGTH = 50

_EVERYONE = ("group:system:unauthenticated", "group:system:authenticated")
_EVERY_RESOURCE = ResourcePolicyRule(
    verbs=["*"], api_groups=["*"], resources=["*"], namespaces=["*"], cluster_scope=True
)
_EVERY_PATH = NonResourcePolicyRule(verbs=["*"], non_resource_urls=["*"])
_LEADER_LEASES = ResourcePolicyRule(
    verbs=["get", "create", "update"], api_groups=["coordination.k8s.io"], resources=["leases"], namespaces=["*"]
)
_NODES = ResourcePolicyRule(
    verbs=["*"], api_groups=[""], resources=["nodes", "nodes/status"], namespaces=["*"], cluster_scope=True
)
_NODE_LEASES = ResourcePolicyRule(
    verbs=["*"], api_groups=["coordination.k8s.io"], resources=["leases"], namespaces=["*"]
)
_PROBES = NonResourcePolicyRule(verbs=["get"], non_resource_urls=["/healthz", "/readyz", "/livez"])


class _Schema(NamedTuple):
    level: str
    precedence: int
    by: str  # how flows are told apart, "" not at all
    subjects: tuple[str, ...]
    resources: tuple[ResourcePolicyRule, ...] = (_EVERY_RESOURCE,)
    paths: tuple[NonResourcePolicyRule, ...] = (_EVERY_PATH,)


_SCHEMAS: dict[str, _Schema] = {
    "exempt": _Schema("exempt", 1, "", ("group:system:masters",)),
    "probes": _Schema("exempt", 2, "", _EVERYONE, (), (_PROBES,)),
    "system-leader-election": _Schema(
        "leader-election",
        100,
        "ByUser",
        ("user:system:kube-controller-manager", "user:system:kube-scheduler", "sa:kube-system:*"),
        (_LEADER_LEASES,),
        (),
    ),
    "system-node-high": _Schema("node-high", 400, "ByUser", ("group:system:nodes",), (_NODES, _NODE_LEASES), ()),
    "system-nodes": _Schema("system", 500, "ByUser", ("group:system:nodes",)),
    "kube-controller-manager": _Schema("workload-high", 800, "ByNamespace", ("user:system:kube-controller-manager",)),
    "kube-scheduler": _Schema("workload-high", 800, "ByNamespace", ("user:system:kube-scheduler",)),
    "kube-system-service-accounts": _Schema("workload-high", 900, "ByNamespace", ("sa:kube-system:*",)),
    "service-accounts": _Schema("workload-low", 9000, "ByUser", ("group:system:serviceaccounts",)),
    "global-default": _Schema("global-default", 9900, "ByUser", _EVERYONE),
    "catch-all": _Schema("catch-all", 10000, "ByUser", _EVERYONE),
}


def _subject(text: str) -> Subject:
    kind, _, name = text.partition(":")
    if kind == "user":
        return Subject(kind="User", user=UserSubject(name=name))
    if kind == "group":
        return Subject(kind="Group", group=GroupSubject(name=name))
    namespace, _, account = name.partition(":")
    return Subject(kind="ServiceAccount", service_account=ServiceAccountSubject(namespace=namespace, name=account))


def _metadata(name: str) -> ObjectMeta:
    return ObjectMeta(name=name, annotations={AUTOUPDATE: "true"})


def priority_levels() -> list[PriorityLevelConfiguration]:
    """Every first priority level."""
    exempt = ExemptPriorityLevelConfiguration(nominal_concurrency_shares=0, lendable_percent=0)
    found = [
        PriorityLevelConfiguration(
            metadata=_metadata("exempt"), spec=PriorityLevelConfigurationSpec(type="Exempt", exempt=exempt)
        )
    ]
    for name, level in _LEVELS.items():
        queuing = QueuingConfiguration(queues=level.queues, hand_size=level.hand, queue_length_limit=_QUEUE_LENGTH)
        response = LimitResponse(type="Queue", queuing=queuing) if level.queues else LimitResponse(type="Reject")
        limited = LimitedPriorityLevelConfiguration(
            nominal_concurrency_shares=level.shares, lendable_percent=level.lendable, limit_response=response
        )
        spec = PriorityLevelConfigurationSpec(type="Limited", limited=limited)
        found.append(PriorityLevelConfiguration(metadata=_metadata(name), spec=spec))
    return found


def flow_schemas() -> list[FlowSchema]:
    """Every first flow schema."""
    return [
        FlowSchema(
            metadata=_metadata(name),
            spec=FlowSchemaSpec(
                priority_level_configuration=PriorityLevelConfigurationReference(name=schema.level),
                matching_precedence=schema.precedence,
                distinguisher_method=FlowDistinguisherMethod(type=schema.by) if schema.by else None,
                rules=[
                    PolicyRulesWithSubjects(
                        subjects=[_subject(text) for text in schema.subjects],
                        resource_rules=list(schema.resources),
                        non_resource_rules=list(schema.paths),
                    )
                ],
            ),
        )
        for name, schema in _SCHEMAS.items()
    ]
