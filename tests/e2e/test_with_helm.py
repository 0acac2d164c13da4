"""Helm itself (its Go SDK, in a Python package) on the cluster: a chart's whole life, with a CRD, hooks and tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.driver import NEEDS, Kube

helm = pytest.importorskip("helm_python")
pytestmark = [*NEEDS, pytest.mark.kubectl]

CRD = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: baskets.shop.example.com}
spec:
  group: shop.example.com
  scope: Namespaced
  names: {plural: baskets, singular: basket, kind: Basket}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {size: {type: integer, minimum: 1}}}}
"""
BASKET = """\
apiVersion: shop.example.com/v1
kind: Basket
metadata: {name: {{ include "shop.fullname" . }}}
spec: {size: {{ .Values.replicaCount }}}
"""
HOOK = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "shop.fullname" . }}-hook
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
data: {revision: "{{ .Release.Revision }}"}
"""
TEST = """\
apiVersion: v1
kind: Pod
metadata:
  name: {{ include "shop.fullname" . }}-test
  annotations: {helm.sh/hook: test}
spec:
  restartPolicy: Never
  containers:
  - {name: wget, image: "minik8s/demo:v1", command: [wget, -qO-, "{{ include "shop.fullname" . }}:8080"]}
"""


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    """The chart `helm create` makes, with a custom resource, a hook, and a test that needs no image of a registry."""
    helm.Chart.create("shop", str(tmp_path)).close()
    folder = tmp_path / "shop"
    (folder / "crds").mkdir()
    (folder / "crds/baskets.yaml").write_text(CRD)
    (folder / "templates/basket.yaml").write_text(BASKET)
    (folder / "templates/hook.yaml").write_text(HOOK)
    (folder / "templates/tests/test-connection.yaml").write_text(TEST)
    return folder


def values(tag: str, replicas: Any) -> dict[str, Any]:
    image = {"repository": "minik8s/demo", "tag": tag}
    return {"replicaCount": replicas, "image": image, "service": {"port": 8080}}


def test_a_charts_life(kube: Kube, chart: Path) -> None:
    with helm.Config(kubeconfig_path=kube.env["KUBECONFIG"], namespace=kube.namespace) as helm_of:

        def image() -> str:
            deployment = kube.get("deployment", "shop")
            assert deployment["status"]["availableReplicas"] == deployment["spec"]["replicas"], "Helm did not wait"
            return str(deployment["spec"]["template"]["spec"]["containers"][0]["image"])

        try:
            done = helm_of.install(str(chart), "shop", values("v1", 2), wait="watcher", timeout=90)
            assert (done["status"], image()) == ("deployed", "minik8s/demo:v1")
            assert kube.get("baskets", "shop")["spec"] == {"size": 2}
            helm_of.test("shop", timeout=60)

            helm_of.upgrade(str(chart), "shop", values("v2", 1), wait="watcher", timeout=90)
            assert (image(), kube.get("baskets", "shop")["spec"]) == ("minik8s/demo:v2", {"size": 1})
            assert kube.get("configmap", "shop-hook")["data"] == {"revision": "2"}

            with pytest.raises(helm.HelmReleaseError, match="spec.size: expected numeric"):
                helm_of.upgrade(str(chart), "shop", values("v2", "two"), timeout=60)
            helm_of.rollback("shop", version=1, wait="watcher", timeout=90)
            assert image() == "minik8s/demo:v1"
            states = [(entry["revision"], entry["status"]) for entry in helm_of.history("shop")]
            assert states == [(1, "superseded"), (2, "superseded"), (3, "failed"), (4, "deployed")]

            helm_of.uninstall("shop", wait="watcher", timeout=90)
            assert kube.get("deployments,services,baskets,secrets")["items"] == []
        finally:
            kube("delete", "crd", "baskets.shop.example.com", "--ignore-not-found", "--wait=false")
