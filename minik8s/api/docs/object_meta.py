"""What the types of `minik8s.api.object_meta` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ListMeta": (
        "Facts about a list or another answer: which version it shows and how to fetch the rest.",
        {
            "selfLink": "Deprecated and no longer filled in; once the URL of the answer.",
            "resourceVersion": "Version of the collection this answer shows; a watch can go on from it. Compared only as the API describes.",
            "continue": "Token for fetching the next part of the list with the same options; empty at the end, and good for some minutes.",
            "remainingItemCount": "How many objects follow this part, roughly; unset when unknown or with selectors.",
            "shardInfo": "Which part of the collection the answer holds, if the request asked for a shard.",
        },
    ),
    "ManagedFieldsEntry": (
        "Which fields of an object one manager has set.",
        {
            "manager": "Name of the manager, from the request's fieldManager or its user agent.",
            "operation": "How the fields were set: Apply by server-side apply, Update by any other request.",
            "apiVersion": "API group and version in which the fields are named.",
            "time": "When the manager last changed this entry.",
            "fieldsType": "Form of the field set; only FieldsV1 exists.",
            "fieldsV1": "The fields the manager has set, as a trie in JSON.",
            "subresource": "The subresource through which they were set, such as status; empty for the object itself.",
        },
    ),
    "ObjectMeta": (
        "What every stored object carries: its identity, labels, owners and versions.",
        {
            "name": "Name of the object, unique for its kind in its namespace; required unless generateName is given. Immutable.",
            "generateName": "Start of a name that the server completes with random letters when name is empty.",
            "namespace": "Namespace that the name is unique in; default for kubectl, empty for objects without one. Immutable.",
            "selfLink": "Deprecated and no longer filled in; once the URL of the object.",
            "uid": "Identifier that no other object ever has, even of the same name; made by the server. Immutable.",
            "resourceVersion": "Version of the object, changed by every write; sent back with an update it refuses to overwrite newer changes.",
            "generation": "Number of the wanted state, raised by the server whenever the spec changes.",
            "creationTimestamp": "CreationTimestamp is a timestamp: when the server created the object; cannot be written.",
            "deletionTimestamp": "When the object is to be gone; set by a delete that must wait, and then it cannot be taken back.",
            "deletionGracePeriodSeconds": "Seconds it is given to end after being deleted; it can only be shortened.",
            "labels": "Short keys and values by which objects are grouped and selected.",
            "annotations": "Keys and values for tools and people; not selectable, 256 KiB at most in all.",
            "ownerReferences": "Objects this one belongs to; when all are gone it is deleted too. At most one is its controller.",
            "finalizers": "Parties that have to clean up first; the object goes once it is deleted and the list is empty.",
            "managedFields": "Which manager has set which fields; kept by the server for server-side apply.",
        },
    ),
    "OwnerReference": (
        "Names an object that this one belongs to, in the same namespace or without one.",
        {
            "kind": "Kind of the owner in CamelCase, such as ReplicaSet.",
            "name": "Name of the owner; it does not count without its uid.",
            "uid": "Unique identifier of the owner; a later object of the same name is no owner.",
            "apiVersion": "API group and version of the owner, such as apps/v1.",
            "controller": "Whether the owner is the controller that manages this object. Default false.",
            "blockOwnerDeletion": "Whether a foreground deletion of the owner waits for this object. Default false.",
        },
    ),
    "ShardInfo": (
        "Which part of a collection an answer holds.",
        {
            "selector": "The shard selector of the request, as it was applied.",
        },
    ),
}
