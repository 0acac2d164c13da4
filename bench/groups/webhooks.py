"""What one validating webhook on loopback adds to a create."""

from __future__ import annotations

import asyncio
import base64
import json
import ssl
from itertools import count
from typing import Any

from bench.client import load
from bench.context import Bench
from bench.objects import PODS, pod
from bench.targets import Target
from minik8s import pki

TITLE = "Admission webhooks: a validating one on loopback"

_HOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"


async def run(bench: Bench) -> None:
    """See TITLE."""
    for target in bench.targets:
        async with bench.running(target):
            await _one(bench, target)


async def _one(bench: Bench, target: Target) -> None:
    client, numbers = target.client, count()
    server, hook = await _listen(target)
    try:
        medians = []

        def request(_: int) -> bytes:
            return client.request("POST", PODS, pod(f"w{next(numbers):07d}"))

        for what, change in (("without a webhook", None), ("with one validating webhook", hook)):
            if change is not None:
                status, body = await client.ask("POST", _HOOKS, json.dumps(change).encode())
                if status != 201:
                    raise RuntimeError(f"{status} {body[:500]!r}")
                await asyncio.sleep(1.0)
            await load(client, 1, 0.5, request, 201)
            shown = []
            for clients in (1, 16):
                before = target.cpu()
                rate, took = await load(client, clients, bench.seconds, request, 201)
                cost = (target.cpu() - before) / len(took) * 1e3
                shown.append(
                    f"{clients} clients: {rate:,.0f}/s, p50 {took[len(took) // 2] * 1e3:.1f} ms, CPU {cost:.2f} ms"
                )
                if clients == 1:
                    medians.append(took[len(took) // 2] * 1e3)
            bench.add(f"create a 2 KB Pod {what}", target, "; ".join(shown))
        bench.add("the webhook adds at p50", target, f"{medians[1] - medians[0]:.1f} ms")
    finally:
        server.close()


async def _listen(target: Target) -> tuple[asyncio.Server, dict[str, Any]]:
    """A webhook that allows everything, and its configuration."""
    authority = pki.new_ca("bench-webhook-ca")
    pair = pki.issue(authority, pki.Request("webhook", hosts=("127.0.0.1",), server=True))
    cert, key = target.folder / "webhook.crt", target.folder / "webhook.key"
    pki.write_pair(cert, key, pair)
    pki.write_pair(target.folder / "webhook-ca.crt", target.folder / "webhook-ca.key", authority)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    bundle = base64.b64encode((target.folder / "webhook-ca.crt").read_bytes()).decode()
    rule = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["pods"]}
    webhook = {
        "name": "pods.bench.example.com",
        "clientConfig": {"url": f"https://127.0.0.1:{port}/", "caBundle": bundle},
        "rules": [rule],
        "admissionReviewVersions": ["v1"],
        "sideEffects": "None",
        "failurePolicy": "Fail",
    }
    return server, {"metadata": {"name": "bench"}, "webhooks": [webhook]}


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
            at = body.index(b'"uid":"') + 7
            uid = body[at : body.index(b'"', at)].decode()
            response = {"uid": uid, "allowed": True}
            review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response}
            said = json.dumps(review).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(said))
            writer.write(said)
            await writer.drain()
    except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
        pass
    finally:
        writer.close()
