"""`apply`: make the server's objects what the files say, by client-side three-way merge or on the server."""

from __future__ import annotations

import json
from typing import Any

import click

from cli import targets
from cli.errors import CommandError
from cli.output import printer
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from minik8s.api import scheme
from minik8s.client.errors import ApiError, Conflict, NotFound
from minik8s.machinery.patches.three_way import three_way

LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
MANAGER = "kubectl-client-side-apply"
_ATTEMPTS = 5


@make("apply")
@click.option("-f", "--filename", "files", multiple=True, help="files, folders, URLs, or - for standard input")
@click.option("-R", "--recursive", is_flag=True, help="folders with what is inside them")
@click.option("-o", "--output", default="", help=printer.FORMATS)
@click.option("--server-side", is_flag=True, help="let the server merge, with field ownership")
@click.option("--force-conflicts", is_flag=True, help="take over fields others own (with --server-side)")
@click.option("--field-manager", default="", help="name of the owner of the fields")
@click.option("--dry-run", default="none", is_flag=False, flag_value="unchanged", help="none, client or server")
@click.option("--validate", default="strict", is_flag=False, flag_value="strict", help="strict, warn or ignore")
@click.option("--prune", is_flag=True, help="delete what was applied before with the same labels and is in no file now")
@click.option("-l", "--selector", default="", help="labels of what --prune may delete")
async def command(session: Session, files: tuple[str, ...], **given: Any) -> int:
    """Apply a configuration to resources by file name or standard input."""
    if not files:
        raise CommandError("error: must specify one of -f and -k")
    if given["prune"] and not given["selector"]:
        raise CommandError("error: all resources selected for prune without explicitly passing --all")
    code = 0
    applied: list[Target] = []
    for served, namespace, manifest in await targets.of_files(session, files, given["recursive"]):
        meta = manifest.obj["metadata"]
        name = str(meta.get("name") or "")
        if not name:
            raise CommandError(
                "error: cannot use generate name with apply"
                if meta.get("generateName")
                else f'error: error when retrieving current configuration of "{manifest.source}": '
                "resource name may not be empty"
            )
        if namespace:
            meta["namespace"] = namespace
        target = Target(served, namespace, name, manifest.obj, manifest.source)
        try:
            result, verb = await (_on_server if given["server_side"] else _here)(session, target, given)
        except ApiError as error:
            code = 1
            session.warn(
                f'Error from server ({error.reason}): error when applying "{target.source}": {error.message}'
                if error.reason
                else f'error when applying "{target.source}": {error.message}'
            )
            continue
        applied.append(Target(served, namespace, name, result, manifest.source))
        if given["output"]:
            print(printer.shown(result, given["output"]), end="")
        else:
            print(f"{target.told} {verb}{_note(given)}")
    if given["prune"] and not code:
        await _prune(session, applied, given)
    return code


def _note(given: dict[str, Any]) -> str:
    dry = given["dry_run"]
    return "" if dry == "none" else " (dry run)" if dry in ("client", "unchanged") else " (server dry run)"


def _query(given: dict[str, Any]) -> dict[str, Any]:
    level = {"true": "Strict", "strict": "Strict", "warn": "Warn", "false": "Ignore", "ignore": "Ignore"}
    wanted = level.get(given["validate"].lower())
    if wanted is None:
        raise CommandError(
            f'error: invalid - validate option "{given["validate"]}"; must be one of: strict, warn, ignore'
        )
    return {"dry_run": given["dry_run"] == "server", "field_validation": wanted}


async def _on_server(session: Session, target: Target, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    result = await session.client.patch(
        target.served.resource,
        target.name,
        target.obj,
        target.namespace,
        "apply",
        field_manager=given["field_manager"] or "kubectl",
        force=given["force_conflicts"],
        **_query(given),
    )
    return result, "serverside-applied"


def annotated(obj: dict[str, Any]) -> dict[str, Any]:
    """The object with itself, as JSON, in the annotation that the next apply compares with."""
    bare = json.loads(json.dumps(obj))
    bare.get("metadata", {}).get("annotations", {}).pop(LAST_APPLIED, None)
    if not bare["metadata"].get("annotations"):
        bare["metadata"]["annotations"] = {}
    text = json.dumps(bare, separators=(",", ":"), sort_keys=True, ensure_ascii=False) + "\n"
    bare["metadata"]["annotations"][LAST_APPLIED] = text
    return dict(bare)


async def _here(session: Session, target: Target, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    client, resource = session.client, target.served.resource
    manager = given["field_manager"] or MANAGER
    wanted = annotated(target.obj)
    for _ in range(_ATTEMPTS):
        try:
            current = await client.get(resource, target.name, target.namespace)
        except NotFound:
            if given["dry_run"] in ("client", "unchanged"):
                return wanted, "created"
            return await client.create(wanted, field_manager=manager, **_query(given)), "created"
        before = (current.get("metadata", {}).get("annotations") or {}).get(LAST_APPLIED, "")
        if not before:
            session.warn(
                f"Warning: resource {target.told.replace('/', 's/', 1)} is missing the {LAST_APPLIED} annotation which "
                "is required by apply. It will be patched automatically."
            )
        known = scheme.resource_for_kind(resource.group_version, resource.kind)
        cls = scheme.type_of(known) if known is not None else None
        patch = three_way(_document(before), wanted, current, cls)
        if not patch:
            return current, "unchanged"
        if given["dry_run"] in ("client", "unchanged"):
            return current, "configured"
        if not before:
            patch.setdefault("metadata", {})["resourceVersion"] = current["metadata"]["resourceVersion"]
        kind = "strategic" if cls is not None else "merge"
        try:
            result = await client.patch(
                resource, target.name, patch, target.namespace, kind, field_manager=manager, **_query(given)
            )
        except Conflict:
            continue
        same = result["metadata"]["resourceVersion"] == current["metadata"]["resourceVersion"]
        return result, "unchanged" if same else "configured"
    raise CommandError(f"error: {target.told} keeps changing; try again")


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


_PRUNED = (
    "configmaps endpoints namespaces persistentvolumeclaims persistentvolumes pods replicationcontrollers secrets "
    "services jobs.batch cronjobs.batch ingresses.networking.k8s.io daemonsets.apps deployments.apps replicasets.apps "
    "statefulsets.apps"
).split()


async def _prune(session: Session, applied: list[Target], given: dict[str, Any]) -> None:
    kept = {(target.served.full_name, target.namespace, target.name) for target in applied}
    namespaces = {target.namespace for target in applied if target.namespace} or {session.namespace}
    for full_name in _PRUNED:
        served = await session.mapper.find(full_name)
        for namespace in namespaces if served.resource.namespaced else [""]:
            listed = await session.client.list(served.resource, namespace, label_selector=given["selector"])
            for held in listed.items:
                meta = held["metadata"]
                mine = LAST_APPLIED in (meta.get("annotations") or {})
                if not mine or (full_name, meta.get("namespace", ""), meta["name"]) in kept:
                    continue
                gone = Target(served, meta.get("namespace", ""), meta["name"], held)
                if given["dry_run"] == "none":
                    await session.client.delete(
                        served.resource, gone.name, gone.namespace, propagation_policy="Background"
                    )
                print(f"{gone.told} pruned{_note(given)}")
