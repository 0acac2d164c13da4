"""What the types of `minik8s.api.core_v1.pod_templates` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "PodTemplateSpec": (
        "What Pods look like that are made from a template.",
        {
            "spec": "What the Pods are to run, in the form of a Pod's spec.",
        },
    ),
    "PodTemplate": (
        "A template for Pods as an object of its own.",
        {
            "template": "What Pods made from this template look like.",
        },
    ),
}
