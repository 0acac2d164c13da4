"""What the types of `minik8s.api.meta_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "APIGroup": (
        "An API group, the versions it is served in and the one that is preferred.",
        {
            "name": "Name of the group, such as apps; empty for the core group.",
            "versions": "The versions in which the group is served.",
            "preferredVersion": "The version that clients should use unless they need another.",
            "serverAddressByClientCIDRs": "Addresses of the server for clients from certain networks; unset means the one they used.",
        },
    ),
    "APIGroupList": (
        "The API groups that the server serves, as /apis answers.",
        {
            "groups": "The groups, each with the versions it is served in.",
        },
    ),
    "APIResource": (
        "A resource or subresource, and what can be done with it.",
        {
            "name": "Name of the resource in URLs, in the plural; subresources as pods/status.",
            "namespaced": "Whether its objects live in namespaces or in the cluster.",
            "kind": "Kind of its objects in CamelCase, such as Pod.",
            "verbs": "What can be done with it, such as get, list, watch and create.",
            "shortNames": "Short forms that clients accept, such as po.",
            "singularName": "Name in the singular, for clients to accept and show; empty means the kind in lower case.",
            "categories": "Groups of resources it can be listed with, such as all.",
            "group": "API group of its objects; empty means that of the list it stands in.",
            "version": "API version of its objects; empty means that of the list it stands in.",
            "storageVersionHash": "Digest of the version it is stored in; only useful to see whether that changed.",
        },
    ),
    "APIResourceList": (
        "The resources of one group version, as its path answers.",
        {
            "groupVersion": "Group and version that the resources belong to, such as apps/v1.",
            "resources": "The resources of the group version, with their subresources.",
        },
    ),
    "APIVersions": (
        "The versions of the core group, as /api answers.",
        {
            "versions": "The versions that are served; v1 is the only one.",
            "serverAddressByClientCIDRs": "Addresses of the server for clients from certain networks.",
        },
    ),
    "Condition": (
        "One aspect of an object's state, with when and why it last changed.",
        {
            "type": "Name of the aspect in CamelCase, or with a prefix as example.com/Ready.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "observedGeneration": "The object's metadata.generation for which the condition was worked out.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed; never empty.",
            "message": "Details of the last change, written for people; may be empty.",
        },
    ),
    "DeleteOptions": (
        "How something is to be deleted, in the body of a DELETE request.",
        {
            "gracePeriodSeconds": "Seconds given to end, 0 for at once; the kind's or the object's own when unset.",
            "preconditions": "What the object must be, else nothing is deleted and the answer is 409 Conflict.",
            "orphanDependents": "Deprecated, see propagationPolicy; whether dependents stay. Not together with it.",
            "propagationPolicy": "What becomes of dependents: Orphan lets them stay, Background deletes them later, Foreground first.",
            "dryRun": "All carries out everything except storing the result; no other value is allowed.",
            "ignoreStoreReadErrorWithClusterBreakingPotential": "Deletes an object that cannot be read from storage, without finalizers or preconditions. Default false.",
        },
    ),
    "FieldSelectorRequirement": (
        "One condition on a field that objects must meet.",
        {
            "key": "The field, as the resource names it for selectors.",
            "operator": "How it is compared: In, NotIn, Exists or DoesNotExist.",
            "values": "Values for In and NotIn, at least one; none for the others.",
        },
    ),
    "GroupVersionForDiscovery": (
        "A version of an API group, with and without the group's name.",
        {
            "groupVersion": "Group and version in one, such as apps/v1.",
            "version": "The version alone, without the group, such as v1.",
        },
    ),
    "LabelSelector": (
        "A choice of objects by labels; everything in it must hold, and an empty one matches all.",
        {
            "matchLabels": "Labels with the values they must have; each like In with one value.",
            "matchExpressions": "Further conditions, each about one label.",
        },
    ),
    "LabelSelectorRequirement": (
        "One condition on a label that objects must meet.",
        {
            "key": "Key of the label that the condition is about.",
            "operator": "How it is compared: In, NotIn, Exists or DoesNotExist.",
            "values": "Values for In and NotIn, at least one; none for the others.",
        },
    ),
    "List": (
        "A list of objects of any kinds, made by clients rather than by the server.",
        {
            "items": "The objects, each with its own apiVersion and kind.",
        },
    ),
    "PartialObjectMetadata": (
        "An object of any kind reduced to its metadata, for clients that need no more.",
        {},
    ),
    "Patch": (
        "A change to an object, in the form the request's content type names.",
        {},
    ),
    "Preconditions": (
        "What an object must be for a request to be carried out.",
        {
            "uid": "Unique identifier that the object must have.",
            "resourceVersion": "Version that the object must have just now.",
        },
    ),
    "ServerAddressByClientCIDR": (
        "An address of the server for clients of one network.",
        {
            "clientCIDR": "The clients' network in CIDR notation, 0.0.0.0/0 for all.",
            "serverAddress": "Address by which these clients reach the server: host name, host:port or IP address.",
        },
    ),
    "Status": (
        "The outcome of a request that answers with no object, and of every one that fails.",
        {
            "status": "Success or Failure, of the request as a whole.",
            "message": "What happened, written for people to read.",
            "reason": "CamelCase reason of a failure, such as NotFound or Conflict, which explains the code.",
            "details": "More about a failure, by reason: the object and the causes.",
            "code": "The HTTP status code that goes with it; 0 if unset.",
        },
    ),
    "StatusCause": (
        "One cause of a failure, such as one wrong field.",
        {
            "reason": "CamelCase word for the cause, such as FieldValueInvalid.",
            "message": "What is wrong with the field, written for people.",
            "field": "Path of the field that is wrong, such as spec.containers[0].name.",
        },
    ),
    "StatusDetails": (
        "More about a failure: which object, why, and when to try again.",
        {
            "name": "Name of the object in question, if there is just one.",
            "group": "API group of the object in question; empty for the core group.",
            "kind": "Kind or resource of the object in question.",
            "causes": "Every cause that was found; may be incomplete.",
            "retryAfterSeconds": "Seconds after which to try again, or to ask how the work goes; 0 if unset.",
            "uid": "Unique identifier of the object, if there is just one.",
        },
    ),
}
