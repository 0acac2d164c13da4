"""What is said once for all kinds, and about values that are no struct."""

from __future__ import annotations

API_VERSION = (
    "API group and version in which this object is written, such as apps/v1; the server refuses one it does not serve."
)
KIND = "Name of the object's type in CamelCase, such as Pod; it cannot be changed and must fit the URL that is asked."
METADATA = "Identity and bookkeeping of the object: name, namespace, labels, annotations, owners and versions."
LIST_METADATA = "Facts about the answer itself: the version it shows and how to fetch the rest."
ITEMS = "The objects of this answer, in the order of their keys; empty when nothing matches."
LIST = "A collection of {} objects, as a LIST request answers it."

VALUES = {
    "Duration": "A length of time in Go's notation: numbers with units, such as 300ms, 1m30s or 2h.",
    "FieldsV1": "A set of fields as a trie in JSON: f:name for fields, k:{...} for list keys, v:... for set values, . for the item itself.",
    "IntOrString": "Either a whole number or a string, such as a port or its name, a count or a percentage.",
    "JSON": "Any JSON value: null, a boolean, a number, a string, a list or an object.",
    "JSONSchemaPropsOrArray": "Either one schema for every element or a list of schemas; structural schemas use one.",
    "JSONSchemaPropsOrBool": "Either a schema for what is not named, or true to allow anything and false to allow nothing.",
    "JSONSchemaPropsOrStringArray": "Either a schema or a list of names of properties.",
    "MicroTime": "A moment in RFC 3339 notation with six digits of microseconds, such as 2024-01-02T15:04:05.000000Z.",
    "Patch": "A change to an object, in the form the request's content type names.",
    "Quantity": "An exact number with an optional suffix: 100m is a tenth, k M G T P E are decimal, Ki Mi Gi Ti Pi Ei binary.",
    "RawExtension": "An object of any type, kept as it was written; apiVersion and kind in it tell what it is.",
    "Time": "A moment in RFC 3339 notation to the second, in UTC, such as 2024-01-02T15:04:05Z.",
    "WatchEvent": "One event of a watch: what happened, and the object it happened to.",
}
WATCH_EVENT = {
    "object": "The object after the change, before it for DELETED; a Status for ERROR, only a version for BOOKMARK.",
    "type": "What happened: ADDED, MODIFIED, DELETED, BOOKMARK or ERROR.",
}
