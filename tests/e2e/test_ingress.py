"""Ingresses on a real cluster: by host and path, over TLS, while Pods are replaced and the controller is killed."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually
from tests.support.ingresses import Authority

pytestmark = [*NEEDS, pytest.mark.kubectl]
HOST = "site.example.com"


def curl(address: str, path: str = "/", *more: str, tls: bool = False) -> str:
    """A request by name; what it says on failure begins with `curl:`."""
    port = 443 if tls else 80
    command = ["curl", "--silent", "--show-error", "--max-time", "10", "--resolve", f"{HOST}:{port}:{address}"]
    url = f"http{'s' * tls}://{HOST}{path}"
    done = subprocess.run([*command, *more, url], capture_output=True, text=True, timeout=30)
    return done.stdout or done.stderr


def address_of(kube: Kube, name: str) -> str:
    kube("wait", "--for=jsonpath={.status.loadBalancer.ingress}", f"ingress/{name}", "--timeout=60s", timeout=90)
    held = kube.get("ingress", name)
    address: str = held["status"]["loadBalancer"]["ingress"][0]["ip"]
    return address


def certificate(kube: Kube, authority: Authority) -> None:
    secret = authority.secret("site-tls", HOST)
    data = {key: base64.b64encode(value).decode() for key, value in secret.data.items()}
    document = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "site-tls"}, "type": "kubernetes.io/tls"}
    kube("apply", "--filename=-", input=json.dumps(document | {"data": data}))


class Load:
    """The same request again and again, until `stop`; every answer that is not 200."""

    def __init__(self, address: str) -> None:
        self.count = 0
        self.bad: list[str] = []
        self._address, self._end = address, threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        while not self._end.is_set():
            said = curl(self._address, "/", "--output", "/dev/null", "--write-out", "%{http_code} %{errormsg}")
            self.count += 1
            if not said.startswith("200"):
                self.bad.append(said)

    def stop(self) -> None:
        self._end.set()
        self._thread.join()


def test_ingress(kube: Kube, cluster: Kube, tmp_path: Path) -> None:
    documents: list[dict[str, Any]] = list(yaml.safe_load_all((EXAMPLES / "ingress.yaml").read_text()))
    ingress = documents[0]
    kube("apply", "--filename", str(EXAMPLES / "ingress.yaml"))
    kube("rollout", "status", "deployment/site", "deployment/next", "--timeout=60s", timeout=90)
    # The default class, and an address as soon as it is served and not before.
    address = address_of(kube, "site")
    assert address == next(
        a["address"] for a in kube.get("node", "minik8s-1")["status"]["addresses"] if a["type"] == "InternalIP"
    )
    assert "minik8s demo v1 on site-" in eventually("the site", lambda: _said(address, "/", "demo v1"))
    assert "minik8s demo v2 on next-" in eventually("the other", lambda: _said(address, "/next/", "demo v2"))
    assert "404" in curl(address, "/", "--header", "Host: other.example.com")
    classes = kube.get("ingressclass")["items"]
    assert [c["metadata"]["name"] for c in classes] == ["minik8s"]

    first, second = Authority(), Authority()
    authority = tmp_path / "ca.pem"
    certificate(kube, first)
    ingress["spec"]["tls"] = [{"hosts": [HOST], "secretName": "site-tls"}]
    ingress["metadata"]["annotations"]["nginx.ingress.kubernetes.io/ssl-redirect"] = "false"
    kube("apply", "--filename=-", input=json.dumps(ingress))
    authority.write_text(first.pem)
    trusting = ("--cacert", str(authority))
    eventually("TLS", lambda: "demo v1" in curl(address, "/", *trusting, tls=True))
    certificate(kube, second)
    authority.write_text(second.pem)
    eventually("the new certificate", lambda: "demo v1" in curl(address, "/", *trusting, tls=True))

    load = Load(address)
    try:
        kube("rollout", "restart", "deployment/site")
        kube("rollout", "status", "deployment/site", "--timeout=60s", timeout=90)
        pid = cluster.processes()["ingress"]
        os.kill(pid, signal.SIGKILL)
        eventually("the controller is back", lambda: cluster.processes().get("ingress", pid) != pid)
        kube("scale", "deployment/site", "--replicas=3")
        kube("rollout", "status", "deployment/site", "--timeout=60s", timeout=90)
        names = {curl(address, "/").split(" at ")[0] for _ in range(3)}
        eventually("all three answer", lambda: len(names.add(curl(address, "/").split(" at ")[0]) or names) >= 3)
    finally:
        load.stop()
    assert load.bad == [] and load.count > 20

    bad = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "bad", "annotations": {"nginx.ingress.kubernetes.io/proxy-body-size": "1m; }"}},
        "spec": {"defaultBackend": {"service": {"name": "site", "port": {"number": 80}}}},
    }
    kube("apply", "--filename=-", input=json.dumps(bad))
    eventually("its owner is told", lambda: "proxy-body-size: expected a size" in kube("describe", "ingress", "bad"))
    assert "demo v1" in curl(address)


def _said(address: str, path: str, what: str) -> str:
    said = curl(address, path)
    assert what in said, said
    return said
