"""Reading kubeadm's configuration files: several YAML documents, v1beta4 or v1beta3, errors that name the field."""

from __future__ import annotations

import copy
import dataclasses
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import yaml

from cluster.machines.kinds import ClusterConfiguration, InitConfiguration, JoinConfiguration, Part
from cluster.options import ClusterError

KUBEADM = "kubeadm.k8s.io/v1beta4"
OLDER = "kubeadm.k8s.io/v1beta3"
KUBELET = "kubelet.config.k8s.io/v1beta1"
PROXY = "kubeproxy.config.k8s.io/v1alpha1"
_FOREIGN = {"KubeletConfiguration": KUBELET, "KubeProxyConfiguration": PROXY}
_OURS = ("InitConfiguration", "ClusterConfiguration", "JoinConfiguration", "ResetConfiguration", "UpgradeConfiguration")
P = TypeVar("P", bound=Part)
Document = dict[str, Any]


@dataclasses.dataclass(slots=True)
class Files:
    """What a configuration file holds; components' own configurations as they are written."""

    init: InitConfiguration | None = None
    cluster: ClusterConfiguration | None = None
    join: JoinConfiguration | None = None
    kubelet: Document = dataclasses.field(default_factory=dict)
    proxy: Document = dataclasses.field(default_factory=dict)


def load(path: str) -> Files:
    """Read a file. Raises ClusterError."""
    try:
        text = Path(path).read_text()
    except OSError as error:
        raise ClusterError(f'unable to read config from "{path}": {error.strerror}') from None
    except UnicodeDecodeError:
        raise ClusterError(f'unable to read config from "{path}": it is no text') from None
    return parse(text, path)


def parse(text: str, where: str) -> Files:
    """Read documents. Raises ClusterError; `where` is what errors call the text."""
    try:
        documents = [d for d in yaml.load_all(text, Loader=_StrictLoader) if d is not None]
    except yaml.YAMLError as error:
        raise ClusterError(f"{where} is not YAML: {error}") from None
    found, seen = Files(), set[str]()
    for document in documents:
        if not isinstance(document, dict):
            raise ClusterError(f"{where}: a mapping is expected at the top of each document")
        version, kind = str(document.pop("apiVersion", "")), str(document.pop("kind", ""))
        if not version or not kind:
            raise ClusterError(
                f"invalid configuration in {where}: kind and apiVersion is mandatory information that must be specified"
            )
        if kind in seen:
            raise ClusterError(f"invalid configuration in {where}: kind {kind} is specified twice")
        seen.add(kind)
        _take(found, version, kind, document, where)
    return found


def _take(found: Files, version: str, kind: str, document: Document, where: str) -> None:
    if kind in _FOREIGN:
        if version != _FOREIGN[kind]:
            raise ClusterError(f"{where}: {kind} is read as {_FOREIGN[kind]}, not {version}")
        whole = {"apiVersion": version, "kind": kind, **document}
        if kind == "KubeletConfiguration":
            found.kubelet = whole
        else:
            found.proxy = whole
        return
    if kind not in _OURS:
        raise ClusterError(f"{where}: no kind {kind!r} is known; there are {', '.join((*_OURS[:3], *_FOREIGN))}")
    if version not in (KUBEADM, OLDER):
        old = " (kubeadm config migrate makes it new)" if version.startswith("kubeadm.k8s.io/") else ""
        raise ClusterError(f"{where}: {kind} is read as {KUBEADM} or {OLDER}, not {version}{old}")
    document = copy.deepcopy(document)
    if version == OLDER:
        _renew(kind, document)
    if kind == "InitConfiguration":
        found.init = validate(InitConfiguration, document, where, kind)
    elif kind == "ClusterConfiguration":
        found.cluster = validate(ClusterConfiguration, document, where, kind)
    elif kind == "JoinConfiguration":
        found.join = validate(JoinConfiguration, document, where, kind)


def validate(model: type[P], document: Document, where: str, kind: str) -> P:
    """A document as its type. Raises ClusterError that names each field that is wrong."""
    try:
        return model.model_validate(document)
    except pydantic.ValidationError as error:
        raise ClusterError(f"{where}: invalid {kind}:\n" + "\n".join(_line(e) for e in error.errors())) from None


def _line(error: Any) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"]).lstrip(".")
    if error["type"] == "extra_forbidden":
        return f'  unknown field "{place}"'
    if error["type"] == "missing":
        return f"  {place}: Required value"
    message = str(error["msg"]).removeprefix("Value error, ")
    return f"  {place}: Invalid value: {error['input']!r}: {message}" if place else f"  {message}"


def _renew(kind: str, document: Document) -> None:
    """v1beta3 to v1beta4: maps of flags become lists, the time for the control plane moves."""
    if kind in ("InitConfiguration", "JoinConfiguration"):
        _list_of_args(document.get("nodeRegistration"), "kubeletExtraArgs")
        discovery = document.get("discovery")
        if isinstance(discovery, dict) and "timeout" in discovery:
            document.setdefault("timeouts", {})["discovery"] = discovery.pop("timeout")
    if kind == "ClusterConfiguration":
        for part in ("apiServer", "controllerManager", "scheduler"):
            _list_of_args(document.get(part), "extraArgs")
        etcd = document.get("etcd")
        if isinstance(etcd, dict):
            _list_of_args(etcd.get("local"), "extraArgs")
        server = document.get("apiServer")
        if isinstance(server, dict):
            server.pop("timeoutForControlPlane", None)


def _list_of_args(part: Any, field: str) -> None:
    if isinstance(part, dict) and isinstance(part.get(field), dict):
        part[field] = [{"name": str(name), "value": str(value)} for name, value in sorted(part[field].items())]


def dump(*documents: Document) -> str:
    """YAML with `---` between documents."""
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    return "---\n".join(yaml.dump(d, Dumper=dumper, sort_keys=False, allow_unicode=True) for d in documents)


def document_of(part: Part, kind: str, everything: bool = False) -> Document:
    """A configuration as it is written; `everything` with fields that hold their default."""
    body = part.model_dump(by_alias=True, exclude_none=True, exclude_defaults=not everything)
    return {"apiVersion": KUBEADM, "kind": kind, **body}


class _StrictLoader(yaml.SafeLoader):
    """Refuses a key that is there twice, and leaves times as they are written."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = str(self.construct_object(key_node, deep=True))
            if key in seen:
                raise yaml.YAMLError(f'line {key_node.start_mark.line + 1}: key "{key}" already set in map')
            seen.add(key)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
