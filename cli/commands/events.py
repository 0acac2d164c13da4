"""`events`: what happened, oldest first."""

from __future__ import annotations

import json
from typing import Any

import click

from cli import flags, targets
from cli.errors import CommandError
from cli.output import printer
from cli.output.ages import age
from cli.output.tables import TableWriter
from cli.session import Session
from cli.session import command as make
from minik8s.client.resources import Resource
from minik8s.clock import SystemClock

EVENTS: Resource[dict[str, Any]] = Resource("v1", "events", "Event", True, dict)
Event = dict[str, Any]


def last(event: Event) -> str:
    """When an event was seen last."""
    series = event.get("series") or {}
    made = event["metadata"].get("creationTimestamp", "")
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or made)


@make("events")
@flags.all_namespaces
@click.option("--for", "about", default="", help="TYPE/NAME: only what happened to it")
@click.option("--types", default="", help="Normal, Warning")
@click.option("-w", "--watch", is_flag=True, help="go on with what happens from now on")
@click.option("--no-headers", is_flag=True, help="without head")
@click.option("--chunk-size", type=int, default=500, hidden=True)
@flags.output
async def command(session: Session, **given: Any) -> int:
    """List events."""
    printer.check(given["output"])
    namespace = "" if given["all_namespaces"] else session.namespace
    fields = await _about(session, given["about"])
    wanted = {each.strip().lower() for each in given["types"].split(",") if each}
    for kind in wanted - {"normal", "warning"}:
        raise CommandError(f"error: valid --types are Normal or Warning, not {kind}")

    def fits(event: Event) -> bool:
        return not wanted or str(event.get("type", "")).lower() in wanted

    listed = await session.client.list(EVENTS, namespace, field_selector=fields)
    found = sorted((event for event in listed.items if fits(event)), key=last)
    writer = _Writer(given)
    if found:
        writer.write(found)
    elif not given["watch"]:
        where = f" in {namespace} namespace." if namespace else ""
        session.warn(f"No resources found{where}" if not given["about"] else f"No events found{where}")
    version = listed.resource_version
    while given["watch"]:
        async for change in session.client.watch(EVENTS, namespace, version, field_selector=fields):
            version = change.object["metadata"]["resourceVersion"]
            if change.type in ("ADDED", "MODIFIED") and fits(change.object):
                writer.write([change.object])
    return 0


async def _about(session: Session, text: str) -> str:
    if not text:
        return ""
    kind, slash, name = text.partition("/")
    if not slash or not name:
        raise CommandError("error: --for must be in resource/name form")
    resource = (await targets.wanted(session, [text]))[0].served.resource
    fields = f"involvedObject.kind={resource.kind},involvedObject.name={name}"
    return f"{fields},involvedObject.apiVersion={resource.group_version}" if resource.group else fields


class _Writer:
    """Writes events under one head."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given
        self._table = TableWriter(
            headers=not given["no_headers"], lead=["namespace"] if given["all_namespaces"] else []
        )

    def write(self, events: list[Event]) -> None:
        """Some more."""
        if output := self._given["output"]:
            if output not in ("", "wide"):
                items = [{"apiVersion": "v1", "kind": "Event"} | event for event in events]
                document: Event = {
                    "apiVersion": "v1",
                    "items": items,
                    "kind": "List",
                    "metadata": {"resourceVersion": ""},
                }
                document = items[0] if len(items) == 1 and self._given["watch"] else document
                print(printer.shown(json.loads(json.dumps(document)), output), end="", flush=True)
                return
        now = SystemClock().now()
        names = ("Last Seen", "Type", "Reason", "Object", "Message")
        rows, lead = [], []
        for event in events:
            about = event.get("involvedObject") or {}
            series = event.get("series") or {}
            count = series.get("count") or event.get("count") or 1
            when = age(last(event), now)
            if count > 1:
                first = event.get("firstTimestamp") or event.get("eventTime") or last(event)
                when = f"{when} (x{count} over {age(first, now)})"
            message = str(event.get("message", "")).strip()
            cells = [when, event.get("type"), event.get("reason"), f"{about.get('kind')}/{about.get('name')}", message]
            rows.append({"cells": cells})
            lead.append([event["metadata"]["namespace"]] if self._given["all_namespaces"] else [])
        table = {"columnDefinitions": [{"name": name} for name in names], "rows": rows}
        for line in self._table.lines(table, lead, [[] for _ in rows]):
            print(line, flush=True)
