"""The objects that are created and read: Pods of about 2 and 10 KB, as controllers make them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

NAMESPACE = "bench"
PODS = f"/api/v1/namespaces/{NAMESPACE}/pods"


NAME = "object-name"
"""Stands in what is made once for the name that is put in each time: the client is not what is measured."""


def pod(name: str, size: int = 2048) -> bytes:
    """A Pod that is about `size` bytes when stored."""
    return _pod(size).replace(NAME.encode(), name.encode(), 1)


@cache
def _pod(size: int) -> bytes:
    env = [{"name": f"VARIABLE_{n}", "value": f"value-of-variable-{n}"} for n in range(8)]
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": NAME,
            "labels": {"app": "bench", "pod-template-hash": "6d5f8c4b9", "tier": "web"},
            "annotations": {},
        },
        "spec": {
            "serviceAccountName": "default",
            "automountServiceAccountToken": False,
            "containers": [
                {
                    "name": "web",
                    "image": "registry.example/web:1.2.3",
                    "env": env,
                    "ports": [{"containerPort": 8080}],
                    "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
                    "readinessProbe": {"httpGet": {"path": "/healthz", "port": 8080}},
                }
            ],
        },
    }
    # Defaults and status make about 700 bytes of what is stored.
    missing = size - len(json.dumps(body)) - 700
    body["metadata"]["annotations"]["bench.example/filling"] = "x" * max(missing, 1)
    return json.dumps(body).encode()
