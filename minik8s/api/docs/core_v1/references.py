"""What the types of `minik8s.api.core_v1.references` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "LocalObjectReference": (
        "Names an object of a known kind in the same namespace.",
        {
            "name": "Name of the object; empty is accepted for old clients and almost certainly wrong.",
        },
    ),
    "ObjectReference": (
        "Names any object, with as much detail as needed.",
        {
            "kind": "Kind of the object that is meant, in CamelCase.",
            "namespace": "Namespace of the object; empty for objects without one.",
            "name": "Name of the object, in its namespace if it has one.",
            "uid": "Unique identifier that tells it from others that had the same name.",
            "apiVersion": "API group and version of the object, such as apps/v1.",
            "resourceVersion": "The version of the object that is meant, if a certain one is.",
            "fieldPath": "The part of the object that is meant, such as spec.containers{web}.",
        },
    ),
    "SecretReference": (
        "Names a Secret that may be in any namespace.",
        {
            "name": "Name of the Secret, unique in its namespace.",
            "namespace": "Namespace that the Secret is to be looked up in.",
        },
    ),
    "SerializedReference": (
        "A reference to an object as a document of its own, once kept in annotations.",
        {
            "reference": "The object that the whole document refers to.",
        },
    ),
    "TypedLocalObjectReference": (
        "Names an object of any kind in the same namespace.",
        {
            "apiGroup": "API group of the object; empty for the core group.",
            "kind": "Kind of the object that is meant, in CamelCase.",
            "name": "Name of the object, in its namespace if it has one.",
        },
    ),
    "TypedObjectReference": (
        "Names an object of any kind, possibly in another namespace.",
        {
            "apiGroup": "API group of the object; empty for the core group.",
            "kind": "Kind of the object that is meant, in CamelCase.",
            "name": "Name of the object, in its namespace if it has one.",
            "namespace": "Namespace of the object; another one than one's own needs a ReferenceGrant there.",
        },
    ),
}
