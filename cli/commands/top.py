"""`top`: CPU and memory in use, where metrics.k8s.io is served."""

from __future__ import annotations

import math
from datetime import timedelta
from decimal import Decimal
from typing import Any

import click

from cli.errors import CommandError
from cli.session import Session
from cli.session import command as make
from minik8s.machinery import quantity
from minik8s.machinery.times import format_duration, parse_time

_MI = 1024 * 1024
_GAP, _LEAST = 3, 6
"""Blanks after a cell, and the least width of a column with them."""
_MEASURED_AFTER = timedelta(minutes=2)
"""A Pod this old should have metrics."""
Usage = dict[str, Any]


@click.group("top", context_settings={"help_option_names": ["-h", "--help"]})
def command() -> None:
    """Show CPU and memory in use, of nodes or Pods."""


async def _asked(session: Session, path: str, params: dict[str, str]) -> list[Usage]:
    """The metrics at a path. Raises CommandError while nobody serves them."""
    groups = (await session.client.request("GET", "/apis")).json()["groups"]
    if not any(group["name"] == "metrics.k8s.io" for group in groups):
        raise CommandError("error: Metrics API not available")
    answer = (await session.client.request("GET", f"/apis/metrics.k8s.io/v1beta1/{path}", params)).json()
    found: list[Usage] = answer["items"] if "items" in answer else [answer]
    return found


def _amounts(usage: dict[str, str]) -> tuple[Decimal, Decimal]:
    return quantity.parse(usage.get("cpu", "0")), quantity.parse(usage.get("memory", "0"))


def _shown(cpu: Decimal, memory: Decimal) -> list[str]:
    return [f"{math.ceil(cpu * 1000)}m", f"{math.ceil(memory) // _MI}Mi"]


def _write(names: list[str], rows: list[list[str]], headers: bool) -> None:
    """The table; unlike others its last column is padded too, and heads are as they are written."""
    lines = [names, *rows] if headers else rows
    widths = [max(max(map(len, column)) + _GAP, _LEAST) for column in zip(*lines, strict=True)]
    for line in lines:
        print("".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


@make("node")
@click.argument("name", required=False, default="")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--sort-by", default="", help="cpu or memory")
@click.option("--no-headers", is_flag=True, help="without head")
@click.option("--show-capacity", is_flag=True, help="percentages of the capacity, not of what is allocatable")
async def _node(session: Session, name: str, selector: str, sort_by: str, no_headers: bool, show_capacity: bool) -> int:
    """Of nodes."""
    if name and selector:
        raise CommandError("error: only one of NAME or --selector can be provided")
    params = {"labelSelector": selector} if selector else {}
    found = await _asked(session, f"nodes/{name}" if name else "nodes", params)
    if not found:
        raise CommandError("error: metrics not available yet")
    nodes = (await session.client.request("GET", "/api/v1/nodes", params)).json()["items"]
    part = "capacity" if show_capacity else "allocatable"
    whole = {node["metadata"]["name"]: _amounts(node["status"].get(part) or {}) for node in nodes}
    silent = sorted(whole.keys() - {each["metadata"]["name"] for each in found}) if not name else []
    rows = []
    for each in _sorted(found, sort_by, lambda metric: _amounts(metric["usage"])):
        known = each["metadata"]["name"]
        used, most = _amounts(each["usage"]), whole.get(known, (Decimal(), Decimal()))
        shares = [f"{int(u * 100 / m)}%" if m else "<unknown>" for u, m in zip(used, most, strict=True)]
        cpu, memory = _shown(*used)
        rows.append([known, cpu, shares[0], memory, shares[1]])
    rows += [[each, *["<unknown>"] * 4] for each in silent]
    _write(["NAME", "CPU(cores)", "CPU(%)", "MEMORY(bytes)", "MEMORY(%)"], rows, not no_headers)
    return 0


def _sorted(found: list[Usage], by: str, amounts: Any) -> list[Usage]:
    if by not in ("", "cpu", "memory"):
        raise CommandError("error: --sort-by accepts only cpu or memory")
    if not by:
        return sorted(found, key=lambda each: (each["metadata"].get("namespace", ""), each["metadata"]["name"]))
    return sorted(found, key=lambda each: amounts(each)[by == "memory"], reverse=True)


def _sorted_containers(pod: Usage, by: str) -> list[Usage]:
    found = sorted(pod.get("containers") or (), key=lambda each: str(each["name"]))
    return sorted(found, key=lambda each: _amounts(each["usage"])[by == "memory"], reverse=True) if by else found


async def _explain_nothing(session: Session, where: str, params: dict[str, str]) -> None:
    """Raise CommandError when there are Pods that should have metrics: they are not measured, or not yet."""
    pods = (await session.client.request("GET", f"/api/v1/{where}", params)).json()["items"]
    if not pods:
        return
    for pod in pods:
        meta = pod["metadata"]
        age = session.client.clock.now() - parse_time(meta["creationTimestamp"])
        if age > _MEASURED_AFTER:
            which = f"{meta['namespace']}/{meta['name']}"
            raise CommandError(f"error: Metrics not available for pod {which}, age: {format_duration(age)}")
    raise CommandError("error: metrics not available yet")


def _sum(pod: Usage) -> tuple[Decimal, Decimal]:
    every = [_amounts(each["usage"]) for each in pod.get("containers") or ()]
    return sum((cpu for cpu, _ in every), Decimal()), sum((memory for _, memory in every), Decimal())


@make("pod")
@click.argument("name", required=False, default="")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--field-selector", default="", help="field selector")
@click.option("-A", "--all-namespaces", is_flag=True, help="in all namespaces")
@click.option("--containers", is_flag=True, help="each container of its own")
@click.option("--sum", "total", is_flag=True, help="the sum in the last line")
@click.option("--sort-by", default="", help="cpu or memory")
@click.option("--no-headers", is_flag=True, help="without head")
async def _pod(session: Session, name: str, **given: Any) -> int:
    """Of Pods."""
    everywhere = given["all_namespaces"]
    where = "pods" if everywhere else f"namespaces/{session.namespace}/pods"
    params = {"labelSelector": given["selector"], "fieldSelector": given["field_selector"]}
    params = {key: value for key, value in params.items() if value}
    if name and params:
        raise CommandError("error: only one of NAME or selector can be provided")
    found = await _asked(session, f"{where}/{name}" if name else where, params)
    if not found:
        await _explain_nothing(session, where, params)
    rows = []
    for pod in _sorted(found, given["sort_by"], _sum):
        lead = [pod["metadata"]["namespace"]] if everywhere else []
        known = pod["metadata"]["name"]
        if given["containers"]:
            for each in _sorted_containers(pod, given["sort_by"]):
                rows.append([*lead, known, each["name"], *_shown(*_amounts(each["usage"]))])
        else:
            rows.append([*lead, known, *_shown(*_sum(pod))])
    if not rows:
        session.warn("No resources found" + ("" if everywhere else f" in {session.namespace} namespace."))
        return 0
    if given["total"]:
        sums = [_sum(pod) for pod in found]
        whole = _shown(sum((cpu for cpu, _ in sums), Decimal()), sum((memory for _, memory in sums), Decimal()))
        blank = [""] * (everywhere + 1 + given["containers"])
        rows += [[*blank, "________", "________"], [*blank, *whole]]
    names = ["POD", "NAME"] if given["containers"] else ["NAME"]
    _write(
        [*(["NAMESPACE"] if everywhere else []), *names, "CPU(cores)", "MEMORY(bytes)"], rows, not given["no_headers"]
    )
    return 0


for _name, _work in (("node", _node), ("nodes", _node), ("no", _node), ("pod", _pod), ("pods", _pod), ("po", _pod)):
    command.add_command(_work, _name)
