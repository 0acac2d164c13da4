"""What the types of `minik8s.api.apiregistration_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "APIServiceSpec": (
        "Which group version is served, by which server and in which order.",
        {
            "service": "The Service that leads to the server; unset if this server serves the group version itself.",
            "group": "Name of the API group that is served, such as metrics.k8s.io.",
            "version": "Version of the group that is served, such as v1.",
            "insecureSkipTLSVerify": "Whether the server's certificate is not checked; strongly discouraged. Default false.",
            "caBundle": "Certificates in PEM by which the server's is checked; the system's own when unset.",
            "groupPriorityMinimum": "Rank of the group among groups, higher goes first; the greatest of its versions counts. From 1 to 20000.",
            "versionPriority": "Rank of the version within its group, higher goes first; equal ones go by name. From 1 to 1000.",
        },
    ),
    "APIServiceStatus": (
        "Whether the server of a group version can be reached.",
        {
            "conditions": "What was last observed, such as Available.",
        },
    ),
    "APIService": (
        "Says who serves a group version: this API server, or another one behind it.",
        {
            "spec": "Which group version is served, and by which server.",
            "status": "Whether it can be reached; written by the system.",
        },
    ),
    "APIServiceCondition": (
        "One aspect of an APIService's state, with when and why it last changed.",
        {
            "type": "Name of the aspect; Available says whether the server answers.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "ServiceReference": (
        "Names a Service that leads to an API server.",
        {
            "namespace": "Namespace of the Service that the calls go to.",
            "name": "Name of the Service that the calls go to.",
            "port": "Port of the Service, from 1 to 65535; 443 by default.",
        },
    ),
}
