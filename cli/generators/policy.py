"""Namespaces, quotas, disruption budgets, priority classes."""

from __future__ import annotations

from typing import Any

import click

from cli.errors import CommandError
from cli.making import NAME, Object, generator, pairs, resource_list


@generator("namespace", NAME)
def namespace(given: dict[str, Any]) -> Object:
    """Create a namespace."""
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": given["name"]}, "spec": {}, "status": {}}


@generator(
    "quota",
    NAME,
    click.option("--hard", default="", help="cpu=1,pods=2 …"),
    click.option("--scopes", default="", help="what it counts: BestEffort, NotTerminating …"),
)
def quota(given: dict[str, Any]) -> Object:
    """Create a ResourceQuota."""
    spec: Object = {"hard": resource_list(given["hard"])} if given["hard"] else {}
    if given["scopes"]:
        spec["scopes"] = given["scopes"].split(",")
    meta = {"name": given["name"]}
    return {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": meta, "spec": spec, "status": {}}


@generator(
    "poddisruptionbudget",
    NAME,
    click.option("--selector", default="", help="labels of the Pods"),
    click.option("--min-available", default="", help="number or percentage that must stay"),
    click.option("--max-unavailable", default="", help="number or percentage that may miss"),
)
def budget(given: dict[str, Any]) -> Object:
    """Create a PodDisruptionBudget."""
    least, most = given["min_available"], given["max_unavailable"]
    if not given["selector"]:
        raise CommandError("error: a selector must be specified")
    if not least and not most:
        raise CommandError("error: one of min-available or max-unavailable must be specified")
    if least and most:
        raise CommandError("error: min-available and max-unavailable cannot be both specified")
    field, amount = ("minAvailable", least) if least else ("maxUnavailable", most)
    spec: Object = {field: int(amount) if amount.isdecimal() else amount}
    spec["selector"] = {"matchLabels": pairs(given["selector"].split(","))}
    obj = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": given["name"]}}
    return obj | {
        "spec": spec,
        "status": {"currentHealthy": 0, "desiredHealthy": 0, "disruptionsAllowed": 0, "expectedPods": 0},
    }


@generator(
    "priorityclass",
    NAME,
    click.option("--value", type=int, default=0, show_default=True, help="higher goes first"),
    click.option("--global-default", is_flag=True, help="for Pods that name no class"),
    click.option("--description", default=""),
    click.option("--preemption-policy", default="PreemptLowerPriority", show_default=True, help="or Never"),
)
def priorityclass(given: dict[str, Any]) -> Object:
    """Create a PriorityClass."""
    obj: Object = {
        "apiVersion": "scheduling.k8s.io/v1",
        "kind": "PriorityClass",
        "metadata": {"name": given["name"]},
        "value": given["value"],
        "preemptionPolicy": given["preemption_policy"],
    }
    if given["global_default"]:
        obj["globalDefault"] = True
    return obj | ({"description": given["description"]} if given["description"] else {})


COMMANDS = (namespace, quota, budget, priorityclass)
