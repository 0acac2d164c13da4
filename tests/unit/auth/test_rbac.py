from __future__ import annotations

import pytest

from apiserver.auth.authorization.escalation import EscalationCheck
from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.reasons import refusal
from apiserver.auth.authorization.rules import allows, missing
from apiserver.auth.authorization.union import UnionAuthorizer
from apiserver.auth.bootstrap import policy
from apiserver.auth.bootstrap.notation import rule, rules
from apiserver.auth.bootstrap.reconcile import BootstrapPolicy
from apiserver.auth.errors import StatusError, conflict
from apiserver.auth.protocols import Attributes, User, Verdict
from minik8s.api.core_v1 import Namespace
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, Role, RoleBinding, RoleRef, Subject
from tests.support.memory_objects import MemoryObjects

GROUP = "rbac.authorization.k8s.io"
ALICE = User("alice", ("devs", "system:authenticated"))


def cluster_role(name: str, *lines: str) -> ClusterRole:
    return ClusterRole(metadata=ObjectMeta(name=name), rules=rules(lines))


def role(name: str, *lines: str, namespace: str = "ns") -> Role:
    return Role(metadata=ObjectMeta(name=name, namespace=namespace), rules=rules(lines))


def subject(text: str) -> Subject:
    kind, _, name = text.partition(":")
    if kind == "ServiceAccount":
        namespace, _, name = name.rpartition("/")
        return Subject(kind=kind, name=name, namespace=namespace)
    return Subject(kind=kind, api_group=GROUP, name=name)


def cluster_binding(name: str, role_name: str, *subjects: str) -> ClusterRoleBinding:
    return ClusterRoleBinding(
        metadata=ObjectMeta(name=name),
        role_ref=RoleRef(api_group=GROUP, kind="ClusterRole", name=role_name),
        subjects=[subject(text) for text in subjects],
    )


def binding(name: str, kind: str, role_name: str, *subjects: str, namespace: str = "ns") -> RoleBinding:
    return RoleBinding(
        metadata=ObjectMeta(name=name, namespace=namespace),
        role_ref=RoleRef(api_group=GROUP, kind=kind, name=role_name),
        subjects=[subject(text) for text in subjects],
    )


def asks(user: User, verb: str, what: str, namespace: str = "", name: str = "") -> Attributes:
    """`what` is resource[/subresource][.group], or a path."""
    if what.startswith("/"):
        return Attributes(user, verb, path=what, resource_request=False)
    plural, _, group = what.partition(".")
    resource, _, subresource = plural.partition("/")
    return Attributes(user, verb, namespace, group, "v1", resource, subresource, name)


@pytest.fixture
def rbac(objects) -> RBACAuthorizer:
    return RBACAuthorizer(objects)


@pytest.mark.parametrize(
    ("line", "asked", "allowed"),
    [
        ("get core: pods", ("get", "pods"), True),
        ("get core: pods", ("list", "pods"), False),
        ("get core: pods", ("get", "pods/log"), False),
        ("get core: pods/log", ("get", "pods/log"), True),
        ("get core: pods/*", ("get", "pods/log"), False),
        ("get core: */log", ("get", "pods/log"), True),
        ("get core: */log", ("get", "log"), False),
        ("get core: *", ("get", "pods/log"), True),
        ("* *: *", ("anything", "widgets/deep.example.com"), True),
        ("* *: *", ("get", "/healthz"), False),
        ("get apps: deployments", ("get", "deployments"), False),
        ("get apps: deployments", ("get", "deployments.apps"), True),
        ("get core: secrets = one two", ("get", "secrets", "ns", "two"), True),
        ("get core: secrets = one two", ("get", "secrets", "ns", "three"), False),
        ("list core: secrets = one", ("list", "secrets", "ns"), False),
        ("get url: /healthz", ("get", "/healthz"), True),
        ("get url: /healthz", ("get", "/healthz/x"), False),
        ("get url: /healthz/*", ("get", "/healthz/x"), True),
        ("get url: *", ("get", "/"), True),
        ("* url: /a*", ("post", "/abc"), True),
    ],
)
async def test_rules(objects, rbac, line, asked, allowed):
    objects.put(cluster_role("r", line))
    objects.put(cluster_binding("b", "r", "User:alice"))
    attributes = asks(ALICE, *asked)
    assert rbac.decide(attributes).allowed is allowed
    # The plain reading of the rule must say the same as the compiled one.
    assert allows(rule(line), attributes) is allowed


def test_the_reason_names_binding_role_and_subject(objects, rbac):
    objects.put(cluster_role("r", "get core: pods"))
    objects.put(cluster_binding("b", "r", "Group:devs"))
    decision = rbac.decide(asks(ALICE, "get", "pods"))
    assert decision.reason == 'RBAC: allowed by ClusterRoleBinding "b" of ClusterRole "r" to Group "devs"'
    robot = User("system:serviceaccount:ns:robot", ("system:serviceaccounts",))
    objects.put(role("local", "get core: pods"))
    objects.put(binding("rb", "Role", "local", "ServiceAccount:/robot"))
    decision = rbac.decide(asks(robot, "get", "pods", "ns"))
    assert decision.reason == 'RBAC: allowed by RoleBinding "rb/ns" of Role "local" to ServiceAccount "robot/ns"'


def test_role_bindings_hold_in_their_namespace_only(objects, rbac):
    objects.put(cluster_role("r", "get core: pods", "get url: /x"))
    objects.put(binding("b", "ClusterRole", "r", "User:alice"))
    assert rbac.decide(asks(ALICE, "get", "pods", "ns")).allowed
    assert not rbac.decide(asks(ALICE, "get", "pods", "other")).allowed
    assert not rbac.decide(asks(ALICE, "get", "pods")).allowed
    assert not rbac.decide(asks(ALICE, "get", "/x")).allowed


def test_changes_take_effect_at_once(objects, rbac):
    asked = asks(ALICE, "get", "pods")
    assert not rbac.decide(asked).allowed
    objects.put(cluster_binding("b", "r", "User:alice"))
    refused = rbac.decide(asked)
    assert refused.verdict is Verdict.NO_OPINION
    assert refused.reason == 'RBAC: clusterrole.rbac.authorization.k8s.io "r" not found'
    objects.put(cluster_role("r", "get core: pods"))
    assert rbac.decide(asked).allowed
    objects.put(cluster_binding("b", "r", "User:bob"))
    assert not rbac.decide(asked).allowed
    objects.put(cluster_binding("b", "r", "User:alice"))
    objects.remove(ClusterRole, "r")
    assert not rbac.decide(asked).allowed


def test_of_two_bindings_of_one_user_the_other_stays(objects, rbac):
    asked = asks(ALICE, "get", "pods")
    objects.put(cluster_role("r", "get core: pods"))
    for name in ("first", "second"):
        objects.put(cluster_binding(name, "r", "User:alice"))
    objects.remove(ClusterRoleBinding, "first")
    assert rbac.decide(asked).allowed
    objects.remove(ClusterRoleBinding, "second")
    assert not rbac.decide(asked).allowed


async def test_masters_may_do_everything(rbac):
    admin = User("admin", ("system:masters",))
    assert (await UnionAuthorizer([rbac]).authorize(asks(admin, "delete", "nodes"))).allowed


def test_refusals_are_worded_as_kubernetes_does():
    told = refusal(asks(ALICE, "list", "pods", "default"))
    assert told.status.message == (
        'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"'
    )
    assert told.status.details.kind == "pods"
    told = refusal(asks(ALICE, "get", "deployments/scale.apps", "refdata", "dep"), "because")
    assert told.status.message == (
        'deployments.apps "dep" is forbidden: User "alice" cannot get resource "deployments/scale" '
        'in API group "apps" in the namespace "refdata": because'
    )
    told = refusal(asks(ALICE, "get", "nodes", "", "n1"))
    assert told.status.message.endswith('in API group "" at the cluster scope')
    told = refusal(asks(ALICE, "get", "/metrics"))
    assert told.status.message == 'forbidden: User "alice" cannot get path "/metrics"'


@pytest.mark.parametrize(
    ("held", "asked", "lacking"),
    [
        (["* *: *"], ["get core: pods"], 0),
        (["get core: pods"], ["get,list core: pods"], 1),
        (["get core: */scale"], ["get core: pods/scale"], 0),
        (["get core: pods"], ["get core: pods = a"], 0),
        (["get core: pods = a"], ["get core: pods"], 1),
        (["get core: pods = a", "get core: pods = b"], ["get core: pods = a b"], 0),
        (["* *: *"], ["get url: /x"], 1),
        (["get url: /x/*"], ["get url: /x/y"], 0),
        (["get core: pods"], ["get core,apps: pods nodes"], 3),
    ],
)
def test_missing_rights(held, asked, lacking):
    assert len(missing(rules(held), rules(asked))) == lacking


@pytest.fixture
def check(rbac) -> EscalationCheck:
    return EscalationCheck(rbac, UnionAuthorizer([rbac]))


CAROL = User("carol", ("system:authenticated",))


async def test_a_role_with_more_than_its_writer_holds_is_refused(check):
    with pytest.raises(StatusError) as caught:
        await check.role(CAROL, role("esc", "get,list core: secrets", namespace="refdata"))
    assert caught.value.code == 403
    assert caught.value.status.message == (
        'roles.rbac.authorization.k8s.io "esc" is forbidden: user "carol" (groups=["system:authenticated"]) '
        "is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}'
    )


async def test_a_binding_to_more_than_its_writer_holds_is_refused(check, objects):
    objects.put(cluster_role("cluster-admin", "* *: *", "* url: *"))
    with pytest.raises(StatusError) as caught:
        await check.binding(CAROL, binding("esc", "ClusterRole", "cluster-admin", "User:carol"))
    assert caught.value.status.message == (
        'rolebindings.rbac.authorization.k8s.io "esc" is forbidden: user "carol" (groups=["system:authenticated"]) '
        "is attempting to grant RBAC permissions not currently held:\n"
        '{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}'
    )
    with pytest.raises(StatusError) as caught:
        await check.binding(CAROL, binding("esc", "Role", "nowhere", "User:carol"))
    assert caught.value.code == 404


async def test_escalate_and_bind_allow_it(check, objects):
    objects.put(cluster_role("cluster-admin", "* *: *", "* url: *"))
    objects.put(cluster_role("granter", f"escalate {GROUP}: roles", f"bind {GROUP}: clusterroles = cluster-admin"))
    objects.put(cluster_binding("granters", "granter", "User:carol"))
    await check.role(CAROL, role("esc", "get core: secrets"))
    await check.binding(CAROL, binding("esc", "ClusterRole", "cluster-admin", "User:carol"))
    with pytest.raises(StatusError):
        await check.role(CAROL, cluster_role("esc", "get core: secrets"))


async def test_holders_may_grant_what_they_hold(check, objects):
    objects.put(role("reader", "get core: secrets", namespace="ns"))
    objects.put(binding("readers", "Role", "reader", "User:carol"))
    await check.role(CAROL, role("copy", "get core: secrets"))
    with pytest.raises(StatusError):
        await check.role(CAROL, role("copy", "get core: secrets", namespace="other"))


async def test_housekeeping_of_a_strong_role_is_no_escalation(check):
    import msgspec

    old = role("strong", "* *: *")
    new = msgspec.structs.replace(old, metadata=ObjectMeta(name="strong", namespace="ns", finalizers=["x"]))
    await check.role(CAROL, new, old)
    changed = msgspec.structs.replace(old, metadata=ObjectMeta(name="strong", namespace="ns", labels={"a": "b"}))
    with pytest.raises(StatusError):
        await check.role(CAROL, changed, old)


async def test_first_policy_is_written_completed_and_left_alone(objects):
    bootstrap = BootstrapPolicy(objects, objects)
    assert await bootstrap.ensure() == 69 + 50 + 7 + 7
    assert objects.get(Namespace, "kube-public") is not None
    assert await bootstrap.ensure() == 0
    # Taken away: comes back. Added: stays. Protected: stays as it is.
    weaker = cluster_role("system:basic-user", "get core: pods")
    objects.put(weaker)
    protected = cluster_role("system:discovery", "get core: pods")
    protected.metadata.annotations = {policy.AUTOUPDATE: "false"}
    objects.put(protected)
    moved = cluster_binding("system:kube-dns", "view", "User:x")
    objects.put(moved)
    assert await bootstrap.ensure() == 3 - 1 + 0
    role_now = objects.get(ClusterRole, "system:basic-user")
    assert rule("get core: pods") in role_now.rules
    assert not missing(role_now.rules, rules(["create authentication.k8s.io: selfsubjectreviews"]))
    assert role_now.metadata.labels["kubernetes.io/bootstrapping"] == "rbac-defaults"
    assert objects.get(ClusterRole, "system:discovery").rules == rules(["get core: pods"])
    assert objects.get(ClusterRoleBinding, "system:kube-dns").role_ref.name == "system:kube-dns"


async def test_daemons_have_what_they_need(objects, rbac):
    await BootstrapPolicy(objects, objects).ensure()
    scheduler = User("system:kube-scheduler", ("system:authenticated",))
    assert rbac.decide(asks(scheduler, "create", "pods/binding", "ns", "p")).allowed
    assert not rbac.decide(asks(scheduler, "get", "secrets", "ns", "s")).allowed
    anonymous = User("system:anonymous", ("system:unauthenticated",))
    assert rbac.decide(asks(anonymous, "get", "/version")).allowed
    assert not rbac.decide(asks(anonymous, "get", "/apis")).allowed
    gc = User("system:serviceaccount:kube-system:generic-garbage-collector", ("system:serviceaccounts",))
    assert rbac.decide(asks(gc, "delete", "widgets.example.com", "ns", "w")).allowed


def test_notation_refuses_what_is_no_rule():
    with pytest.raises(ValueError, match="not a rule"):
        rule("get pods")


async def test_a_first_object_that_cannot_be_read_keeps_no_server_from_starting(capsys):
    class Unreadable(MemoryObjects):
        async def create(self, obj):
            if obj.metadata.name == "admin":
                raise conflict("", obj.kind, "admin", "exists already")
            return await super().create(obj)

    objects = Unreadable()
    await BootstrapPolicy(objects, objects).ensure()
    assert objects.get(ClusterRole, "admin") is None and objects.get(ClusterRole, "edit") is not None
    told = capsys.readouterr()
    assert "cannot be read or changed" in told.out + told.err
