"""What the types of `minik8s.api.apiextensions_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "CustomResourceColumnDefinition": (
        "One column that kubectl get shows for objects of a custom kind.",
        {
            "name": "Heading of the column, unique in the version.",
            "type": "What it holds: integer, number, string, boolean or date.",
            "format": "Form of the value in OpenAPI's words; name marks the column as the object's identity.",
            "description": "What the column shows, written for people.",
            "priority": "0, the default, for columns that are always shown; higher ones only in wide output.",
            "jsonPath": "Path of the value in the object, such as .spec.replicas.",
        },
    ),
    "CustomResourceConversion": (
        "How objects are turned from one version into another.",
        {
            "strategy": "None (the default) only changes apiVersion, Webhook asks a service.",
            "webhook": "How the webhook is called; required with strategy Webhook.",
        },
    ),
    "CustomResourceDefinitionNames": (
        "Names under which a custom resource is served.",
        {
            "plural": "Name in URLs, in the plural and in lower case; the definition is called plural.group. Immutable.",
            "singular": "Name in the singular, in lower case; the kind in lower case by default.",
            "shortNames": "Short forms that kubectl accepts, in lower case.",
            "kind": "Kind of the objects, in CamelCase and normally in the singular.",
            "listKind": "Kind of lists of them; the kind with List by default.",
            "categories": "Groups of resources it can be listed with, such as all.",
        },
    ),
    "CustomResourceDefinitionSpec": (
        "What a custom resource is called, which versions it has and what they look like.",
        {
            "group": "API group of the resource; the definition is called plural.group. Immutable.",
            "names": "Names under which the resource and its kind are known.",
            "scope": "Namespaced if objects live in namespaces, Cluster if not. Immutable.",
            "versions": "The versions, at least one, of which exactly one is stored.",
            "conversion": "How objects are turned from one version into another; strategy None by default.",
            "preserveUnknownFields": "Deprecated, and must be false; whether fields that no schema names are kept.",
        },
    ),
    "CustomResourceDefinitionStatus": (
        "Whether a custom resource is served, and under which names.",
        {
            "conditions": "What was last observed: NamesAccepted, Established, NonStructuralSchema, Terminating and others.",
            "acceptedNames": "The names in use; they may differ from those of the spec in case of conflict.",
            "storedVersions": "Every version that objects were ever stored in; it may be shortened once all are stored anew.",
            "observedGeneration": "The metadata.generation that this status was made for.",
        },
    ),
    "CustomResourceDefinition": (
        "Adds a kind of object to the API; it must be named plural.group.",
        {
            "spec": "What the resource is called and what its objects look like.",
            "status": "Whether it is served, and under which names; written by the system.",
        },
    ),
    "CustomResourceDefinitionCondition": (
        "One aspect of a definition's state, with when and why it last changed.",
        {
            "type": "Name of the aspect, such as Established, NamesAccepted or Terminating.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
            "observedGeneration": "The metadata.generation for which the condition was worked out.",
        },
    ),
    "CustomResourceDefinitionVersion": (
        "One version of a custom resource: its schema, columns and subresources.",
        {
            "name": "Name of the version, such as v1 or v1beta1; unique in the definition.",
            "served": "Whether the version can be used through the API.",
            "storage": "Whether objects are stored in this version; true for exactly one.",
            "schema": "What objects look like; they are checked and pruned by it.",
            "subresources": "Which subresources objects have; none when unset.",
            "additionalPrinterColumns": "Columns that kubectl get shows; the age alone when empty.",
            "deprecated": "Whether requests in this version are answered with a warning. Default false.",
            "deprecationWarning": "Text of that warning; a general one when unset. Only with deprecated.",
            "selectableFields": "Fields that field selectors may use, besides name and namespace; eight at most.",
        },
    ),
    "CustomResourceSubresourceScale": (
        "Where the size of an object is kept, so that it can be scaled.",
        {
            "specReplicasPath": "Path below .spec of the wanted number, such as .spec.replicas.",
            "statusReplicasPath": "Path below .status of the present number, such as .status.replicas; 0 if it is missing.",
            "labelSelectorPath": "Path below .status or .spec of the selector as text; needed for autoscaling.",
        },
    ),
    "CustomResourceSubresourceStatus": (
        "Gives objects a status of its own path: PUT there changes nothing else, and PUT elsewhere not the status.",
        {},
    ),
    "CustomResourceSubresources": (
        "Which subresources objects of a custom kind have.",
        {
            "status": "Present, even if empty, if there is a status subresource.",
            "scale": "Present if there is a scale subresource; where the numbers are kept.",
        },
    ),
    "CustomResourceValidation": (
        "What objects of a version look like, as a structural schema.",
        {
            "openAPIV3Schema": "The schema by which objects are checked, pruned and given defaults.",
        },
    ),
    "ExternalDocumentation": (
        "Names documentation that is found elsewhere.",
        {
            "description": "What is to be found there, written for people.",
            "url": "Address at which the documentation is found.",
        },
    ),
    "JSONSchemaProps": (
        "A schema after JSON Schema as OpenAPI v3 has it, with Kubernetes' extensions.",
        {
            "id": "Identifier of the schema; not used, and not allowed in structural schemas.",
            "$schema": "Address of the rules that the schema follows; not used.",
            "$ref": "Reference to another schema; not allowed in definitions of custom resources.",
            "description": "What the value is for; kubectl explain shows it.",
            "type": "Type of the value: object, array, string, integer, number or boolean.",
            "format": "Form of the value, such as date-time, int32, ipv4 or uuid; unknown ones are ignored.",
            "title": "Short name of the value, for people; it checks nothing.",
            "default": "Value put in when the field is missing; it must fit the schema.",
            "maximum": "Largest number that is allowed; no bound when unset.",
            "exclusiveMaximum": "Whether maximum itself is forbidden. Default false.",
            "minimum": "Smallest number that is allowed; no bound when unset.",
            "exclusiveMinimum": "Whether minimum itself is forbidden. Default false.",
            "maxLength": "Largest number of characters that a string may have.",
            "minLength": "Smallest number of characters that a string may have.",
            "pattern": "Regular expression that must be found in the string, in the RE2 dialect.",
            "maxItems": "Largest number of elements that a list may have.",
            "minItems": "Smallest number of elements that a list may have.",
            "uniqueItems": "Must be false here; use x-kubernetes-list-type set for lists without repetition.",
            "multipleOf": "Number of which the value must be a multiple.",
            "enum": "The values that are allowed, as JSON; any when empty.",
            "maxProperties": "Largest number of fields that an object may have.",
            "minProperties": "Smallest number of fields that an object may have.",
            "required": "Names of fields that must be there in an object.",
            "items": "Schema that every element of a list must fit.",
            "allOf": "Schemas of which all must fit; structural ones only check here.",
            "oneOf": "Schemas of which exactly one must fit the value.",
            "anyOf": "Schemas of which at least one must fit the value.",
            "not": "Schema that the value must not fit; it gives no structure.",
            "properties": "Schemas of an object's fields, by the field's name.",
            "additionalProperties": "Schema of the values of a map; not together with properties.",
            "patternProperties": "Schemas by pattern of names; not allowed in definitions of custom resources.",
            "dependencies": "What the presence of one field asks of others; not allowed in definitions of custom resources.",
            "additionalItems": "Schema of further elements of a list; not allowed in definitions of custom resources.",
            "definitions": "Schemas to refer to; not allowed in definitions of custom resources.",
            "externalDocs": "Documentation about the value that is found elsewhere.",
            "example": "An example of a value, for people; it checks nothing.",
            "nullable": "Whether null is a value; otherwise it is dropped where there is a default. Default false.",
            "x-kubernetes-preserve-unknown-fields": "True keeps fields here that the schema does not name; otherwise they are pruned.",
            "x-kubernetes-embedded-resource": "Whether the value is a whole object with apiVersion, kind and metadata, checked as such.",
            "x-kubernetes-int-or-string": "Whether the value is an integer or a string; type must then be empty.",
            "x-kubernetes-list-map-keys": "Fields that together identify an element of a list of type map.",
            "x-kubernetes-list-type": "How a list merges: atomic (the default) as a whole, set by values, map by keys.",
            "x-kubernetes-map-type": "How an object merges: granular (the default) by fields, atomic as a whole.",
            "x-kubernetes-validations": "Rules in CEL that the value must fulfil.",
        },
    ),
    "SelectableField": (
        "A field of objects that field selectors may use.",
        {
            "jsonPath": "Path of the field, such as .spec.color; a string, boolean or integer, and without list indexes.",
        },
    ),
    "ServiceReference": (
        "Names the Service through which a webhook is called.",
        {
            "namespace": "Namespace of the Service that the calls go to.",
            "name": "Name of the Service that the calls go to.",
            "path": "Path of the webhook's URL; / by default.",
            "port": "Port of the Service, from 1 to 65535; 443 by default.",
        },
    ),
    "ValidationRule": (
        "A rule in CEL that a value must fulfil, with what to say if not.",
        {
            "rule": "The expression; self is the value, oldSelf the one before a change. True means that it is fulfilled.",
            "message": "What is said when the rule is broken; made from the rule when unset.",
            "messageExpression": "Expression that makes the message instead, from the same variables as the rule.",
            "reason": "Reason reported: FieldValueInvalid (the default), FieldValueForbidden, FieldValueRequired or FieldValueDuplicate.",
            "fieldPath": "Path of the field that is reported, relative to the value; the value itself when unset.",
            "optionalOldSelf": "Whether a rule with oldSelf also runs without an old value; oldSelf is then optional.",
        },
    ),
    "WebhookClientConfig": (
        "How a webhook is called; either url or service is set.",
        {
            "service": "The Service of the webhook, called over TLS.",
            "caBundle": "Certificates in PEM by which the webhook's is checked; the system's own when unset.",
            "url": "Address of the webhook, beginning with https://, without user, query or fragment.",
        },
    ),
    "WebhookConversion": (
        "A webhook that converts objects from one version into another.",
        {
            "clientConfig": "How the webhook is called; required with strategy Webhook.",
            "conversionReviewVersions": "Versions of ConversionReview that it understands, by preference; one must be known, as v1 is.",
        },
    ),
}
