"""`top`: CPU and memory in use, where metrics.k8s.io is served."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import click

from cli.errors import CommandError
from cli.output.tables import TableWriter
from cli.session import Session
from cli.session import command as make
from minik8s.machinery import quantity

_MI = 1024 * 1024
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
    return [f"{-(-cpu * 1000 // 1):.0f}m", f"{memory // _MI:.0f}Mi"]


def _write(names: list[str], rows: list[list[str]], headers: bool) -> None:
    table = {"columnDefinitions": [{"name": name} for name in names], "rows": [{"cells": row} for row in rows]}
    empty: list[list[str]] = [[] for _ in rows]
    print("\n".join(TableWriter(headers=headers).lines(table, empty, empty)))


@make("node")
@click.argument("name", required=False, default="")
@click.option("-l", "--selector", default="", help="label selector")
@click.option("--sort-by", default="", help="cpu or memory")
@click.option("--no-headers", is_flag=True, help="without head")
@click.option("--show-capacity", is_flag=True, help="percentages of the capacity, not of what is allocatable")
async def _node(session: Session, name: str, selector: str, sort_by: str, no_headers: bool, show_capacity: bool) -> int:
    """Of nodes."""
    params = {"labelSelector": selector} if selector else {}
    found = await _asked(session, f"nodes/{name}" if name else "nodes", params)
    nodes = (await session.client.request("GET", "/api/v1/nodes")).json()["items"]
    part = "capacity" if show_capacity else "allocatable"
    whole = {node["metadata"]["name"]: _amounts(node["status"].get(part) or {}) for node in nodes}
    rows = []
    for each in _sorted(found, sort_by, lambda metric: _amounts(metric["usage"])):
        known = each["metadata"]["name"]
        used, most = _amounts(each["usage"]), whole.get(known, (Decimal(), Decimal()))
        shares = [f"{int(u * 100 / m)}%" if m else "<unknown>" for u, m in zip(used, most, strict=True)]
        cpu, memory = _shown(*used)
        rows.append([known, cpu, shares[0], memory, shares[1]])
    if not rows:
        raise CommandError("error: metrics not available yet")
    _write(["name", "cpu(cores)", "cpu(%)", "memory(bytes)", "memory(%)"], rows, not no_headers)
    return 0


def _sorted(found: list[Usage], by: str, amounts: Any) -> list[Usage]:
    if by not in ("", "cpu", "memory"):
        raise CommandError("error: --sort-by accepts only cpu or memory")
    if not by:
        return sorted(found, key=lambda each: (each["metadata"].get("namespace", ""), each["metadata"]["name"]))
    return sorted(found, key=lambda each: amounts(each)[by == "memory"], reverse=True)


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
    found = await _asked(session, f"{where}/{name}" if name else where, {k: v for k, v in params.items() if v})
    rows = []
    for pod in _sorted(found, given["sort_by"], _sum):
        lead = [pod["metadata"]["namespace"]] if everywhere else []
        known = pod["metadata"]["name"]
        if given["containers"]:
            for each in pod.get("containers") or ():
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
    names = ["pod", "name"] if given["containers"] else ["name"]
    _write(
        [*(["namespace"] if everywhere else []), *names, "cpu(cores)", "memory(bytes)"], rows, not given["no_headers"]
    )
    return 0


for _name, _work in (("node", _node), ("nodes", _node), ("no", _node), ("pod", _pod), ("pods", _pod), ("po", _pod)):
    command.add_command(_work, _name)
