"""The health check of the APIServices a server makes itself."""

from __future__ import annotations

import pytest

from apiserver.aggregation.completion import Completion
from minik8s.api.apiregistration_v1 import APIService, APIServiceCondition, APIServiceStatus
from minik8s.api.object_meta import ObjectMeta


class Held(dict[str, APIService]):
    """What is stored, by name."""

    def get(self, cls: object, name: str = "", namespace: str = "") -> APIService | None:  # type: ignore[override]
        return super().get(name)

    def put(self, name: str, status: str) -> None:
        available = APIServiceCondition(type="Available", status=status)
        self[name] = APIService(metadata=ObjectMeta(name=name), status=APIServiceStatus(conditions=[available]))


def test_each_is_to_be_seen_available_once() -> None:
    held = Held()
    completion = Completion(held, ["v1.apps", "v1."])
    with pytest.raises(RuntimeError, match=r"^missing APIService: \[v1\. v1\.apps\]$"):
        completion.check()
    held.put("v1.", "True")
    held.put("v1.apps", "False")
    with pytest.raises(RuntimeError, match=r"^missing APIService: \[v1\.apps\]$"):
        completion.check()
    held.put("v1.apps", "True")
    completion.check()
    held.clear()
    completion.check()
