"""Where an object's key lies, as in Kubernetes' own etcd: `/registry/<resource>/[<namespace>/]<name>`.

A few built-in resources have historical places; custom resources lie below `/registry/<group>/<resource>/`.
"""

from __future__ import annotations

DEFAULT_ROOT = "/registry"

_SPECIAL = {
    ("", "replicationcontrollers"): "controllers",
    ("", "endpoints"): "services/endpoints",
    ("", "services"): "services/specs",
    ("", "nodes"): "minions",
    ("networking.k8s.io", "ingresses"): "ingress",
}
# Built-in groups whose resources lie below `/registry/<resource>`, without the group.
_SHORT = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apps",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)


def resource_prefix(root: str, group: str, plural: str) -> str:
    """The prefix of all keys of a resource, with a slash at its end."""
    if special := _SPECIAL.get((group, plural)):
        return f"{root}/{special}/"
    return f"{root}/{plural}/" if group in _SHORT else f"{root}/{group}/{plural}/"


def prefixes_of(root: str, key: str) -> tuple[str, str]:
    """The two resource prefixes a key may lie below: of one part behind the root, and of two."""
    first = key.find("/", len(root) + 1) + 1
    second = key.find("/", first) + 1
    return key[:first], key[:second]


def split_key(prefix: str, key: str, namespaced: bool) -> tuple[str, str]:
    """Namespace ("" for kinds without) and name of a key below its resource's prefix."""
    rest = key[len(prefix) :]
    if not namespaced:
        return "", rest
    namespace, _, name = rest.partition("/")
    return namespace, name
