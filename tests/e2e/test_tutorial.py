"""The tutorial, chapter by chapter, with the real kubectl and real containers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
import time
from typing import Any

import pytest

from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually, http

pytestmark = [*NEEDS, pytest.mark.kubectl]


def address_of(kube: Kube, pod: str) -> str:
    return str(kube("get", "pod", pod, "--output=jsonpath={.status.podIP}"))


def pinned(node: str) -> str:
    return json.dumps({"spec": {"nodeName": node}})


def ready(kube: Kube, *pods: str) -> None:
    kube("wait", "--for=condition=Ready", "--timeout=60s", *(f"pod/{pod}" for pod in pods), timeout=90)


def test_pod(kube: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "pod.yaml"))
    ready(kube, "hello")
    wide = kube("get", "pod", "hello", "--output=wide").splitlines()
    assert wide[0].split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert wide[1].split()[1:4] == ["1/1", "Running", "0"]
    address = address_of(kube, "hello")
    assert http(f"http://{address}:8080/").startswith("minik8s demo v1 on hello at " + address)
    home = kube("get", "pod", "hello", "--output=jsonpath={.spec.nodeName}")
    others = [n["metadata"]["name"] for n in kube.get("nodes")["items"] if n["metadata"]["name"] != home]
    for other in others:
        kube("run", f"on-{other}", "--image=minik8s/demo:v2", f"--overrides={pinned(other)}")
    ready(kube, *(f"on-{other}" for other in others))
    for other in others:
        said = kube("exec", f"on-{other}", "--", "wget", "-q", "-O", "-", f"http://{address}:8080/")
        assert "demo v1 on hello" in said
    # Events are told behind the Pod's back: they may come after it is Ready.
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        eventually(reason, lambda reason=reason: reason in kube("describe", "pod", "hello"))
    assert "demo v1 serves on port 8080" in kube("logs", "hello")
    assert kube("exec", "hello", "--", "hostname").strip() == "hello"
    kube("delete", "pod", "hello")
    assert "NotFound" in kube("get", "pod", "hello", check=False)


def test_replicaset(kube: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "replicaset.yaml"))
    first = eventually("two Pods", lambda: (p := kube.running("app=pair")) and len(p) == 2 and p, 60)
    names = {p["metadata"]["name"] for p in first}
    kube("delete", "pod", *names)
    second = eventually("two new Pods", lambda: (p := kube.running("app=pair")) and len(p) == 2 and p, 60)
    assert not names & {p["metadata"]["name"] for p in second}
    released = second[0]["metadata"]["name"]
    kube("label", "pod", released, "app=alone", "--overwrite")
    third = eventually("a replacement", lambda: (p := kube.running("app=pair")) and len(p) == 2 and p, 60)
    assert released not in {p["metadata"]["name"] for p in third}
    assert "ownerReferences" not in kube.get("pod", released)["metadata"]


class Client(contextlib.AbstractContextManager["Client"]):
    """Keeps asking a URL; remembers what failed."""

    def __init__(self, url: str) -> None:
        self.url, self.failures, self.versions, self.count = url, [], set(), 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work)

    def _work(self) -> None:
        while not self._stop.is_set():
            try:
                self.versions.add(http(self.url, timeout=5).split()[2])
                self.count += 1
            except OSError as error:
                self.failures.append(repr(error))
            time.sleep(0.02)

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


def rolled_out(kube: Kube, name: str) -> None:
    kube("rollout", "status", f"deployment/{name}", "--timeout=90s", timeout=100)


def test_deployment(kube: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "deployment.yaml"))
    kube("apply", "--filename", str(EXAMPLES / "service.yaml"))
    rolled_out(kube, "web")
    address = kube("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
    eventually("the Service answers", lambda: "demo v1" in http(f"http://{address}/"))
    kube("scale", "deployment/web", "--replicas=4")
    eventually("four", lambda: len(kube.running("app=web")) == 4, 60)
    edited = (EXAMPLES / "deployment.yaml").read_text().replace("replicas: 3", "replicas: 2")
    kube("apply", "--filename=-", input=edited)
    eventually("two", lambda: len(kube.running("app=web")) == 2, 60)
    kube("patch", "deployment", "web", "--patch", '{"spec": {"replicas": 3}}')
    eventually("three", lambda: len(kube.running("app=web")) == 3, 60)
    with Client(f"http://{address}/") as client:
        kube("set", "image", "deployment/web", "web=minik8s/demo:v2")
        rolled_out(kube, "web")
        eventually("v2 through the Service", lambda: "v2" in client.versions)
        time.sleep(2.5)
    assert client.failures == [] and client.count > 20
    sets = {rs["spec"]["replicas"] for rs in kube.get("replicasets")["items"]}
    assert sets == {0, 3}
    assert "REVISION" in kube("rollout", "history", "deployment/web")
    assert "minik8s/demo:v1" in kube("rollout", "history", "deployment/web", "--revision=1")
    kube("rollout", "undo", "deployment/web", "--to-revision=1")
    rolled_out(kube, "web")
    eventually("v1 again", lambda: "demo v1" in http(f"http://{address}/"))
    kube("rollout", "pause", "deployment/web")
    kube("set", "image", "deployment/web", "web=minik8s/demo:v3")
    time.sleep(1)
    assert all("v1" in p["spec"]["containers"][0]["image"] for p in kube.running("app=web"))
    kube("rollout", "resume", "deployment/web")
    rolled_out(kube, "web")
    assert all("v3" in p["spec"]["containers"][0]["image"] for p in kube.running("app=web"))


def test_recreate(kube: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "recreate.yaml"))
    rolled_out(kube, "solo")
    old = {p["metadata"]["uid"] for p in kube.running("app=solo")}
    kube("set", "image", "deployment/solo", "web=minik8s/demo:v2")
    rolled_out(kube, "solo")
    new = kube.running("app=solo")
    assert len(new) == 2 and not old & {p["metadata"]["uid"] for p in new}
    last_death = max(p["metadata"]["creationTimestamp"] for p in new)
    assert last_death


def test_services(kube: Kube) -> None:
    kube("apply", *(f"--filename={EXAMPLES / name}" for name in ("deployment.yaml", "service.yaml", "nodeport.yaml")))
    rolled_out(kube, "web")
    nodes = kube.get("nodes")["items"]
    address = kube("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
    eventually("ClusterIP from the host", lambda: "demo v1" in http(f"http://{address}/"))
    for node in nodes:
        inner = next(a["address"] for a in node["status"]["addresses"] if a["type"] == "InternalIP")
        eventually(f"NodePort at {inner}", lambda inner=inner: "demo v1" in http(f"http://{inner}:30080/"))
        name = f"client-{node['metadata']['name']}"
        kube("run", name, "--image=minik8s/demo:v2", f"--overrides={pinned(node['metadata']['name'])}")
    clients = [f"client-{n['metadata']['name']}" for n in nodes]
    ready(kube, *clients)
    for client in clients:
        for name in (address, "web", f"web.{kube.namespace}.svc.cluster.local"):
            said = eventually(
                f"{name} from {client}",
                lambda c=client, n=name: kube("exec", c, "--", "wget", "-q", "-O", "-", f"http://{n}/"),
            )
            assert "demo v1" in said
    kube("expose", "deployment", "web", "--name=again", "--port=81", "--target-port=8080")
    again = kube("get", "service", "again", "--output=jsonpath={.spec.clusterIP}")
    eventually("the exposed Service", lambda: "demo v1" in http(f"http://{again}:81/"))
    pods = kube.running("app=web")
    victim = pods[0]
    kube("exec", victim["metadata"]["name"], "--", "unhealthy")

    def endpoints() -> set[str]:
        slices = kube.get("endpointslices", "--selector=kubernetes.io/service-name=web")["items"]
        return {e["addresses"][0] for s in slices for e in s["endpoints"] or [] if e["conditions"]["ready"]}

    eventually("it leaves the endpoints", lambda: victim["status"]["podIP"] not in endpoints() and endpoints())
    assert victim["status"]["podIP"] not in kube("get", "endpoints", "web")
    kube("exec", victim["metadata"]["name"], "--", "healthy")
    eventually("it comes back", lambda: victim["status"]["podIP"] in endpoints())


def test_two_containers_and_configuration(kube: Kube) -> None:
    kube("apply", f"--filename={EXAMPLES / 'two-containers.yaml'}", f"--filename={EXAMPLES / 'config.yaml'}")
    ready(kube, "two", "configured")
    eventually("localhost is shared", lambda: "saved" in kube("logs", "two", "--container=side"))
    assert "demo v1 on two" in kube("exec", "two", "--container=web", "--", "cat", "/shared/answer")
    env = kube("exec", "configured", "--", "env")
    assert "COLOR=blue" in env and "PASSWORD=open-sesame" in env
    assert kube("exec", "configured", "--", "cat", "/etc/settings/greeting") == "good morning\n"
    assert kube("exec", "configured", "--", "cat", "/etc/keys/password") == "open-sesame"
    kube("patch", "configmap", "settings", "--patch", '{"data": {"color": "green"}}')
    eventually(
        "the file follows",
        lambda: kube("exec", "configured", "--", "cat", "/etc/settings/color") == "green",
        seconds=100,
    )


def restarts(kube: Kube, pod: str) -> Any:
    return kube.get("pod", pod)["status"]["containerStatuses"][0]["restartCount"]


def test_a_killed_container_is_restarted(kube: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "pod.yaml"))
    ready(kube, "hello")
    kube("exec", "hello", "--", "sh", "-c", "kill -9 $(pidof httpd)", check=False)
    eventually("a restart", lambda: restarts(kube, "hello") == 1, 60)
    ready(kube, "hello")


def test_killed_daemons_lose_nothing(kube: Kube, cluster: Kube) -> None:
    kube("apply", f"--filename={EXAMPLES / 'deployment.yaml'}", f"--filename={EXAMPLES / 'service.yaml'}")
    rolled_out(kube, "web")
    before = {p["metadata"]["uid"]: p["status"]["containerStatuses"][0]["containerID"] for p in kube.running("app=web")}
    kinds = ("apiserver", "scheduler", "controller-manager", "kubelet-", "network-", "proxy-", "dns", "metrics-server")
    for name, pid in cluster.processes().items():
        if name.startswith(kinds):
            os.kill(pid, signal.SIGKILL)
    eventually("the API answers", lambda: kube.get("nodes"), 60)
    kube("scale", "deployment/web", "--replicas=5")
    eventually("five", lambda: len(kube.running("app=web")) == 5, 90)
    after = {p["metadata"]["uid"]: p["status"]["containerStatuses"][0] for p in kube.running("app=web")}
    for uid, container in before.items():
        assert after[uid]["containerID"] == container and after[uid]["restartCount"] == 0
    address = kube("get", "service", "web", "--output=jsonpath={.spec.clusterIP}")
    eventually("the Service answers", lambda: "demo v1" in http(f"http://{address}/"))


def test_pods_of_a_stopped_node_run_elsewhere(kube: Kube, cluster: Kube) -> None:
    kube("apply", "--filename", str(EXAMPLES / "deployment.yaml"))
    rolled_out(kube, "web")
    victim = kube.get("nodes")["items"][-1]["metadata"]["name"]
    cluster.minik8s("node", "stop", victim)
    try:
        eventually(
            "three Ready Pods elsewhere",
            lambda: len([p for p in kube.running("app=web") if p["spec"]["nodeName"] != victim]) == 3,
            seconds=120,
        )
    finally:
        cluster.minik8s("node", "start", victim)
    kube("wait", "--for=condition=Ready", "--timeout=90s", f"node/{victim}", timeout=100)


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("a: [1,", "error converting YAML to JSON"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec: {containers: [{name: a, image: b, colour: red}]}",
            "unknown field",
        ),
        ("apiVersion: v1\nkind: Nonsense\nmetadata: {name: x}", "no matches for kind"),
        (
            "apiVersion: v1\nkind: Pod\nmetadata: {name: X_Y}\nspec: {containers: [{name: a, image: b}]}",
            "metadata.name: Invalid value",
        ),
    ],
)
def test_bad_input(cluster: Kube, document: str, message: str) -> None:
    assert message in cluster("apply", "--filename=-", input=document, check=False)


def test_what_cannot_run_says_why(kube: Kube) -> None:
    kube("run", "no-image", "--image=minik8s/none:v9", "--image-pull-policy=Never")
    kube("run", "bad-command", "--image=minik8s/demo:v1", "--command", "--", "/no/such/program")
    container = {"name": "huge", "image": "minik8s/demo:v1", "resources": {"requests": {"cpu": "999"}}}
    huge = json.dumps({"spec": {"containers": [container]}})
    kube("run", "huge", "--image=minik8s/demo:v1", f"--overrides={huge}")
    eventually("the missing image", lambda: "ErrImageNeverPull" in kube("get", "pods"), 40)
    eventually(
        "the bad command",
        lambda: any(word in kube("get", "pods") for word in ("RunContainerError", "CrashLoopBackOff")),
        40,
    )
    eventually("the impossible request", lambda: "Insufficient cpu" in kube("describe", "pod", "huge"), 40)
