"""What the types of `minik8s.api.core_v1.namespaces` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "NamespaceSpec": (
        "Who has to agree before a namespace vanishes.",
        {
            "finalizers": "Parties that must let go before the namespace vanishes; kubernetes stands for emptying it.",
        },
    ),
    "NamespaceStatus": (
        "Whether a namespace is in use or being deleted.",
        {
            "phase": "Active, or Terminating once its deletion has begun and nothing new is accepted.",
            "conditions": "What stands in the way of deleting the namespace, one of each type.",
        },
    ),
    "Namespace": (
        "A space for names: objects in it are named, limited, permitted and deleted together.",
        {
            "spec": "Who must agree before the namespace vanishes.",
            "status": "Whether the namespace is in use or being deleted; written by the system.",
        },
    ),
    "NamespaceCondition": (
        "One aspect of a namespace's deletion, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as NamespaceContentRemaining.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "ServiceAccount": (
        "An identity for processes in Pods, known to the API as system:serviceaccount:NAMESPACE:NAME.",
        {
            "secrets": "Secrets that Pods of this account may use; a limit only with the enforce-mountable-secrets annotation. Deprecated.",
            "imagePullSecrets": "Secrets for pulling images that Pods of this account get unless they name their own.",
            "automountServiceAccountToken": "Whether Pods of this account have its token mounted; a Pod may decide otherwise. Default true.",
        },
    ),
}
