"""What the types of `minik8s.api.rbac_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "AggregationRule": (
        "Which ClusterRoles are put together into one.",
        {
            "clusterRoleSelectors": "Labels of the ClusterRoles whose rules are taken over; matching any of them is enough.",
        },
    ),
    "ClusterRole": (
        "A set of permissions for the whole cluster, or for namespaces by way of a RoleBinding.",
        {
            "rules": "The permissions; filled in by the system where aggregationRule is set.",
            "aggregationRule": "Which other ClusterRoles the rules are gathered from; rules written by hand are then overwritten.",
        },
    ),
    "RoleRef": (
        "Names the role that a binding grants; it cannot be changed once the binding exists.",
        {
            "apiGroup": "API group of the role: rbac.authorization.k8s.io.",
            "kind": "Kind of the role that is granted: Role or ClusterRole.",
            "name": "Name of the role that is granted; it may come later.",
        },
    ),
    "ClusterRoleBinding": (
        "Grants the permissions of a ClusterRole in the whole cluster.",
        {
            "subjects": "Who gets the permissions; nobody when empty.",
            "roleRef": "The ClusterRole that is granted. Immutable.",
        },
    ),
    "PolicyRule": (
        "Allows some verbs on some resources, or on some paths that are no resources.",
        {
            "verbs": "What may be done, such as get, list or create; * means everything.",
            "apiGroups": "API groups of the resources; an empty string is the core group, * all of them.",
            "resources": "Resources in the plural, with subresources such as pods/log; * means all of them.",
            "resourceNames": "Names of single objects that it is limited to; all of them when empty.",
            "nonResourceURLs": "Paths that are no resources, such as /healthz or /logs/*; only in ClusterRoles that are bound to the cluster.",
        },
    ),
    "Role": (
        "A set of permissions within one namespace.",
        {
            "rules": "The permissions in the Role's namespace.",
        },
    ),
    "RoleBinding": (
        "Grants the permissions of a Role or ClusterRole within one namespace.",
        {
            "subjects": "Who gets the permissions; nobody when empty.",
            "roleRef": "The Role of this namespace, or the ClusterRole, that is granted. Immutable.",
        },
    ),
    "Subject": (
        "A user, a group or a service account that gets permissions.",
        {
            "kind": "Kind of subject: User, Group or ServiceAccount.",
            "apiGroup": "API group: empty for ServiceAccount, rbac.authorization.k8s.io (the default) for User and Group.",
            "name": "Name of the user, group or service account.",
            "namespace": "Namespace of the service account; forbidden for users and groups.",
        },
    ),
}
