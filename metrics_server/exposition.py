"""Reads a kubelet's /metrics/resource page."""

from __future__ import annotations

import re

from metrics_server.points import Batch, PodKey, Point

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})?[ \t]+(\S+)(?:[ \t]+(-?\d+))?", re.ASCII)
_LABEL = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"', re.ASCII)
_ESCAPED = re.compile(r"\\(.)")
_NODE = {"node_cpu_usage_seconds_total": "cpu", "node_memory_working_set_bytes": "memory"}
_CONTAINER = {
    "container_cpu_usage_seconds_total": "cpu",
    "container_memory_working_set_bytes": "memory",
    "container_start_time_seconds": "started",
}


class ExpositionError(ValueError):
    """A page is not in Prometheus' text format."""


def read(text: str, node: str, asked_at: int) -> Batch:
    """A page of the kubelet of `node`; samples without a time are of `asked_at`, in milliseconds since 1970.

    A node, or a Pod of which a container, lacks CPU or memory (or has used none) is left out. Raises ExpositionError.
    """
    whole: dict[str, int] = {}
    pods: dict[PodKey, dict[str, dict[str, int]]] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        found = _SAMPLE.fullmatch(line)
        if found is None:
            raise ExpositionError(f"failed parsing metrics: {line!r}")
        name, labels, value, at = found.groups()
        if (what := _NODE.get(name)) is not None:
            _note(whole, what, value, int(at or asked_at))
        elif (what := _CONTAINER.get(name)) is not None:
            of = {key: _ESCAPED.sub(_unescaped, text) for key, text in _LABEL.findall(labels or "")}
            containers = pods.setdefault((of.get("namespace", ""), of.get("pod", "")), {})
            _note(containers.setdefault(of.get("container", ""), {}), what, value, int(at or asked_at))
    batch = Batch()
    if _complete(whole):
        batch.nodes[node] = Point(**whole)
    for key, held in pods.items():
        if all(map(_complete, held.values())):
            batch.pods[key] = {container: Point(**values) for container, values in held.items()}
    return batch


def _note(into: dict[str, int], what: str, value: str, at: int) -> None:
    try:
        number = float(value)
        match what:
            case "cpu":
                into |= {"cpu": int(number * 1e9), "at": at}
            case "memory":
                # CPU rates hang on the time: the one of the CPU sample goes before that of the memory's.
                into["memory"] = int(number)
                into.setdefault("at", at)
            case "started":
                into["started"] = int(number * 1000)
    except (ValueError, OverflowError):
        raise ExpositionError(f"failed parsing metrics: {value!r} is no amount") from None


def _complete(values: dict[str, int]) -> bool:
    return bool(values.get("at") and values.get("cpu") and values.get("memory"))


def _unescaped(found: re.Match[str]) -> str:
    return "\n" if found[1] == "n" else found[1]
