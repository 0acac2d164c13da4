"""`apply`: make the server's objects what the files say, by client-side three-way merge or on the server."""

from __future__ import annotations

import json
from typing import Any

import click

from cli import flags, pruning, targets
from cli.applying import LAST_APPLIED, annotated
from cli.errors import CommandError, told
from cli.session import Session
from cli.session import command as make
from cli.targets import Target
from cli.telling import tell
from minik8s.client.errors import ApiError, Conflict, NotFound

MANAGER = "kubectl-client-side-apply"
_ATTEMPTS = 5
_CONFLICT_HELP = """
Please review the fields above--they currently have other managers. Here
are the ways you can resolve this warning:
* If you intend to manage all of these fields, please re-run the apply
  command with the `--force-conflicts` flag.
* If you do not intend to manage all of the fields, please edit your
  manifest to remove references to the fields that should keep their
  current managers.
* You may co-own fields by updating your manifest to match the existing
  value; in this case, you'll become the manager if the other manager(s)
  stop managing the field (remove it from their configuration).
See https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts"""


@make("apply")
@flags.files
@click.option("--server-side", is_flag=True, help="let the server merge, with field ownership")
@click.option("--force-conflicts", is_flag=True, help="take over fields others own (with --server-side)")
@click.option("--force", is_flag=True, help="delete and create again what cannot be changed")
@click.option("--overwrite/--no-overwrite", default=True, hidden=True)
@click.option("--prune", is_flag=True, help="delete what was applied before with the same labels and is in no file now")
@click.option("--prune-allowlist", multiple=True, help="GROUP/VERSION/KIND that --prune may delete (core for group v1)")
@flags.selector
@flags.everything
@click.option("--cascade", default="background", show_default=True, help="how --prune and --force delete")
@click.option("--grace-period", type=int, default=-1, help="seconds to end gracefully, for --force and --prune")
@click.option("--wait", is_flag=True, hidden=True)
@flags.field_manager("")
@flags.validate
@flags.dry_run
@flags.output
async def command(session: Session, files: tuple[str, ...], **given: Any) -> int:
    """Apply a configuration to resources by file name or standard input."""
    _check(files, given)
    code = 0
    applied: list[Target] = []
    for served, namespace, manifest in await targets.of_files(session, files, given["recursive"], given["selector"]):
        meta = manifest.obj["metadata"]
        name = str(meta.get("name") or "")
        if not name:
            raise CommandError(
                f"error: from {meta['generateName']}: cannot use generate name with apply"
                if meta.get("generateName")
                else f'error: error when retrieving current configuration of "{manifest.source}": '
                "resource name may not be empty"
            )
        if namespace:
            meta["namespace"] = namespace
        target = Target(served, namespace, name, manifest.obj, manifest.source)
        try:
            result, verb = await (_on_server if given["server_side"] else _here)(session, target, given)
        except _Refused as refused:
            session.warn(str(refused))
            code = 1
            continue
        applied.append(Target(served, namespace, name, result, manifest.source))
        tell(target, result, verb, given)
    if given["prune"] and not code:
        await pruning.prune(session, applied, given)
    return code


class _Refused(Exception):
    """The server refused one of the objects; the others go on."""


def _check(files: tuple[str, ...], given: dict[str, Any]) -> None:
    if not files:
        raise CommandError("error: must specify one of -f and -k")
    if given["force_conflicts"] and not given["server_side"]:
        raise CommandError("error: --force-conflicts only works with --server-side")
    if given["server_side"] and given["dry_run"] == "client":
        raise CommandError(
            "error: --dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)"
        )
    if given["server_side"] and given["force"]:
        raise CommandError("error: --force cannot be used with --server-side")
    if given["prune"] and given["everything"] and given["selector"]:
        raise CommandError("error: cannot set --all and --selector at the same time")
    if given["prune"] and not given["selector"] and not given["everything"]:
        raise CommandError(
            "error: all resources selected for prune without explicitly passing --all. To prune all resources, "
            "pass the --all flag. If you did not mean to prune all resources, specify a label selector"
        )


def _query(given: dict[str, Any]) -> dict[str, Any]:
    return {"dry_run": given["dry_run"] == "server", "field_validation": given["validate"]}


async def _on_server(session: Session, target: Target, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    manager = given["field_manager"] or "kubectl"

    async def once() -> dict[str, Any]:
        return await session.client.patch(
            target.served.resource,
            target.name,
            target.obj,
            target.namespace,
            "apply",
            field_manager=manager,
            force=given["force_conflicts"],
            **_query(given),
        )

    try:
        result = await once()
        if given["dry_run"] == "none" and (patch := _taken_over(result, manager)):
            # What client-side apply owned passes to the server-side owner; fields dropped since then go with it.
            await session.client.patch(target.served.resource, target.name, patch, target.namespace, "json")
            result = await once()
    except Conflict as error:
        raise _Refused(f"error: {error.message}{_CONFLICT_HELP}") from None
    except ApiError as error:
        raise _Refused(told(error)) from None
    return result, "serverside-applied"


def _taken_over(obj: dict[str, Any], manager: str) -> list[dict[str, Any]]:
    """The JSON patch that hands the fields of client-side apply to the server-side `manager`; [] when it owns none."""
    entries = obj["metadata"].get("managedFields") or []
    old = [
        e for e in entries if e.get("manager") == MANAGER and e.get("operation") == "Update" and "subresource" not in e
    ]
    if not old:
        return []
    kept = []
    for entry in entries:
        if entry in old:
            continue
        if entry.get("manager") == manager and entry.get("operation") == "Apply":
            fields = entry.get("fieldsV1") or {}
            for each in old:
                fields = _union(fields, each.get("fieldsV1") or {})
            entry = entry | {"fieldsV1": fields}
        kept.append(entry)
    return [
        {"op": "replace", "path": "/metadata/managedFields", "value": kept},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": obj["metadata"]["resourceVersion"]},
    ]


def _union(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for key, value in other.items():
        found[key] = _union(found[key], value) if key in found else value
    return found


async def _here(session: Session, target: Target, given: dict[str, Any]) -> tuple[dict[str, Any], str]:
    from minik8s.api import scheme
    from minik8s.machinery.patches import PatchError
    from minik8s.machinery.patches.three_way import three_way

    client, resource = session.client, target.served.resource
    manager = given["field_manager"] or MANAGER
    wanted = annotated(target.obj)
    known = scheme.resource_for_kind(resource.group_version, resource.kind)
    cls = scheme.type_of(known) if known is not None else None
    for _ in range(_ATTEMPTS):
        try:
            current = await client.get(resource, target.name, target.namespace)
        except NotFound:
            return await _created(session, target, wanted, given, manager), "created"
        except ApiError as error:
            doing = (
                f'error when retrieving current configuration of:\nResource: "{resource.group_version}, '
                f'Resource={resource.plural}", GroupVersionKind: "{resource.group_version}, '
                f'Kind={resource.kind}"\nName: '
                f'"{target.name}", Namespace: "{target.namespace}"\nfrom server for: "{target.source}"'
            )
            raise _Refused(told(error, doing=doing)) from None
        before = (current.get("metadata", {}).get("annotations") or {}).get(LAST_APPLIED, "")
        if not before:
            session.warn(
                f"Warning: resource {resource.plural}/{target.name} is missing the {LAST_APPLIED} annotation which is "
                "required by minik8s apply. minik8s apply should only be used on resources created declaratively by "
                "either minik8s create --save-config or minik8s apply. The missing annotation will be patched "
                "automatically."
            )
        try:
            patch = three_way(_document(before), wanted, current, cls)
        except (PatchError, TypeError, AttributeError) as error:
            raise _Refused(f"error: cannot compare {target.told} with what the server has: {error}") from None
        if not patch:
            return current, "unchanged"
        if given["dry_run"] == "client":
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
        except ApiError as error:
            if given["force"]:
                return await _anew(session, target, wanted, given, manager), "configured"
            raise _Refused(told(error, doing=_patching(target, patch))) from None
        return result, "configured"
    raise CommandError(f"error: {target.told} keeps changing; try again")


def _patching(target: Target, patch: dict[str, Any]) -> str:
    resource = target.served.resource
    return (
        f"error when applying patch:\n{json.dumps(patch, separators=(',', ':'))}\nto:\nResource: "
        f'"{resource.group_version}, Resource={resource.plural}", GroupVersionKind: "{resource.group_version}, '
        f'Kind={resource.kind}"\nName: "{target.name}", Namespace: "{target.namespace}"\nfor: "{target.source}": error '
        f'when patching "{target.source}"'
    )


async def _created(
    session: Session, target: Target, wanted: dict[str, Any], given: dict[str, Any], manager: str
) -> dict[str, Any]:
    if given["dry_run"] == "client":
        return wanted
    try:
        return await session.client.create(wanted, field_manager=manager, **_query(given))
    except ApiError as error:
        raise _Refused(told(error, doing=f'error when creating "{target.source}"')) from None


async def _anew(
    session: Session, target: Target, wanted: dict[str, Any], given: dict[str, Any], manager: str
) -> dict[str, Any]:
    """Delete and create again (`--force`)."""
    from cli.waiting import gone

    grace = given["grace_period"] if given["grace_period"] >= 0 else None
    if given["dry_run"] == "none":
        await session.client.delete(
            target.served.resource,
            target.name,
            target.namespace,
            grace_period_seconds=grace,
            propagation_policy=given["cascade"].capitalize(),
        )
        await gone(session, Target(target.served, target.namespace, target.name, {}))
    return await _created(session, target, wanted, given, manager)


def _document(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}
