"""`auth`: who I am and what I may do; RBAC objects brought to what a file says."""

from __future__ import annotations

from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.output import printer
from cli.output.tables import columns
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from minik8s.client.errors import NotFound

_AUTHORIZATION = "/apis/authorization.k8s.io/v1"
Rule = dict[str, Any]


@click.group("auth", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Tell who I am and what I may do."""


@make("whoami")
@flags.output
async def _whoami(session: Session, **given: Any) -> int:
    """Tell who the server takes me for."""
    body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview", "metadata": {}}
    path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
    answer = (await session.client.request("POST", path, body=body)).json()
    if given["output"]:
        print(printer.shown(answer, given["output"]), end="")
        return 0
    user = answer["status"]["userInfo"]
    rows = [["ATTRIBUTE", "VALUE"]]
    rows += [[label, user[key]] for label, key in (("Username", "username"), ("UID", "uid")) if user.get(key)]
    if user.get("groups"):
        rows.append(["Groups", f"[{' '.join(user['groups'])}]"])
    rows += [[f"Extra: {key}", f"[{' '.join(values)}]"] for key, values in sorted((user.get("extra") or {}).items())]
    print("\n".join(columns(rows)))
    return 0


@make("can-i")
@click.argument("words", nargs=-1, metavar="VERB TYPE[/NAME] | VERB /PATH")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
@click.option("--list", "listed", is_flag=True, help="everything I may do in the namespace")
@click.option("-q", "--quiet", is_flag=True, help="only the exit code")
@click.option("--subresource", default="", help="log, scale …")
@click.option("--no-headers", is_flag=True, help="with --list: without head")
async def _can_i(session: Session, words: tuple[str, ...], **given: Any) -> int:
    """Tell whether I may do something; the exit code is 1 when not."""
    if given["listed"]:
        if words:
            raise CommandError("error: list option must be specified with no arguments")
        return await _list(session, not given["no_headers"])
    if len(words) not in (2, 3):
        raise CommandError(
            "error: you must specify two arguments: verb resource or verb resource/resourceName.\n"
            "See 'minik8s auth can-i -h' for help and examples."
        )
    verb, what = words[0], words[1]
    spec: dict[str, Any]
    if what.startswith("/"):
        spec = {"nonResourceAttributes": {"verb": verb, "path": what}}
    else:
        spec = {"resourceAttributes": await _attributes(session, verb, what, words[2:], given)}
    body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview", "metadata": {}, "spec": spec}
    path = f"{_AUTHORIZATION}/selfsubjectaccessreviews"
    status = (await session.client.request("POST", path, body=body)).json().get("status") or {}
    allowed = bool(status.get("allowed"))
    if not given["quiet"]:
        reason = f" - {status['reason']}" if status.get("reason") and not allowed else ""
        broken = f" - {status['evaluationError']}" if status.get("evaluationError") else ""
        print(f"{'yes' if allowed else 'no'}{reason}{broken}")
    return 0 if allowed else 1


async def _attributes(
    session: Session, verb: str, what: str, rest: tuple[str, ...], given: dict[str, Any]
) -> dict[str, str]:
    kind, _, name = what.partition("/")
    name = name or (rest[0] if rest else "")
    group = ""
    try:
        served = await session.mapper.find(kind)
    except CommandError:
        if kind != "*":
            session.warn(f"Warning: the server doesn't have a resource type '{kind}'\n")
        plural, namespaced = kind, True
    else:
        plural, group, namespaced = served.resource.plural, served.resource.group, served.resource.namespaced
        if not namespaced and not given["all_namespaces"]:
            scope = f" in group '{group}'" if group else ""
            session.warn(f"Warning: resource '{plural}' is not namespace scoped{scope}\n")
    found = {"verb": verb, "group": group, "resource": plural, "name": name, "subresource": given["subresource"]}
    if not given["all_namespaces"]:
        found["namespace"] = session.namespace
    return {key: value for key, value in found.items() if value}


async def _list(session: Session, headers: bool) -> int:
    body = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SelfSubjectRulesReview",
        "metadata": {},
        "spec": {"namespace": session.namespace},
    }
    path = f"{_AUTHORIZATION}/selfsubjectrulesreviews"
    status = (await session.client.request("POST", path, body=body)).json()["status"]
    if status.get("incomplete"):
        session.warn(f"warning: the list may be incomplete: {status.get('evaluationError', '')}")
    rows = []
    for rule in status.get("resourceRules") or ():
        for group in rule.get("apiGroups") or [""]:
            for resource in rule.get("resources") or ():
                kind, slash, part = resource.partition("/")
                name = (f"{kind}.{group}" if group else kind) + slash + part
                rows.append([name, "[]", _words(rule.get("resourceNames")), _words(rule["verbs"])])
    rows += [["", _words(rule.get("nonResourceURLs")), "[]", _words(rule["verbs"])] for rule in _others(status)]
    head = [["Resources", "Non-Resource URLs", "Resource Names", "Verbs"]] if headers else []
    print("\n".join(columns(head + rows)))
    return 0


def _others(status: dict[str, Any]) -> list[Rule]:
    found: list[Rule] = []
    for rule in status.get("nonResourceRules") or ():
        found += [rule | {"nonResourceURLs": [url]} for url in rule.get("nonResourceURLs") or ()]
    return found


def _words(values: list[str] | None) -> str:
    return f"[{' '.join(values or ())}]"


@make("reconcile")
@flags.files
@click.option("--remove-extra-permissions", is_flag=True, help="take rules away that the file does not have")
@click.option("--remove-extra-subjects", is_flag=True, help="take subjects away that the file does not have")
@flags.dry_run
@flags.output
async def _reconcile(session: Session, files: tuple[str, ...], recursive: bool, **given: Any) -> int:
    """Bring roles and bindings to what a file says; nothing else in it is touched."""
    if not files:
        raise CommandError("error: must specify one of -f and -k")
    for served, namespace, manifest in await targets.of_files(session, files, recursive):
        resource = served.resource
        if resource.group != "rbac.authorization.k8s.io":
            continue
        wanted, name = manifest.obj, str(manifest.obj["metadata"].get("name", ""))
        if namespace:
            wanted["metadata"]["namespace"] = namespace
        held: dict[str, Any] | None
        try:
            held = await session.client.get(resource, name, namespace)
        except NotFound:
            held = None
        result, change = _merged(held, wanted, given)
        if given["dry_run"] != "client" and change:
            server = given["dry_run"] == "server"
            if held is not None and held.get("roleRef") != result.get("roleRef"):
                # What a binding binds to cannot be changed: it is made anew.
                if not server:
                    await session.client.delete(resource, name, namespace)
                    result["metadata"].pop("resourceVersion", None)
                    result["metadata"].pop("uid", None)
                    held = None
            if held is None:
                result = await session.client.create(result, dry_run=server, field_manager="kubectl-auth")
            else:
                result = await session.client.update(result, dry_run=server, field_manager="kubectl-auth")
        tell(Target(served, namespace, name, result), result, "reconciled" if change else "unchanged", given)
    return 0


def _merged(held: dict[str, Any] | None, wanted: dict[str, Any], given: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    if held is None:
        return wanted, True
    result = dict(held)
    for part, exact in (("rules", "remove_extra_permissions"), ("subjects", "remove_extra_subjects")):
        if part not in wanted and part not in held:
            continue
        mine, theirs = wanted.get(part) or [], held.get(part) or []
        result[part] = mine if given[exact] else [*theirs, *(each for each in mine if each not in theirs)]
    for part in ("roleRef", "aggregationRule"):
        if part in wanted:
            result[part] = wanted[part]
    meta = dict(held["metadata"])
    for part in ("labels", "annotations"):
        if extra := wanted["metadata"].get(part):
            meta[part] = (meta.get(part) or {}) | extra
    result["metadata"] = meta
    return result, result != held


for _each in (_whoami, _can_i, _reconcile):
    command.add_command(_each)
