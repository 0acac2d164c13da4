"""The first RBAC objects as API objects, built from the tables beside this file."""

from __future__ import annotations

from apiserver.auth.bootstrap.cluster_roles import AGGREGATED, AGGREGATES_TO, CLUSTER_ROLES
from apiserver.auth.bootstrap.controller_roles import CONTROLLER_ROLES
from apiserver.auth.bootstrap.notation import EVENTS, rules
from minik8s.api.meta_v1 import LabelSelector, ObjectMeta
from minik8s.api.rbac_v1 import (
    AggregationRule,
    ClusterRole,
    ClusterRoleBinding,
    Role,
    RoleBinding,
    RoleRef,
    Subject,
)

GROUP = "rbac.authorization.k8s.io"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
CONTROLLER_PREFIX = "system:controller:"

_LEADER_LOCK = (
    "read,create,update coordination.k8s.io: leases",
    "read,create,update coordination.k8s.io: leasecandidates",
)

# Cluster role -> whom it is bound to by the binding of the same name: "user:", "group:", "sa:" and a name each.
_CLUSTER_BINDINGS: dict[str, tuple[str, ...]] = {
    "cluster-admin": ("group:system:masters",),
    "system:monitoring": ("group:system:monitoring",),
    "system:discovery": ("group:system:authenticated",),
    "system:basic-user": ("group:system:authenticated",),
    "system:public-info-viewer": ("group:system:authenticated", "group:system:unauthenticated"),
    "system:node-proxier": ("user:system:kube-proxy",),
    "system:kube-controller-manager": ("user:system:kube-controller-manager",),
    "system:kube-dns": ("sa:kube-dns",),
    "system:kube-scheduler": ("user:system:kube-scheduler",),
    "system:volume-scheduler": ("user:system:kube-scheduler",),
    "system:service-account-issuer-discovery": ("group:system:serviceaccounts",),
    # Nodes get theirs from the node authorizer; the binding stays for those who want it back.
    "system:node": (),
}

# Namespace and role -> rules.
_ROLES: dict[tuple[str, str], tuple[str, ...]] = {
    ("kube-public", "system:controller:bootstrap-signer"): (
        "read core: configmaps",
        "update core: configmaps = cluster-info",
        EVENTS,
    ),
    ("kube-system", "extension-apiserver-authentication-reader"): (
        "read core: configmaps = extension-apiserver-authentication",
    ),
    ("kube-system", "system::leader-locking-kube-controller-manager"): _LEADER_LOCK,
    ("kube-system", "system::leader-locking-kube-scheduler"): _LEADER_LOCK,
    ("kube-system", "system:controller:bootstrap-signer"): ("read core: secrets",),
    ("kube-system", "system:controller:cloud-provider"): ("read,create core: configmaps",),
    ("kube-system", "system:controller:token-cleaner"): ("read,delete core: secrets", EVENTS),
}

# Namespace and binding -> role and subjects.
_ROLE_BINDINGS: dict[tuple[str, str], tuple[str, tuple[str, ...]]] = {
    ("kube-public", "system:controller:bootstrap-signer"): (
        "system:controller:bootstrap-signer",
        ("sa:bootstrap-signer",),
    ),
    ("kube-system", "system::extension-apiserver-authentication-reader"): (
        "extension-apiserver-authentication-reader",
        ("user:system:kube-controller-manager", "user:system:kube-scheduler"),
    ),
    ("kube-system", "system::leader-locking-kube-controller-manager"): (
        "system::leader-locking-kube-controller-manager",
        ("user:system:kube-controller-manager", "sa:kube-controller-manager", "sa:leader-election-controller"),
    ),
    ("kube-system", "system::leader-locking-kube-scheduler"): (
        "system::leader-locking-kube-scheduler",
        ("user:system:kube-scheduler", "sa:kube-scheduler"),
    ),
    ("kube-system", "system:controller:bootstrap-signer"): (
        "system:controller:bootstrap-signer",
        ("sa:bootstrap-signer",),
    ),
    ("kube-system", "system:controller:cloud-provider"): (
        "system:controller:cloud-provider",
        ("sa:cloud-provider",),
    ),
    ("kube-system", "system:controller:token-cleaner"): ("system:controller:token-cleaner", ("sa:token-cleaner",)),
}


def _meta(name: str, namespace: str = "", labels: dict[str, str] | None = None) -> ObjectMeta:
    return ObjectMeta(
        name=name,
        namespace=namespace,
        labels={"kubernetes.io/bootstrapping": "rbac-defaults", **(labels or {})},
        annotations={AUTOUPDATE: "true"},
    )


def _subject(text: str) -> Subject:
    kind, _, name = text.partition(":")
    if kind == "sa":
        return Subject(kind="ServiceAccount", name=name, namespace="kube-system")
    return Subject(kind={"user": "User", "group": "Group"}[kind], api_group=GROUP, name=name)


def _aggregation_label(role: str) -> str:
    return f"rbac.authorization.k8s.io/aggregate-to-{role}"


def cluster_roles() -> list[ClusterRole]:
    """Every first cluster role; the aggregated ones without rules."""
    found = []
    for name in AGGREGATED:
        selector = LabelSelector(match_labels={_aggregation_label(name): "true"})
        found.append(
            ClusterRole(
                metadata=_meta(name, labels=_labels_of(name)),
                aggregation_rule=AggregationRule(cluster_role_selectors=[selector]),
            )
        )
    for name, lines in CLUSTER_ROLES.items():
        found.append(ClusterRole(metadata=_meta(name, labels=_labels_of(name)), rules=rules(lines)))
    for controller, lines in CONTROLLER_ROLES.items():
        found.append(ClusterRole(metadata=_meta(CONTROLLER_PREFIX + controller), rules=rules(lines)))
    return found


def _labels_of(role: str) -> dict[str, str]:
    return {_aggregation_label(AGGREGATES_TO[role]): "true"} if role in AGGREGATES_TO else {}


def cluster_role_bindings() -> list[ClusterRoleBinding]:
    """Every first cluster role binding."""
    bound = dict(_CLUSTER_BINDINGS)
    bound.update({CONTROLLER_PREFIX + name: (f"sa:{name}",) for name in CONTROLLER_ROLES})
    return [
        ClusterRoleBinding(
            metadata=_meta(name),
            role_ref=RoleRef(api_group=GROUP, kind="ClusterRole", name=name),
            subjects=[_subject(text) for text in subjects],
        )
        for name, subjects in bound.items()
    ]


def roles() -> list[Role]:
    """Every first namespaced role."""
    return [Role(metadata=_meta(name, namespace), rules=rules(lines)) for (namespace, name), lines in _ROLES.items()]


def role_bindings() -> list[RoleBinding]:
    """Every first namespaced role binding."""
    return [
        RoleBinding(
            metadata=_meta(name, namespace),
            role_ref=RoleRef(api_group=GROUP, kind="Role", name=role),
            subjects=[_subject(text) for text in subjects],
        )
        for (namespace, name), (role, subjects) in _ROLE_BINDINGS.items()
    ]
