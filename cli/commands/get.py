"""`get`: show resources, once or as they change."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import click

from cli import flags, targets
from cli.errors import CommandError, told
from cli.output import jsonpath, printer, tables
from cli.session import Session
from cli.session import command as make
from cli.targets import Wanted
from minik8s.client import watch as frames
from minik8s.client.errors import ApiError, BadRequest, ConnectionFailed, Expired, NotFound

if TYPE_CHECKING:
    from minik8s.client.api import ApiClient

_PAGE = 500


class _Asked:
    """The flags of one get."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.output: str = given["output"]
        self.selector: str = given["selector"]
        self.fields: str = given["field_selector"]
        self.all_namespaces: bool = given["all_namespaces"]
        self.headers: bool = not given["no_headers"]
        self.show_labels: bool = given["show_labels"]
        self.label_columns = [column for each in given["label_columns"] for column in each.split(",")]
        self.sort_by: str = given["sort_by"]
        self.show_kind: bool = given["show_kind"]
        self.managed: bool = given["show_managed_fields"]
        self.ignore_missing: bool = given["ignore_not_found"]
        self.subresource: str = given["subresource"]
        self.events: bool = given["output_watch_events"]
        self.template: str = given["template"]
        self.limit: int = given["chunk_size"]

    def params(self, name: str = "") -> dict[str, str]:
        """The query of a list or watch, of one object when named."""
        fields = ",".join(each for each in (self.fields, f"metadata.name={name}" if name else "") if each)
        found = {"labelSelector": self.selector, "fieldSelector": fields, "limit": str(self.limit or "")}
        return {key: value for key, value in found.items() if value}

    @property
    def table(self) -> bool:
        """Whether the server makes the table."""
        return printer.is_table(self.output)


@make("get")
@click.argument("arguments", nargs=-1, metavar="TYPE[.GROUP] [NAME…] | TYPE/NAME…")
@flags.output
@flags.files
@flags.selector
@click.option("--field-selector", default="", help="field selector")
@flags.all_namespaces
@click.option("-w", "--watch", is_flag=True, help="then go on with the changes")
@click.option("--watch-only", is_flag=True, help="only the changes")
@click.option("--no-headers", is_flag=True, help="tables without head")
@click.option("--show-labels", is_flag=True, help="labels as the last column")
@click.option("-L", "--label-columns", multiple=True, help="these labels as columns")
@click.option("--sort-by", default="", help="JSONPath of the value to sort by")
@click.option("--show-kind", is_flag=True, help="the kind before each name")
@click.option("--ignore-not-found", is_flag=True, help="succeed when the object does not exist")
@click.option("--subresource", default="", help="status, scale …: of the named objects")
@click.option("--output-watch-events", is_flag=True, help="with -w: each change with its type")
@click.option("--server-print/--no-server-print", default=True, hidden=True)
@click.option("--chunk-size", type=int, default=_PAGE, show_default=True, help="objects a request; 0 is all at once")
@click.option("--raw", default="", help="a path of the server, as it answers")
async def command(session: Session, arguments: tuple[str, ...], **given: Any) -> int:
    """Show one or many resources."""
    if given["raw"]:
        return await _raw(session, given["raw"])
    printer.check(given["output"])
    asked = _Asked(given)
    if not arguments and not given["files"]:
        raise CommandError(
            'You must specify the type of resource to get. Use "minik8s api-resources" for a complete list of '
            "supported "
            'resources.\n\nerror: Required resource not specified.\nUse "minik8s explain <resource>" for a detailed '
            "description of that resource (e.g. minik8s explain pods).\nSee 'minik8s get -h' for help and examples"
        )
    wanted = await _wanted(session, arguments, given["files"], given["recursive"])
    if asked.selector and any(each.names for each in wanted):
        raise CommandError("error: name cannot be provided when a selector is specified")
    if given["watch"] or given["watch_only"]:
        if len(wanted) != 1 or len(wanted[0].names) > 1:
            raise CommandError("error: you may only specify a single resource type or object to watch")
        return await _watch(session, wanted[0], asked, given["watch_only"])
    try:
        return await (_tables if asked.table else _objects)(session, wanted, asked)
    except BadRequest as error:
        if any(each.names for each in wanted):
            raise
        resource = wanted[0].served.resource
        raise CommandError(
            f'Error from server (BadRequest): Unable to find "{resource.group}/{resource.version}, '
            f'Resource={resource.plural}" that match label selector "{asked.selector}", field selector '
            f'"{asked.fields}": {error.message}'
        ) from None


async def _raw(session: Session, path: str) -> int:
    path, _, query = path.partition("?")
    async for piece in session.client.stream(path, parse_qsl(query), headers={"Accept": "application/json, */*"}):
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
    return 0


async def _wanted(session: Session, arguments: Sequence[str], files: Sequence[str], recursive: bool) -> list[Wanted]:
    if not files:
        return await targets.wanted(session, arguments)
    found = []
    for served, namespace, manifest in await targets.of_files(session, files, recursive):
        if namespace:
            session.namespace = namespace
        found.append(Wanted(served, (str(manifest.obj["metadata"].get("name", "")),)))
    return found


def _path(session: Session, wanted: Wanted, asked: _Asked, name: str = "") -> str:
    if name and asked.all_namespaces and wanted.served.resource.namespaced:
        raise CommandError("error: a resource cannot be retrieved by name across all namespaces")
    where = targets.place(session, wanted.served, asked.all_namespaces)
    return wanted.served.resource.path(where, name, asked.subresource if name else "")


async def _pages(client: ApiClient, path: str, params: dict[str, str], accept: str) -> dict[str, Any]:
    """A whole list, read page by page; rows or items are joined."""
    whole: dict[str, Any] = {}
    token = ""
    while True:
        query = params | ({"continue": token} if token else {})
        page = (await client.request("GET", path, query, headers={"Accept": accept})).json()
        part = "rows" if page.get("kind") == "Table" else "items"
        if not whole:
            whole = page
            whole[part] = whole.get(part) or []
        else:
            whole[part] += page.get(part) or []
        token = page.get("metadata", {}).get("continue", "")
        if not token:
            return whole


async def _answers(
    session: Session, wanted: list[Wanted], asked: _Asked, accept: str
) -> tuple[list[tuple[Wanted, dict[str, Any]]], int]:
    """What the server says of each; not-found objects are told and make the exit code 1."""
    found: list[tuple[Wanted, dict[str, Any]]] = []
    code = 0
    many = len(wanted) > 1
    for each in wanted:
        try:
            if not each.names:
                path = _path(session, each, asked)
                found.append((each, await _pages(session.client, path, asked.params(), accept)))
                continue
        except ApiError as error:
            if not many or error.code not in (403, 404, 405):
                raise
            session.warn(told(error))
            code = 1
        for name in each.names:
            try:
                answer = await session.client.request(
                    "GET", _path(session, each, asked, name), headers={"Accept": accept}
                )
                found.append((each, answer.json()))
            except NotFound as error:
                if asked.ignore_missing:
                    continue
                session.warn(f"Error from server (NotFound): {error.message}")
                code = 1
    return found, code


async def _tables(session: Session, wanted: list[Wanted], asked: _Asked) -> int:
    accept = tables.ACCEPT
    found, code = await _answers(session, wanted, asked, accept)
    groups: dict[str, tuple[Wanted, dict[str, Any]]] = {}
    for each, table in found:
        table = table if table.get("kind") == "Table" else tables.of_objects(table)
        held = groups.get(each.served.full_name)
        if held is None:
            groups[each.served.full_name] = (each, table)
        else:
            held[1]["rows"] = [*(held[1].get("rows") or []), *(table.get("rows") or [])]
    filled = [(each, table) for each, table in groups.values() if table.get("rows")]
    kinds = len({each.served.full_name for each in wanted}) > 1 or asked.show_kind
    for number, (each, table) in enumerate(filled):
        if number:
            print()
        for line in _lines(_writer(each, asked), each, table, asked, kinds):
            print(line)
    if not filled and not code and not asked.ignore_missing:
        namespaced = any(each.served.resource.namespaced for each in wanted) and not asked.all_namespaces
        where = f" in {session.namespace} namespace." if namespaced else ""
        session.warn(f"No resources found{where}")
    return code


def _writer(each: Wanted, asked: _Asked) -> tables.TableWriter:
    lead = ["event"] if asked.events else []
    lead += ["namespace"] if asked.all_namespaces and each.served.resource.namespaced else []
    tail = [column.rpartition("/")[2] for column in asked.label_columns] + (["labels"] if asked.show_labels else [])
    return tables.TableWriter(asked.output == "wide", asked.headers, lead, tail)


def _lines(
    writer: tables.TableWriter, each: Wanted, table: dict[str, Any], asked: _Asked, kinds: bool, event: str = ""
) -> list[str]:
    rows = table.get("rows") or []
    if asked.sort_by:
        rows = table["rows"] = _sorted(rows, asked.sort_by, lambda row: row["object"])
    lead, tail = [], []
    resource = each.served.resource
    for row in rows:
        meta = row["object"].get("metadata", {})
        if kinds:
            name = resource.kind.lower() + (f".{resource.group}" if resource.group else "")
            row["cells"][0] = f"{name}/{row['cells'][0]}"
        before = [event] if asked.events else []
        lead.append([*before, meta.get("namespace", "")] if asked.all_namespaces and resource.namespaced else before)
        labels = meta.get("labels") or {}
        cells = [labels.get(column, "") for column in asked.label_columns]
        if asked.show_labels:
            cells.append(",".join(f"{k}={v}" for k, v in sorted(labels.items())) or "<none>")
        tail.append(cells)
    return writer.lines(table, lead, tail)


def _sorted(items: list[Any], path: str, document: Any) -> list[Any]:
    def value(item: Any) -> tuple[int, Any]:
        try:
            found = jsonpath.find(jsonpath.relaxed(path), document(item))
        except jsonpath.PathError as error:
            raise CommandError(f"error: {error}") from None
        if not found:
            return (0, "")
        return (1, found[0]) if isinstance(found[0], int | float) else (2, str(found[0]))

    return sorted(items, key=value)


async def _objects(session: Session, wanted: list[Wanted], asked: _Asked) -> int:
    found, code = await _answers(session, wanted, asked, "application/json")
    single = len(found) == 1 and len(wanted) == 1 and bool(wanted[0].names)
    if single:
        print(printer.shown(found[0][1], asked.output, asked.managed, asked.template), end="")
        return code
    items: list[dict[str, Any]] = []
    for each, answer in found:
        listed = answer.get("items") if "items" in answer else [answer]
        for item in listed or []:
            head = {"apiVersion": each.served.resource.group_version, "kind": each.served.resource.kind}
            items.append(head | item)
    if code and not items:
        return code
    if asked.sort_by:
        items = _sorted(items, asked.sort_by, lambda item: item)
    document = {"apiVersion": "v1", "items": items, "kind": "List", "metadata": {"resourceVersion": ""}}
    print(printer.shown(document, asked.output, asked.managed, asked.template), end="")
    return code


async def _watch(session: Session, wanted: Wanted, asked: _Asked, only: bool) -> int:
    accept = tables.ACCEPT if asked.table else "application/json"
    name = wanted.names[0] if wanted.names else ""
    path, params = _path(session, wanted, asked), asked.params(name)
    writer = _writer(wanted, asked)
    if name:
        await session.client.request("GET", _path(session, wanted, asked, name))
    listed = await _pages(session.client, path, params, accept)
    if asked.table and listed.get("kind") != "Table":
        listed = tables.of_objects(listed)
    if not only:
        if asked.table:
            for line in _lines(writer, wanted, listed, asked, asked.show_kind, "ADDED"):
                print(line, flush=True)
        else:
            for item in listed["items"] or ():
                _show(writer, wanted, asked, item, "ADDED")
    version = listed["metadata"]["resourceVersion"]
    params.pop("limit", None)
    while True:
        query = params | {"watch": "true", "resourceVersion": version, "allowWatchBookmarks": "true"}
        stream = session.client.stream(path, query, headers={"Accept": accept})
        try:
            async for frame in frames.lines(stream):
                event = json.loads(frame)
                obj = event["object"]
                if event["type"] == "ERROR":
                    raise Expired(obj.get("message", "the watch ended"))
                subject = (obj["rows"][0]["object"] if obj.get("rows") else {}) if obj.get("kind") == "Table" else obj
                version = (subject.get("metadata") or obj.get("metadata") or {}).get("resourceVersion") or version
                if event["type"] != "BOOKMARK":
                    _show(writer, wanted, asked, obj, event["type"])
        except ConnectionFailed as error:
            # The stream may break; whether the server is there shows in the next request.
            session.warn(f"warning: the watch broke and begins again: {error}")
            await session.client.request("GET", "/version")


def _show(writer: tables.TableWriter, wanted: Wanted, asked: _Asked, obj: dict[str, Any], kind: str) -> None:
    if asked.table:
        obj = obj if obj.get("kind") == "Table" else tables.of_objects(obj)
        for line in _lines(writer, wanted, obj, asked, asked.show_kind, kind):
            print(line, flush=True)
        return
    head = {"apiVersion": wanted.served.resource.group_version, "kind": wanted.served.resource.kind}
    document = head | obj
    if asked.events:
        document = {"type": kind, "object": document}
    separator = "---\n" if asked.output == "yaml" else ""
    print(separator + printer.shown(document, asked.output, asked.managed, asked.template), end="", flush=True)
