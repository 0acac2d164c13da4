"""Services and Ingresses."""

from __future__ import annotations

import re
from typing import Any

import click

from cli.errors import CommandError
from cli.making import NAME, Object, generator, pairs


@click.group("service", context_settings={"help_option_names": ["-h", "--help"]})
def service() -> None:
    """Create a Service."""


_TCP = click.option("--tcp", multiple=True, help="PORT[:TARGETPORT]")


def _service(given: dict[str, Any], kind: str) -> Object:
    ports: list[Object] = []
    for word in (each for words in given["tcp"] for each in words.split(",")):
        port, colon, target = word.partition(":")
        if not port.isdecimal():
            raise CommandError(f"error: invalid port format '{word}'")
        where: Any = int(target) if target.isdecimal() else target
        ports.append(
            {
                "name": f"{port}-{target}" if colon else port,
                "port": int(port),
                "protocol": "TCP",
                "targetPort": where if colon else int(port),
            }
        )
    if not ports and kind != "ExternalName" and given.get("clusterip") != "None":
        raise CommandError("error: at least one tcp port specifier must be provided")
    labels = {"app": given["name"]}
    spec: Object = {"selector": labels, "type": kind} | ({"ports": ports} if ports else {})
    if given.get("clusterip"):
        spec["clusterIP"] = given["clusterip"]
    if given.get("external_name"):
        spec["externalName"] = given["external_name"]
    if given.get("node_port") and ports:
        ports[0]["nodePort"] = given["node_port"]
    meta = {"name": given["name"], "labels": labels}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec, "status": {"loadBalancer": {}}}


@generator("clusterip", NAME, _TCP, click.option("--clusterip", default="", help="its address; None is headless"))
def clusterip(given: dict[str, Any]) -> Object:
    """With an address in the cluster."""
    return _service(given, "ClusterIP")


@generator("nodeport", NAME, _TCP, click.option("--node-port", type=int, default=0, help="the port on every node"))
def nodeport(given: dict[str, Any]) -> Object:
    """With a port on every node."""
    return _service(given, "NodePort")


@generator("loadbalancer", NAME, _TCP)
def loadbalancer(given: dict[str, Any]) -> Object:
    """With an address outside the cluster."""
    return _service(given, "LoadBalancer")


@generator("externalname", NAME, _TCP, click.option("--external-name", required=True, help="the DNS name"))
def externalname(given: dict[str, Any]) -> Object:
    """A DNS name outside the cluster."""
    return _service(given, "ExternalName")


for _each in (clusterip, nodeport, loadbalancer, externalname):
    service.add_command(_each)

_RULE = re.compile(
    r"(?P<host>[\w*.-]*)(?P<path>/[^=*]*)(?P<star>\*?)=(?P<svc>[\w.-]+):(?P<port>[\w-]+)(?:,tls(?:=(?P<tls>.*))?)?"
)


@generator(
    "ingress",
    NAME,
    click.option("--class", "ingress_class", default="", help="its IngressClass"),
    click.option("--rule", "rules", multiple=True, help="HOST/PATH=SERVICE:PORT[,tls[=SECRET]]; PATH* is a prefix"),
    click.option("--default-backend", default="", help="SERVICE:PORT of what no rule matches"),
    click.option("--annotation", "annotations", multiple=True, help="KEY=VALUE"),
)
def ingress(given: dict[str, Any]) -> Object:
    """Create an Ingress."""
    if not given["rules"] and not given["default_backend"]:
        raise CommandError(
            "error: not enough information provided: every ingress has to either specify a default-backend (which "
            "catches all traffic) or a list of rules (which catch specific paths)"
        )
    hosts: dict[str, list[Object]] = {}
    certificates: dict[str, list[str]] = {}
    for rule in given["rules"]:
        found = _RULE.fullmatch(rule)
        if found is None:
            raise CommandError(
                f"error: rule {rule} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]"
            )
        entry = {
            "backend": _backend(f"{found['svc']}:{found['port']}"),
            "path": found["path"],
            "pathType": "Prefix" if found["star"] else "Exact",
        }
        hosts.setdefault(found["host"], []).append(entry)
        if ",tls" in rule:
            inside = certificates.setdefault(found["tls"] or "", [])
            if found["host"] and found["host"] not in inside:
                inside.append(found["host"])
    spec: Object = {}
    if given["ingress_class"]:
        spec["ingressClassName"] = given["ingress_class"]
    if given["default_backend"]:
        spec["defaultBackend"] = _backend(given["default_backend"])
    if hosts:
        spec["rules"] = [({"host": host} if host else {}) | {"http": {"paths": paths}} for host, paths in hosts.items()]
    if certificates:
        spec["tls"] = [
            ({"hosts": names} if names else {}) | ({"secretName": name} if name else {})
            for name, names in certificates.items()
        ]
    meta: Object = {"name": given["name"]}
    if given["annotations"]:
        meta["annotations"] = pairs(given["annotations"], "annotation")
    obj = {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}
    return obj | {"status": {"loadBalancer": {}}}


def _backend(text: str) -> Object:
    name, _, port = text.rpartition(":")
    if not name or not port:
        raise CommandError("error: default-backend should be in format servicename:serviceport")
    return {"service": {"name": name, "port": {"number": int(port)} if port.isdecimal() else {"name": port}}}


COMMANDS = (service, ingress)
