"""The node authorizer: a kubelet may do what kubelets do, to objects its own pods use."""

from __future__ import annotations

from apiserver.auth.authorization.compiled import CompiledRules
from apiserver.auth.authorization.node_graph import NodeGraph
from apiserver.auth.bootstrap.cluster_roles import CLUSTER_ROLES
from apiserver.auth.bootstrap.notation import rules
from apiserver.auth.protocols import NODE_PREFIX, NODES, Attributes, Decision, Reader, Rule, User, Verdict

LEASE_NAMESPACE = "kube-node-lease"

_ALLOWED = Decision(Verdict.ALLOW)
_NO_OPINION = Decision(Verdict.NO_OPINION)
_OWN_OBJECT_VERBS = ("get", "create", "update", "patch", "delete")
_READ_VERBS = ("get", "list", "watch")


def node_identity(user: User) -> tuple[str, bool]:
    """The node a user is, and whether it is one at all; a node user outside the nodes group is none."""
    if not user.name.startswith(NODE_PREFIX) or NODES not in user.groups:
        return "", False
    return user.name[len(NODE_PREFIX) :], True


def _no(reason: str) -> Decision:
    return Decision(Verdict.NO_OPINION, reason)


class NodeAuthorizer:
    """Decides for members of system:nodes; has no opinion of others."""

    def __init__(self, reader: Reader) -> None:
        self.graph = NodeGraph(reader)
        self._rules = CompiledRules([("node", rules(CLUSTER_ROLES["system:node"]))])
        self._by_resource = {
            ("", "secrets"): self._read_named,
            ("", "configmaps"): self._read_named,
            ("", "persistentvolumeclaims"): self._claim,
            ("", "persistentvolumes"): self._get,
            ("resource.k8s.io", "resourceclaims"): self._get,
            ("storage.k8s.io", "volumeattachments"): self._get,
            ("", "serviceaccounts"): self._service_account,
            ("coordination.k8s.io", "leases"): self._lease,
            ("storage.k8s.io", "csinodes"): self._csi_node,
            ("resource.k8s.io", "resourceslices"): self._resource_slice,
            ("", "nodes"): self._node,
            ("", "pods"): self._pod,
        }

    async def authorize(self, attributes: Attributes) -> Decision:
        """Allowed, or no opinion with the reason why a node may not."""
        user = attributes.user
        if not user.name.startswith(NODE_PREFIX):
            return _NO_OPINION
        node, is_node = node_identity(user)
        if not is_node:
            return _NO_OPINION
        if not node:
            return _no(f'unknown node for user "{user.name}"')
        if attributes.resource_request:
            special = self._by_resource.get((attributes.api_group, attributes.resource))
            if special is not None:
                return special(node, attributes)
        return _ALLOWED if self._rules.grants(attributes) is not None else _NO_OPINION

    def rules_for(self, user: User, namespace: str) -> tuple[list[Rule], bool, str]:
        """Nothing that could be listed: what a node may do depends on its pods."""
        if node_identity(user)[1]:
            return [], True, "node authorizer does not support user rule resolution"
        return [], False, ""

    def _related(self, node: str, attributes: Attributes) -> Decision:
        if not attributes.name:
            return _no("No Object name found")
        if self.graph.related(node, attributes.resource, attributes.namespace, attributes.name):
            return _ALLOWED
        return _no(f"no relationship found between node '{node}' and this object")

    def _read_named(self, node: str, attributes: Attributes) -> Decision:
        if attributes.verb not in _READ_VERBS:
            return _no("can only read resources of this type")
        if attributes.subresource:
            return _no("cannot read subresource")
        if not attributes.namespace:
            return _no("can only read namespaced object of this type")
        return self._related(node, attributes)

    def _get(self, node: str, attributes: Attributes) -> Decision:
        if attributes.verb != "get":
            return _no("can only get individual resources of this type")
        if attributes.subresource:
            return _no("cannot get subresource")
        return self._related(node, attributes)

    def _claim(self, node: str, attributes: Attributes) -> Decision:
        if attributes.subresource != "status":
            return self._get(node, attributes)
        if attributes.verb not in ("update", "patch"):
            return _no("can only get/update/patch this type")
        return self._related(node, attributes)

    def _service_account(self, node: str, attributes: Attributes) -> Decision:
        if attributes.verb == "get" and not attributes.subresource:
            return self._read_named(node, attributes)
        if attributes.verb != "create" or not attributes.name:
            return _no("can only create tokens for individual service accounts")
        if attributes.subresource != "token":
            return _no("can only create token subresource of serviceaccount")
        return self._related(node, attributes)

    def _lease(self, node: str, attributes: Attributes) -> Decision:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _no("can only get, create, update, patch, or delete a node lease")
        if attributes.namespace != LEASE_NAMESPACE:
            return _no(f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
        # The name of what is created is not known here: NodeRestriction checks it.
        if attributes.verb != "create" and attributes.name != node:
            return _no("can only access node lease with the same name as the requesting node")
        return _ALLOWED

    def _csi_node(self, node: str, attributes: Attributes) -> Decision:
        if attributes.verb not in _OWN_OBJECT_VERBS:
            return _no("can only get, create, update, patch, or delete a CSINode")
        if attributes.subresource:
            return _no("cannot authorize CSINode subresources")
        if attributes.verb != "create" and attributes.name != node:
            return _no("can only access CSINode with the same name as the requesting node")
        return _ALLOWED

    def _resource_slice(self, node: str, attributes: Attributes) -> Decision:
        if attributes.subresource:
            return _no("cannot authorize ResourceSlice subresources")
        if attributes.verb == "create":
            return _ALLOWED
        if attributes.verb in ("get", "update", "patch", "delete"):
            return self._related(node, attributes)
        if attributes.verb in ("watch", "list", "deletecollection"):
            if _selects(attributes, "spec.nodeName", node):
                return _ALLOWED
            return _no("can only list/watch/deletecollection resourceslices with nodeName field selector")
        return _no(
            "only the following verbs are allowed for a ResourceSlice: "
            "get, watch, list, create, update, patch, delete, deletecollection"
        )

    def _node(self, node: str, attributes: Attributes) -> Decision:
        verb = attributes.verb
        if attributes.subresource == "status":
            return _ALLOWED if verb in ("update", "patch") else _NO_OPINION
        if attributes.subresource:
            return _NO_OPINION
        if verb in ("create", "update", "patch"):
            return _ALLOWED
        if verb not in _READ_VERBS:
            return _NO_OPINION
        if attributes.name == node:
            return _ALLOWED
        if not attributes.name:
            return _no(f"node '{node}' cannot read all nodes, only its own Node object")
        return _no(f"node '{node}' cannot read '{attributes.name}', only its own Node object")

    def _pod(self, node: str, attributes: Attributes) -> Decision:
        verb = attributes.verb
        subresource = attributes.subresource
        if subresource == "status":
            return _ALLOWED if verb in ("update", "patch") else _NO_OPINION
        if subresource == "eviction":
            return _ALLOWED if verb == "create" else _NO_OPINION
        if subresource:
            return _NO_OPINION
        if verb == "get":
            return self._related(node, attributes)
        if verb in ("list", "watch"):
            if _selects(attributes, "spec.nodeName", node):
                return _ALLOWED
            if attributes.name:
                return self._related(node, attributes)
            return _no("can only list/watch pods with spec.nodeName field selector")
        return _ALLOWED if verb in ("create", "delete") else _NO_OPINION


def _selects(attributes: Attributes, field: str, value: str) -> bool:
    return any(r.key == field and r.operator == "=" and r.values == (value,) for r in attributes.field_selector)
