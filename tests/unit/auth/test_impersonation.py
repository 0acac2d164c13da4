from __future__ import annotations

import pytest

from apiserver.auth.authorization.rbac import RBACAuthorizer
from apiserver.auth.authorization.union import UnionAuthorizer
from apiserver.auth.bootstrap.notation import rules
from apiserver.auth.errors import StatusError
from apiserver.auth.impersonation import Impersonation, requested
from apiserver.auth.protocols import Attributes, User
from minik8s.api.meta_v1 import ObjectMeta
from minik8s.api.rbac_v1 import ClusterRole, ClusterRoleBinding, RoleRef, Subject

BOB = User("bob", ("system:authenticated",))


def headers(**values: str | list[str]) -> list[tuple[bytes, bytes]]:
    found = []
    for key, value in values.items():
        for one in value if isinstance(value, list) else [value]:
            found.append((b"impersonate-" + key.replace("_", "-").encode(), one.encode()))
    return found


def grant(objects, *lines: str) -> None:
    objects.put(ClusterRole(metadata=ObjectMeta(name="r"), rules=rules(lines)))
    objects.put(
        ClusterRoleBinding(
            metadata=ObjectMeta(name="b"),
            role_ref=RoleRef(kind="ClusterRole", name="r"),
            subjects=[Subject(kind="User", name="bob")],
        )
    )


@pytest.fixture
def impersonation(objects) -> Impersonation:
    return Impersonation(UnionAuthorizer([RBACAuthorizer(objects)]))


def asks(user: User = BOB) -> Attributes:
    return Attributes(user, "get", "refdata", "", "v1", "pods", "", "pod")


def test_nothing_asked():
    assert requested([(b"accept", b"x")]) is None


def test_all_headers():
    wanted = requested(headers(user="alice", group=["a", "b"], uid="7", extra_acme="view"))
    assert wanted == User("alice", ("a", "b"), "7", {"acme": ("view",)})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"group": "g"}, 'Groups:[]string{"g"}, Extra:map[string][]string(nil)'),
        ({"extra_a": "b"}, 'Groups:[]string(nil), Extra:map[string][]string{"a":[]string{"b"}}'),
    ],
)
def test_no_user_named(given, told):
    with pytest.raises(StatusError) as caught:
        requested(headers(**given))
    assert caught.value.code == 400
    assert caught.value.status.message == (
        f'requested &user.DefaultInfo{{Name:"", UID:"", {told}}} without impersonating a user name'
    )


@pytest.mark.parametrize(
    ("wanted", "mode"),
    [
        (User("alice"), "user-info"),
        (User("bob", ("g",)), "user-info"),
        (User("system:serviceaccount:refdata:default"), "serviceaccount"),
        (User("system:node:n1"), "arbitrary-node"),
    ],
)
async def test_refusals_name_the_mode(impersonation, wanted, mode):
    with pytest.raises(StatusError) as caught:
        await impersonation.resolve(wanted, asks())
    assert caught.value.status.message == (
        f'pods "pod" is forbidden: User "bob" cannot impersonate-on:{mode}:get resource "pods" '
        'in API group "" in the namespace "refdata"'
    )


async def test_the_old_way(impersonation, objects):
    grant(
        objects,
        "impersonate core: users = alice",
        "impersonate core: groups = devs",
        "impersonate authentication.k8s.io: userextras/scopes uids",
    )
    found = await impersonation.resolve(User("alice"), asks())
    assert found.user.groups == ("system:authenticated",)
    assert found.constraint == ""
    full = User("alice", ("devs",), "7", {"scopes": ("view",)})
    assert (await impersonation.resolve(full, asks())).user == User(
        "alice", ("devs", "system:authenticated"), "7", {"scopes": ("view",)}
    )
    for wanted in (User("carol"), User("alice", ("ops",)), User("alice", extra={"other": ("x",)})):
        with pytest.raises(StatusError):
            await impersonation.resolve(wanted, asks())


async def test_service_accounts_have_fixed_groups(impersonation, objects):
    grant(objects, "impersonate core: serviceaccounts")
    found = await impersonation.resolve(User("system:serviceaccount:ns:robot"), asks())
    assert found.user.groups == ("system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated")


async def test_the_constrained_way(impersonation, objects):
    grant(
        objects,
        "impersonate:user-info authentication.k8s.io: users = alice",
        "impersonate-on:user-info:get core: pods",
    )
    found = await impersonation.resolve(User("alice"), asks())
    assert found.constraint == "impersonate:user-info"
    other = Attributes(BOB, "delete", "refdata", "", "v1", "pods", "", "pod")
    with pytest.raises(StatusError):
        await impersonation.resolve(User("alice"), other)
    with pytest.raises(StatusError):
        await impersonation.resolve(User("alice", ("system:masters",)), asks())


async def test_masters_are_not_limited(impersonation):
    admin = User("admin", ("system:masters",))
    found = await impersonation.resolve(User("system:anonymous"), asks(admin))
    assert found.user.groups == ("system:unauthenticated",)


async def test_the_way_a_user_last_succeeded_is_tried_first_and_its_refusal_told(objects, impersonation):
    grant(objects, "impersonate core: users = alice")
    with pytest.raises(StatusError) as refused:
        await impersonation.resolve(User("carol"), asks())
    assert "impersonate-on:user-info:get" in refused.value.status.message
    assert (await impersonation.resolve(User("alice"), asks())).user.name == "alice"
    with pytest.raises(StatusError) as refused:
        await impersonation.resolve(User("carol"), asks())
    assert refused.value.status.message.startswith('users "carol" is forbidden: User "bob" cannot impersonate resource')


@pytest.mark.parametrize("name", ["a b", "A", "", "a:b"])
async def test_what_no_service_account_may_be_called_is_an_ordinary_user(objects, impersonation, name: str):
    with pytest.raises(StatusError) as refused:
        await impersonation.resolve(User(f"system:serviceaccount:d:{name}"), asks())
    assert "impersonate-on:user-info:get" in refused.value.status.message
