"""Who may do what: Roles, bindings, ServiceAccounts and their tokens."""

from __future__ import annotations

from typing import Any

import click

from cli import flags
from cli.errors import CommandError
from cli.making import NAME, Object, generator, make_object, pairs
from cli.session import Session
from cli.session import command as make

_RBAC = "rbac.authorization.k8s.io"
_VERBS = click.option("--verb", "verbs", multiple=True, help="get, list, … or *")
_RESOURCES = click.option("--resource", "resources", multiple=True, help="pods, deployments.apps, pods/log")
_NAMES = click.option("--resource-name", "resource_names", multiple=True, help="only objects of this name")


def split(words: tuple[str, ...]) -> list[str]:
    """Words that may be lists, each once."""
    return list(dict.fromkeys(each for word in words for each in word.split(",") if each))


async def _rules(session: Session, given: dict[str, Any]) -> list[Object]:
    verbs, names = split(given["verbs"]), split(given["resource_names"])
    if "*" in verbs:
        verbs = ["*"]
    if not verbs:
        raise CommandError("error: at least one verb must be specified")
    wanted, paths = split(given["resources"]), split(given.get("non_resource_urls", ()))
    if not wanted and not paths:
        where = "at least one resource or nonResourceURL must be specified" if "non_resource_urls" in given else ""
        raise CommandError(f"error: {where or 'at least one resource must be specified'}")
    groups: dict[str, list[str]] = {}
    for word in wanted:
        kind, slash, part = word.partition("/")
        group, plural = "", kind
        if kind == "*":
            group = "*"
        else:
            resource = (await session.mapper.find(kind)).resource
            group, plural = resource.group, resource.plural
        groups.setdefault(group, []).append(plural + slash + part)
    rules: list[Object] = []
    for group, resources in groups.items():
        rule: Object = {"apiGroups": [group], "resources": resources}
        if names:
            rule["resourceNames"] = names
        rules.append(rule | {"verbs": verbs})
    if paths:
        rules.append({"nonResourceURLs": paths, "verbs": verbs})
    return rules


def _role(kind: str, *options: Any) -> click.Command:
    async def work(session: Session, name: str, **given: Any) -> int:
        obj: Object = {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": {"name": name}}
        aggregate = given.pop("aggregation_rule", "")
        if aggregate:
            selector = {"matchLabels": pairs(aggregate.split(","))}
            obj |= {"aggregationRule": {"clusterRoleSelectors": [selector]}, "rules": []}
        else:
            obj["rules"] = await _rules(session, given)
        await make_object(session, obj, given)
        return 0

    work.__doc__ = f"Create a {kind}."
    every = (
        NAME,
        _VERBS,
        _RESOURCES,
        _NAMES,
        *options,
        flags.field_manager("kubectl-create"),
        flags.validate,
        flags.dry_run,
        flags.output,
    )
    for option in reversed(every):
        work = option(work)
    return make(kind.lower())(work)


role = _role("Role")
clusterrole = _role(
    "ClusterRole",
    click.option("--non-resource-url", "non_resource_urls", multiple=True, help="/healthz, /metrics …"),
    click.option("--aggregation-rule", default="", help="labels of the ClusterRoles that make it up"),
)

_SUBJECTS = (
    click.option("--clusterrole", default="", help="the ClusterRole"),
    click.option("--user", "users", multiple=True, help="a user"),
    click.option("--group", "groups", multiple=True, help="a group"),
    click.option("--serviceaccount", "accounts", multiple=True, help="NAMESPACE:NAME"),
)


def _binding(kind: str, given: dict[str, Any]) -> Object:
    roles = [("ClusterRole", given["clusterrole"]), ("Role", given.get("role", ""))]
    chosen = [(k, name) for k, name in roles if name]
    if len(chosen) != 1:
        raise CommandError(
            "error: exactly one of clusterrole or role must be specified"
            if "role" in given
            else 'error: required flag(s) "clusterrole" not set'
        )
    subjects: list[Object] = []
    for what, key in (("User", "users"), ("Group", "groups")):
        subjects += [{"apiGroup": _RBAC, "kind": what, "name": name} for name in split(given[key])]
    for each in split(given["accounts"]):
        namespace, colon, name = each.partition(":")
        if not colon or not namespace or not name:
            raise CommandError("error: serviceaccount must be <namespace>:<name>")
        subjects.append({"kind": "ServiceAccount", "name": name, "namespace": namespace})
    obj: Object = {"apiVersion": f"{_RBAC}/v1", "kind": kind, "metadata": {"name": given["name"]}}
    obj["roleRef"] = {"apiGroup": _RBAC, "kind": chosen[0][0], "name": chosen[0][1]}
    return obj | ({"subjects": subjects} if subjects else {})


# The flag `--user` of the subjects stands in the place of the one that picks a kubeconfig's user.
@generator("rolebinding", NAME, *_SUBJECTS, click.option("--role", default="", help="the Role"))
def rolebinding(given: dict[str, Any]) -> Object:
    """Create a RoleBinding."""
    return _binding("RoleBinding", given)


@generator("clusterrolebinding", NAME, *_SUBJECTS)
def clusterrolebinding(given: dict[str, Any]) -> Object:
    """Create a ClusterRoleBinding."""
    return _binding("ClusterRoleBinding", given)


@generator("serviceaccount", NAME)
def serviceaccount(given: dict[str, Any]) -> Object:
    """Create a ServiceAccount."""
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": given["name"]}}


@make("token")
@NAME
@click.option("--audience", "audiences", multiple=True, help="who shall accept it")
@click.option("--duration", default="0s", help="how long it is valid")
@click.option("--bound-object-kind", default="", help="Pod, Secret or Node it dies with")
@click.option("--bound-object-name", default="")
@click.option("--bound-object-uid", default="")
@click.option("-o", "--output", default="", help="json or yaml: the whole request")
async def token(session: Session, name: str, **given: Any) -> int:
    """Have a token for a ServiceAccount."""
    from cli.output import printer

    spec: Object = {"audiences": list(given["audiences"])} if given["audiences"] else {}
    if seconds := flags.duration(given["duration"], "--duration"):
        if seconds < 0:
            raise CommandError("error: --duration must be greater than or equal to 0")
        spec["expirationSeconds"] = int(seconds)
    if kind := given["bound_object_kind"]:
        if kind not in ("Pod", "Secret", "Node"):
            raise CommandError("error: supported --bound-object-kind values are Node, Pod, Secret")
        if not given["bound_object_name"]:
            raise CommandError("error: --bound-object-name is required if --bound-object-kind is provided")
        spec["boundObjectRef"] = {"apiVersion": "v1", "kind": kind, "name": given["bound_object_name"]}
        if given["bound_object_uid"]:
            spec["boundObjectRef"]["uid"] = given["bound_object_uid"]
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "metadata": {}, "spec": spec}
    path = f"/api/v1/namespaces/{session.namespace}/serviceaccounts/{name}/token"
    answer = (await session.client.request("POST", path, body=body)).json()
    print(printer.shown(answer, given["output"]), end="") if given["output"] else print(answer["status"]["token"])
    return 0


COMMANDS = (role, clusterrole, rolebinding, clusterrolebinding, serviceaccount, token)
