"""The tutorial with our own command in kubectl's place."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.e2e.driver import EXAMPLES, NEEDS, Kube, eventually, http

pytestmark = NEEDS


class Own(Kube):
    """`minik8s` with kubectl's verbs."""

    def run(self, *arguments: str, input: str | None = None, check: bool = True, timeout: float = 60) -> str:
        command = [sys.executable, "-m", "cli", "--namespace", self.namespace, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, env=self.env, input=input, timeout=timeout)
        assert "Traceback" not in done.stderr
        if check:
            assert done.returncode == 0, f"minik8s {' '.join(arguments)}: {done.stderr}{done.stdout}"
            return done.stdout
        return done.stdout + done.stderr

    __call__ = run


@pytest.fixture
def own(kube: Kube) -> Own:
    from pathlib import Path

    return Own(Path(kube.env["KUBECONFIG"]), kube.namespace)


def test_own_pod(own: Own) -> None:
    assert own("apply", "-f", str(EXAMPLES / "pod.yaml")) == "pod/hello created\n"
    assert own("wait", "--for=condition=Ready", "pod/hello", "--timeout=60s") == "pod/hello condition met\n"
    wide = own("get", "pod", "hello", "-o", "wide").splitlines()
    assert wide[0].split()[:5] == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert wide[1].split()[1:4] == ["1/1", "Running", "0"]
    # Events are told behind the Pod's back: they may come after it is Ready.
    for reason in ("Scheduled", "Pulled", "Created", "Started"):
        eventually(reason, lambda reason=reason: reason in own("describe", "pod", "hello"))
    assert "demo v1 serves on port 8080" in own("logs", "hello")
    assert own("exec", "hello", "--", "hostname") == "hello\n"
    assert own("exec", "hello", "-i", "--", "cat", input="through\n") == "through\n"
    assert "command terminated with exit code 3" in own("exec", "hello", "--", "sh", "-c", "exit 3", check=False)
    assert "nothing holds it back" in own("why", "pod/hello")
    assert own("delete", "pod", "hello", "--now") == f'pod "hello" deleted from {own.namespace} namespace\n'
    assert "NotFound" in own("get", "pod", "hello", check=False)


def test_own_deployment(own: Own) -> None:
    own("apply", "-f", str(EXAMPLES / "deployment.yaml"), "-f", str(EXAMPLES / "service.yaml"))
    assert "successfully rolled out" in own("rollout", "status", "deployment/web", "--timeout=60s", timeout=70)
    address = own("get", "service", "web", "-o", "jsonpath={.spec.clusterIP}")
    assert "demo v1" in eventually("the Service answers", lambda: http(f"http://{address}/"))
    assert own("scale", "deployment/web", "--replicas=4") == "deployment.apps/web scaled\n"
    eventually("four", lambda: len(own.running("app=web")) == 4, 60)
    own("set", "image", "deployment/web", "web=minik8s/demo:v2")
    own("rollout", "status", "deployment/web", "--timeout=90s", timeout=100)
    assert "demo v2" in eventually("v2 answers", lambda: http(f"http://{address}/"))
    assert "minik8s/demo:v1" in own("rollout", "history", "deployment/web", "--revision=1")
    assert own("rollout", "undo", "deployment/web", "--to-revision=1") == "deployment.apps/web rolled back\n"
    own("rollout", "status", "deployment/web", "--timeout=90s", timeout=100)
    eventually("four Pods are left", lambda: len(own.get("pods", "-l", "app=web")["items"]) == 4, 60)
    names = {line.split("]")[0] for line in own("logs", "deploy/web", "--all-pods", "--tail=1").splitlines()}
    assert len(names) == 4
    assert own("expose", "deployment", "web", "--name=again", "--port=81", "--target-port=8080") == (
        "service/again exposed\n"
    )


def test_own_why(own: Own) -> None:
    own("create", "deployment", "big", "--image=minik8s/demo:v1", "--dry-run=client", "-o", "yaml")
    own("create", "deployment", "big", "--image=minik8s/demo:v1", "--replicas=0")
    own("set", "resources", "deployment/big", "--requests=cpu=999")
    own("scale", "deployment/big", "--replicas=1")
    eventually("the scheduler's verdict", lambda: "Insufficient cpu" in own("why", "deployment/big", check=False))
    own("run", "bad", "--image=minik8s/none:v9", "--image-pull-policy=Never")
    eventually("the missing image", lambda: "has no image: minik8s/none:v9" in own("why", "pod/bad", check=False))
