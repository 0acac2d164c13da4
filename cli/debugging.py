"""The containers and Pods that `debug` makes."""

from __future__ import annotations

import copy
import random
from typing import Any

from cli.errors import CommandError

PROFILES = ("legacy", "general", "baseline", "netadmin", "restricted", "sysadmin")
_LETTERS = "bcdfghjklmnpqrstvwxz2456789"
Object = dict[str, Any]


def suffix() -> str:
    """Five letters, as generated names have them."""
    return "".join(random.choices(_LETTERS, k=5))


def container(name: str, given: Object, words: list[str]) -> Object:
    """The debugging container."""
    found: Object = {"name": name, "image": given["image"], "terminationMessagePolicy": "File"}
    if given["image_pull_policy"]:
        found["imagePullPolicy"] = given["image_pull_policy"]
    if words:
        found["args" if given["arguments_only"] else "command"] = words
    if given["env"]:
        found["env"] = [{"name": k, "value": v} for k, _, v in (each.partition("=") for each in given["env"])]
    if given["stdin"]:
        found["stdin"] = True
    if given["tty"]:
        found["tty"] = True
    if context := _security(given["profile"]):
        found["securityContext"] = context
    return found


def _security(profile: str) -> Object:
    if profile == "general":
        return {"capabilities": {"add": ["SYS_PTRACE"]}}
    if profile == "netadmin":
        return {"capabilities": {"add": ["NET_ADMIN", "NET_RAW"]}}
    if profile == "sysadmin":
        return {"privileged": True}
    if profile == "restricted":
        return {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        }
    return {}


def node_pod(node: str, namespace: str, given: Object, words: list[str]) -> Object:
    """A Pod on a node, with the node's namespaces and its file system at /host."""
    debugger = container(given["container"] or "debugger", given, words)
    spec: Object = {
        "containers": [debugger],
        "nodeName": node,
        "restartPolicy": "Never",
        "tolerations": [{"operator": "Exists"}],
    }
    if given["profile"] in ("legacy", "general", "sysadmin", "netadmin"):
        spec |= {"hostIPC": given["profile"] != "netadmin", "hostNetwork": True, "hostPID": True}
    if given["profile"] == "general":
        debugger.pop("securityContext", None)
    if given["profile"] in ("legacy", "general", "sysadmin"):
        debugger["volumeMounts"] = [{"mountPath": "/host", "name": "host-root"}]
        spec["volumes"] = [{"hostPath": {"path": "/"}, "name": "host-root"}]
    meta = {
        "name": f"node-debugger-{node}-{suffix()}",
        "namespace": namespace,
        "labels": {"app.kubernetes.io/managed-by": "kubectl-debug"},
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}


def copied(pod: Object, given: Object, words: list[str]) -> tuple[Object, str]:
    """A copy of a Pod to take apart, and its container to join. Raises CommandError."""
    spec = copy.deepcopy(pod["spec"])
    if not given["same_node"]:
        spec.pop("nodeName", None)
    spec.pop("ephemeralContainers", None)
    old = pod["metadata"]
    meta: Object = {"name": given["copy_to"], "namespace": old["namespace"]}
    if given["keep_labels"] and old.get("labels"):
        meta["labels"] = old["labels"]
    if old.get("annotations"):
        meta["annotations"] = old["annotations"]
    if given["share_processes"]:
        spec["shareProcessNamespace"] = True
    for each in spec["containers"]:
        if not given["keep_liveness"]:
            each.pop("livenessProbe", None)
        if not given["keep_readiness"]:
            each.pop("readinessProbe", None)
        if not given["keep_startup"]:
            each.pop("startupProbe", None)
    if not given["keep_init_containers"]:
        spec.pop("initContainers", None)
    images = dict(each.split("=", 1) for each in given["set_image"].split(",")) if given["set_image"] else {}
    for each in spec["containers"]:
        each["image"] = images.get(each["name"], images.get("*", each["image"]))
    name = given["container"]
    chosen = next((each for each in spec["containers"] if each["name"] == name), None)
    if chosen is None and name and not given["image"]:
        raise CommandError(
            f'error: container "{name}" not found; you must specify an existing container or a new image when '
            f"specifying args."
        )
    if chosen is None and (given["image"] or not images):
        if not given["image"] and words:
            chosen = spec["containers"][0]
        elif given["image"]:
            name = name or f"debugger-{suffix()}"
            spec["containers"].append(container(name, given, words))
            return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}, name
    if chosen is None:
        chosen = spec["containers"][0]
    if given["image"]:
        chosen["image"] = given["image"]
    if words:
        chosen["args" if given["arguments_only"] else "command"] = words
        chosen.pop("command" if given["arguments_only"] else "args", None)
    if given["stdin"]:
        chosen["stdin"] = True
    if given["tty"]:
        chosen["tty"] = True
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec}, str(chosen["name"])
