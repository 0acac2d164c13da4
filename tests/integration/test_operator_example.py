"""`examples/operator`: applied as its README says, and run as the service account of its manifest."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from kubernetes import config, dynamic

from tests.integration.controllers.control_plane import HOME, ControlPlane

EXAMPLE = HOME / "examples/operator"


def kubeconfig(plane: ControlPlane, file: str, **user: str) -> str:
    cluster = {"server": f"https://127.0.0.1:{plane.port}", "certificate-authority": f"{plane.folder}/ca.crt"}
    path = plane.folder / file
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "t",
                "clusters": [{"name": "t", "cluster": cluster}],
                "users": [{"name": "t", "user": user}],
                "contexts": [{"name": "t", "context": {"cluster": "t", "user": "t"}}],
            }
        )
    )
    return str(path)


class Patient(ControlPlane):
    """Its manager has no rival, so that it need not hurry with its lease on a busy machine."""

    def start_manager(self) -> None:
        wanted = {
            "kubeconfig": self.folder / "manager.conf",
            "secure-port": 0,
            "leader-elect": "false",
            "use-service-account-credentials": "true",
            "controllers": "garbage-collector-controller,serviceaccount-controller",
            "service-account-private-key-file": self.folder / "sa.key",
        }
        self._run("controllers", **wanted)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    found = Patient(Path(tmp_path_factory.mktemp("plane")))
    try:
        found.start()
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def admin(plane: ControlPlane) -> str:
    folder = plane.folder
    return kubeconfig(
        plane, "admin.conf", **{"client-certificate": f"{folder}/admin.crt", "client-key": f"{folder}/admin.key"}
    )


@pytest.fixture(scope="module")
def api(admin: str) -> dynamic.DynamicClient:
    return dynamic.DynamicClient(config.new_client_from_config(admin))


def kubectl(admin: str, *words: str) -> str:
    done = subprocess.run(["kubectl", f"--kubeconfig={admin}", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def until(check: Callable[[], Any], seconds: float = 40) -> Any:
    end = time.monotonic() + seconds
    while True:
        try:
            if found := check():
                return found
        except dynamic.exceptions.NotFoundError:
            pass
        assert time.monotonic() < end, "it does not come about"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def operator(plane: ControlPlane, admin: str, api: dynamic.DynamicClient) -> Iterator[subprocess.Popen[bytes]]:
    kubectl(admin, "apply", "-f", f"{EXAMPLE}/crd.yaml", "-f", f"{EXAMPLE}/deployment.yaml")
    kubectl(admin, "wait", "--for=condition=Established", "crd/websites.example.com", "--timeout=10s")
    token = kubectl(admin, "create", "token", "website-operator", "--namespace=default").strip()
    conf = kubeconfig(plane, "operator.conf", token=token)
    process = subprocess.Popen(
        [sys.executable, "-u", str(EXAMPLE / "website_operator.py")], env={"KUBECONFIG": conf, "PATH": "/usr/bin:/bin"}
    )
    yield process
    process.terminate()
    process.wait(10)


@pytest.mark.kubectl
@pytest.mark.slow
def test_it_follows_its_objects(admin: str, api: dynamic.DynamicClient, operator: subprocess.Popen[bytes]) -> None:
    websites = api.resources.get(api_version="example.com/v1", kind="Website")
    deployments = api.resources.get(api_version="apps/v1", kind="Deployment")
    kubectl(admin, "apply", "-f", f"{EXAMPLE}/website.yaml")
    made = until(lambda: deployments.get(name="welcome", namespace="default"))
    container = made.spec.template.spec.containers[0]
    assert (made.spec.replicas, container.image) == (2, "minik8s/demo:v1")
    assert container.env[0].value == "Hello from an operator"
    until(lambda: (websites.get(name="welcome", namespace="default").status or {}).get("replicas") == 2)

    kubectl(admin, "scale", "website", "welcome", "--replicas=3")
    kubectl(admin, "patch", "website", "welcome", "--type=merge", '--patch={"spec":{"page":"changed"}}')
    until(lambda: deployments.get(name="welcome", namespace="default").spec.replicas == 3)
    until(lambda: _page(deployments) == "changed")
    shown = until(lambda: kubectl(admin, "get", "site", "welcome", "--no-headers").split()[:2])
    assert shown == ["welcome", "3"]

    kubectl(admin, "delete", "website", "welcome")
    until(lambda: _gone(deployments))
    assert operator.poll() is None, "the operator has ended"


@pytest.mark.kubectl
@pytest.mark.slow
def test_what_the_schema_refuses_is_told(admin: str, operator: subprocess.Popen[bytes]) -> None:
    wrong = ["kubectl", f"--kubeconfig={admin}", "create", "-f", "-"]
    site = "apiVersion: example.com/v1\nkind: Website\nmetadata: {name: w}\nspec: {page: '', image: ''}"
    done = subprocess.run(wrong, input=site, capture_output=True, text=True, timeout=60)
    assert 'spec.page: Invalid value: "": spec.page in body should be at least 1 chars long' in done.stderr
    assert "an image is needed to serve" in done.stderr


def _page(deployments: Any) -> str:
    found: str = deployments.get(name="welcome", namespace="default").spec.template.spec.containers[0].env[0].value
    return found


def _gone(deployments: Any) -> bool:
    try:
        deployments.get(name="welcome", namespace="default")
    except dynamic.exceptions.NotFoundError:
        return True
    return False
