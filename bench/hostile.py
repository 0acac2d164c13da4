"""What hostile clients, webhooks and API servers do to a server: one short attack after the other."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from minik8s import pki

CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_ADMISSION = "/apis/admissionregistration.k8s.io/v1"
_NAMESPACE = "/api/v1/namespaces/bench"
_JSON_PATCH = b"application/json-patch+json"
_DEAD_GROUP = "dead.bench.example.com"
HANG_SECONDS = 2


class Attack(NamedTuple):
    """A request that is made again and again; `media` where the body is no JSON object."""

    name: str
    method: str
    path: str
    body: bytes = b""
    media: bytes = b"application/json"


def _definition(schema: dict[str, Any]) -> bytes:
    names = {"plural": "hostiles", "singular": "hostile", "kind": "Hostile", "listKind": "HostileList"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    spec = {"group": "hostile.example.com", "scope": "Namespaced", "names": names, "versions": [version]}
    return json.dumps({"metadata": {"name": "hostiles.hostile.example.com"}, "spec": spec}).encode()


def _deep(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


def _ruled(*rules: str) -> dict[str, Any]:
    numbers = {"type": "array", "maxItems": 10, "items": {"type": "integer"}}
    spec = {
        "type": "object",
        "properties": {"l": numbers},
        "x-kubernetes-validations": [{"rule": rule} for rule in rules],
    }
    return {"type": "object", "properties": {"spec": spec}}


def attacks() -> list[tuple[str, list[Attack]]]:
    """The kinds of hostility, each with its requests."""
    fields = {f"f{n}": {"type": "string", "pattern": "^[a-z]+$", "default": "a"} for n in range(3000)}
    branches = [{"properties": {f"f{n}": {"minLength": 1} for n in range(300)}} for _ in range(20)]
    plain = {f"f{n}": {"type": "string"} for n in range(300)}
    dry = "?dryRun=All"
    schemas = [
        Attack("deep", "POST", CRDS + dry, _definition(_deep(300))),
        Attack("wide", "POST", CRDS + dry, _definition({"type": "object", "properties": fields})),
        Attack(
            "branching", "POST", CRDS + dry, _definition({"type": "object", "properties": plain, "allOf": branches})
        ),
    ]
    long = " && ".join(["x > 0"] * 300)
    expressions = [
        Attack("many", "POST", CRDS + dry, _definition(_ruled(*["self.l.all(x, self.l.exists(y, y == x))"] * 100))),
        Attack("long", "POST", CRDS + dry, _definition(_ruled(*[f"self.l.all(x, {long})"] * 5))),
        Attack("nested", "POST", CRDS + dry, _definition(_ruled("(" * 2000 + "true" + ")" * 2000))),
        Attack("run", "POST", f"{_NAMESPACE}/secrets{dry}", _keys("Secret", "stringData", 300)),
    ]
    webhooks = [
        Attack(
            "hang", "POST", f"{_NAMESPACE}/services{dry}", b'{"metadata":{"name":"h"},"spec":{"ports":[{"port":1}]}}'
        ),
        *(
            Attack(how, "POST", f"{_NAMESPACE}/configmaps{dry}", b'{"metadata":{"name":"%b"}}' % how.encode())
            for how in ("garbage", "huge", "patches", "cut", "redirect")
        ),
    ]
    doubling = [{"op": "copy", "from": "/metadata", "path": f"/metadata/{n}"} for n in range(60)]
    many = [{"op": "add", "path": "/metadata/labels", "value": {}}] + [
        {"op": "add", "path": f"/metadata/labels/k{n}", "value": "v"} for n in range(3000)
    ]
    items = [{"name": f"c{n}", "image": "i"} for n in range(500)]
    merged = {"spec": {"containers": items, "$setElementOrder/containers": [{"name": i["name"]} for i in items]}}
    bodies = [
        Attack("large", "POST", f"{_NAMESPACE}/configmaps{dry}", _keys("ConfigMap", "data", 20_000)),
        Attack("doubling", "PATCH", f"{_NAMESPACE}/pods/p000000{dry}", json.dumps(doubling).encode(), _JSON_PATCH),
        Attack("steps", "PATCH", f"{_NAMESPACE}/pods/p000000{dry}", json.dumps(many).encode(), _JSON_PATCH),
        Attack(
            "merging",
            "PATCH",
            f"{_NAMESPACE}/pods/p000000{dry}",
            json.dumps(merged).encode(),
            b"application/strategic-merge-patch+json",
        ),
        Attack("brackets", "POST", f"{_NAMESPACE}/configmaps", b"[" * 1_000_000),
        Attack("aliases", "POST", f"{_NAMESPACE}/configmaps", _bomb(), b"application/yaml"),
    ]
    remote = [Attack("dying", "GET", f"/apis/{_DEAD_GROUP}/v1/things")]
    return [
        ("schemas", schemas),
        ("expressions", expressions),
        ("webhooks", webhooks),
        ("bodies and patches", bodies),
        ("an aggregated server that dies", remote),
    ]


def _keys(kind: str, field: str, count: int) -> bytes:
    values = {f"k{n}": "v" * 10 for n in range(count)}
    return json.dumps({"kind": kind, "apiVersion": "v1", "metadata": {"name": "large"}, field: values}).encode()


def _bomb() -> bytes:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    for n in range(9):
        lines.append(f"{chr(98 + n)}: &{chr(98 + n)} [" + ",".join([f"*{chr(97 + n)}"] * 9) + "]")
    return "\n".join(lines).encode()


class Villains:
    """The webhook and API server of the attacks, on one port of loopback; `objects` are what leads requests to it."""

    def __init__(self, folder: Path) -> None:
        authority = pki.new_ca("bench-hostile-ca")
        hosts = ("127.0.0.1", "dead.bench.svc")
        pki.write_pair(folder / "hostile.crt", folder / "hostile.key", pki.issue(
            authority, pki.Request("hostile", hosts=hosts, server=True)
        ))  # fmt: skip
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "hostile.crt", folder / "hostile.key")
        self._bundle = base64.b64encode(authority.cert_pem).decode()
        self._server: asyncio.Server | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._context)
        self._port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End it, whatever is under way."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()

    def objects(self) -> list[tuple[str, dict[str, Any]]]:
        """(path, object) of everything that has to be made first."""
        expression = "object.data.all(k, object.data.all(l, object.data.all(m, k + l + m != 'x')))"
        constraints = {"resourceRules": [_rule("secrets")]}
        return [
            (f"{_ADMISSION}/validatingwebhookconfigurations", self._hooks("Validating", "services", "/hang")),
            (f"{_ADMISSION}/mutatingwebhookconfigurations", self._hooks("Mutating", "configmaps", "/lie")),
            (
                f"{_ADMISSION}/validatingadmissionpolicies",
                {
                    "metadata": {"name": "hostile"},
                    "spec": {"matchConstraints": constraints, "validations": [{"expression": expression}]},
                },
            ),
            (
                f"{_ADMISSION}/validatingadmissionpolicybindings",
                {"metadata": {"name": "hostile"}, "spec": {"policyName": "hostile", "validationActions": ["Deny"]}},
            ),
            (
                f"{_NAMESPACE}/services",
                {"metadata": {"name": "dead"}, "spec": {"type": "ExternalName", "externalName": "localhost"}},
            ),
            (
                "/apis/apiregistration.k8s.io/v1/apiservices",
                {
                    "metadata": {"name": f"v1.{_DEAD_GROUP}"},
                    "spec": {
                        "group": _DEAD_GROUP,
                        "version": "v1",
                        "groupPriorityMinimum": 100,
                        "versionPriority": 100,
                        "insecureSkipTLSVerify": True,
                        "service": {"namespace": "bench", "name": "dead", "port": self._port},
                    },
                },
            ),
        ]

    def _hooks(self, kind: str, resource: str, path: str) -> dict[str, Any]:
        webhook = {
            "name": f"{kind.lower()}.hostile.example.com",
            "clientConfig": {"url": f"https://127.0.0.1:{self._port}{path}", "caBundle": self._bundle},
            "rules": [_rule(resource)],
            "admissionReviewVersions": ["v1"],
            "sideEffects": "None",
            "failurePolicy": "Ignore",
            "timeoutSeconds": HANG_SECONDS,
        }
        return {"metadata": {"name": "hostile"}, "webhooks": [webhook]}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(lengths[0][15:])) if lengths else b""
                await self._answer(head.split(b" ")[1], body, writer)
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: bytes, body: bytes, writer: asyncio.StreamWriter) -> None:
        if path.startswith(b"/hang"):
            await asyncio.sleep(HANG_SECONDS * 5)
        elif path.startswith(b"/lie"):
            request = json.loads(body)["request"]
            await _LIES.get(request["name"], _allow)(request["uid"], writer)
        elif path.startswith(f"/apis/{_DEAD_GROUP}/v1/".encode()):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{")
            await writer.drain()
            writer.transport.abort()
        else:
            _send(writer, b'{"kind":"APIResourceList","apiVersion":"v1","resources":[]}')
            await writer.drain()


def _rule(resource: str) -> dict[str, Any]:
    return {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": [resource]}


def _send(writer: asyncio.StreamWriter, body: bytes, status: bytes = b"200 OK", more: bytes = b"") -> None:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
    writer.write(head % (status, more, len(body)) + body)


def _review(uid: str, **response: Any) -> bytes:
    said = {"uid": uid, "allowed": True, **response}
    return json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": said}).encode()


async def _allow(uid: str, writer: asyncio.StreamWriter) -> None:
    _send(writer, _review(uid))
    await writer.drain()


async def _garbage(uid: str, writer: asyncio.StreamWriter) -> None:
    _send(writer, b"\x00[" * 1000)
    await writer.drain()


async def _huge(uid: str, writer: asyncio.StreamWriter) -> None:
    _send(writer, b"[" + b"0," * 4_000_000 + b"0]")
    await writer.drain()


async def _patches(uid: str, writer: asyncio.StreamWriter) -> None:
    steps = [{"op": "add", "path": "/data", "value": {}}] + [
        {"op": "add", "path": f"/data/k{n}", "value": "v" * 100} for n in range(5000)
    ]
    patch = base64.b64encode(json.dumps(steps).encode()).decode()
    _send(writer, _review(uid, patch=patch, patchType="JSONPatch"))
    await writer.drain()


async def _cut(uid: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()


async def _redirect(uid: str, writer: asyncio.StreamWriter) -> None:
    _send(writer, b"", b"307 Temporary Redirect", b"Location: /lie\r\n")
    await writer.drain()


_LIES: dict[str, Callable[[str, asyncio.StreamWriter], Any]] = {
    "garbage": _garbage,
    "huge": _huge,
    "patches": _patches,
    "cut": _cut,
    "redirect": _redirect,
}
