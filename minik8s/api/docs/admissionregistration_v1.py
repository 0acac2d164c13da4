"""What the types of `minik8s.api.admissionregistration_v1` and their fields are for."""

from __future__ import annotations

_RULE_WITH_OPERATIONS = {
    "apiGroups": "API groups of the resources; * means all, and then stands alone.",
    "apiVersions": "API versions of the resources; * means all, and then stands alone.",
    "resources": "Resources in the plural: pods, pods/log, pods/*, */scale, * without or */* with subresources.",
    "scope": "Cluster, Namespaced or *, which is the default and means both.",
    "operations": "Which requests are meant: CREATE, UPDATE, DELETE, CONNECT, or * for every kind.",
}
DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ApplyConfiguration": (
        "A change written as an apply configuration.",
        {
            "expression": "CEL expression that yields Object{...} with the fields to set; atomic lists and maps cannot be touched.",
        },
    ),
    "AuditAnnotation": (
        "An entry that a policy puts into the audit log.",
        {
            "key": "Name of the entry, unique in the policy; the log shows it behind the policy's name.",
            "valueExpression": "CEL expression for the text, cut at 10 kB; null leaves the entry out.",
        },
    ),
    "ExpressionWarning": (
        "A doubt that type checking has about an expression.",
        {
            "fieldRef": "Path of the expression in the policy, such as spec.validations[0].expression.",
            "warning": "What type checking found, written for people.",
        },
    ),
    "JSONPatch": (
        "A change written as a JSON patch (RFC 6902), made by an expression.",
        {
            "expression": "CEL expression that yields a list of JSONPatch{op, path, from, value}.",
        },
    ),
    "MatchCondition": (
        "An expression that a request must fulfil to be dealt with.",
        {
            "name": "Name of the condition, for messages; unique in the list.",
            "expression": "CEL expression over object, oldObject, request and authorizer that yields true or false.",
        },
    ),
    "MatchResources": (
        "Which requests are meant; all that is set must fit.",
        {
            "namespaceSelector": "Labels of the object's namespace; objects without one always fit. Everything by default.",
            "objectSelector": "Labels of the object, old or new; everything by default. Users can avoid it by their labels.",
            "resourceRules": "Operations and resources that are meant; one is enough.",
            "excludeResourceRules": "Operations and resources that are left out, whatever resourceRules say.",
            "matchPolicy": "Equivalent (the default) also takes other versions of the resources named, Exact does not.",
        },
    ),
    "MutatingAdmissionPolicySpec": (
        "Which requests are changed, and by which expressions.",
        {
            "paramKind": "Kind of the objects that hold parameters; none when unset.",
            "matchConstraints": "Requests that are meant at most; required. Bindings can narrow them.",
            "variables": "Named expressions that later ones use as variables.NAME, worked out when first used.",
            "mutations": "The changes, in order, at least one; each sees what the one before made.",
            "failurePolicy": "What an error means: Fail (the default) refuses the request, Ignore lets it pass.",
            "matchConditions": "Expressions that must all be true for a request to be dealt with; 64 at most.",
            "reinvocationPolicy": "Never runs it once, IfNeeded again if later plugins changed the object.",
        },
    ),
    "MutatingAdmissionPolicy": (
        "Changes objects as they are written, by expressions in CEL; in force through bindings.",
        {
            "spec": "Which requests are changed, and by which expressions.",
        },
    ),
    "MutatingAdmissionPolicyBindingSpec": (
        "Where a policy is in force, and with which parameters.",
        {
            "policyName": "Name of the MutatingAdmissionPolicy; the binding is idle if there is none.",
            "paramRef": "Objects with parameters; the policy runs once for each.",
            "matchResources": "Narrows the requests that the policy is about; everything of it when unset.",
        },
    ),
    "MutatingAdmissionPolicyBinding": (
        "Puts a MutatingAdmissionPolicy in force.",
        {
            "spec": "Where the policy is in force, and with which parameters.",
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
    "MutatingWebhook": (
        "A webhook that may change objects as they are written.",
        {
            "name": "Name of the webhook as a full domain name, such as imagepolicy.example.com.",
            "clientConfig": "How the webhook is called: by url or by service. Required.",
            "rules": "Operations and resources for which it is called; one is enough. Never for webhook configurations.",
            "failurePolicy": "What an error means: Fail (the default) refuses the request, Ignore lets it pass.",
            "namespaceSelector": "Labels of the object's namespace; objects without one always fit. Everything by default.",
            "sideEffects": "None, or NoneOnDryRun if it changes nothing else for dry runs; others are refused.",
            "timeoutSeconds": "Seconds after which the call counts as an error, from 1 to 30; 10 by default.",
            "admissionReviewVersions": "Versions of AdmissionReview that it understands, by preference; one must be known, as v1 is.",
            "matchPolicy": "Equivalent (the default) also takes other versions of the resources named, Exact does not.",
            "reinvocationPolicy": "Never (the default) calls it once, IfNeeded again if later plugins changed the object.",
            "objectSelector": "Labels of the object, old or new; everything by default. Users can avoid it by their labels.",
            "matchConditions": "Expressions that must all be true for the webhook to be called; 64 at most.",
        },
    ),
    "MutatingWebhookConfiguration": (
        "Webhooks that may change objects as they are written.",
        {
            "webhooks": "The webhooks, called one after another; their names are unique.",
        },
    ),
    "Mutation": (
        "One change; the field that patchType names is set.",
        {
            "patchType": "Form of the change: ApplyConfiguration or JSONPatch.",
            "applyConfiguration": "The change as an apply configuration, merged as by server-side apply.",
            "jsonPatch": "The change as a list of JSON patch operations.",
        },
    ),
    "Rule": (
        "A choice of resources by API group, version, name and scope; everything in it must fit.",
        {
            "apiGroups": "API groups of the resources; * means all, and then stands alone.",
            "apiVersions": "API versions of the resources; * means all, and then stands alone.",
            "resources": "Resources in the plural: pods, pods/log, pods/*, */scale, * without or */* with subresources.",
            "scope": "Cluster, Namespaced or *, which is the default and means both.",
        },
    ),
    "RuleWithOperations": (
        "Operations on resources; everything in it must fit.",
        _RULE_WITH_OPERATIONS,
    ),
    "NamedRuleWithOperations": (
        "Operations on resources, possibly on certain objects only; everything in it must fit.",
        {
            **_RULE_WITH_OPERATIONS,
            "resourceNames": "Names of single objects that it is limited to; all of them when empty.",
        },
    ),
    "ParamKind": (
        "The kind of objects that hold parameters of a policy.",
        {
            "apiVersion": "API group and version of the kind, as group/version.",
            "kind": "Kind of the objects with parameters, in CamelCase.",
        },
    ),
    "ParamRef": (
        "Which objects hold the parameters; either name or selector is set.",
        {
            "name": "Name of the object with the parameters; not together with selector.",
            "namespace": "Namespace to look in; that of the object under review when unset. Not for kinds without one.",
            "selector": "Labels of the objects with parameters; each is used, and empty takes all.",
            "parameterNotFoundAction": "If there is none: Allow lets requests pass, Deny goes by failurePolicy. Required.",
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
    "TypeChecking": (
        "What checking the types in a policy's expressions brought to light.",
        {
            "expressionWarnings": "The doubts that were found, by expression.",
        },
    ),
    "ValidatingAdmissionPolicySpec": (
        "Which requests are judged, and by which expressions.",
        {
            "paramKind": "Kind of the objects that hold parameters; none when unset.",
            "matchConstraints": "Requests that are meant at most; required. Bindings can narrow them.",
            "validations": "The rules, each an expression; needed unless there are audit annotations.",
            "failurePolicy": "What an error means: Fail (the default) refuses the request, Ignore lets it pass.",
            "auditAnnotations": "Entries for the audit log; needed unless there are validations. 20 at most.",
            "matchConditions": "Expressions that must all be true for a request to be dealt with; 64 at most.",
            "variables": "Named expressions that later ones use as variables.NAME, worked out when first used.",
        },
    ),
    "ValidatingAdmissionPolicyStatus": (
        "What the server found out about a policy's expressions.",
        {
            "observedGeneration": "The metadata.generation that this status was made for.",
            "typeChecking": "Doubts about types in expressions; unset until they were checked.",
            "conditions": "What was last observed, one of each type.",
        },
    ),
    "ValidatingAdmissionPolicy": (
        "Accepts or refuses objects as they are written, by expressions in CEL; in force through bindings.",
        {
            "spec": "Which requests are judged, and by which expressions.",
            "status": "What was found out about the policy; written by the system.",
        },
    ),
    "ValidatingAdmissionPolicyBindingSpec": (
        "Where a policy is in force, with which parameters and consequences.",
        {
            "policyName": "Name of the ValidatingAdmissionPolicy; the binding is idle if there is none.",
            "paramRef": "Objects with parameters; the policy runs once for each.",
            "matchResources": "Narrows the requests that the policy is about; everything of it when unset.",
            "validationActions": "What a broken rule means: Deny, Warn or Audit, each once; Deny and Warn exclude each other.",
        },
    ),
    "ValidatingAdmissionPolicyBinding": (
        "Puts a ValidatingAdmissionPolicy in force.",
        {
            "spec": "Where the policy is in force, with which parameters and consequences.",
        },
    ),
    "ValidatingWebhook": (
        "A webhook that accepts or refuses objects as they are written.",
        {
            "name": "Name of the webhook as a full domain name, such as imagepolicy.example.com.",
            "clientConfig": "How the webhook is called: by url or by service. Required.",
            "rules": "Operations and resources for which it is called; one is enough. Never for webhook configurations.",
            "failurePolicy": "What an error means: Fail (the default) refuses the request, Ignore lets it pass.",
            "namespaceSelector": "Labels of the object's namespace; objects without one always fit. Everything by default.",
            "sideEffects": "None, or NoneOnDryRun if it changes nothing else for dry runs; others are refused.",
            "timeoutSeconds": "Seconds after which the call counts as an error, from 1 to 30; 10 by default.",
            "admissionReviewVersions": "Versions of AdmissionReview that it understands, by preference; one must be known, as v1 is.",
            "matchPolicy": "Equivalent (the default) also takes other versions of the resources named, Exact does not.",
            "objectSelector": "Labels of the object, old or new; everything by default. Users can avoid it by their labels.",
            "matchConditions": "Expressions that must all be true for the webhook to be called; 64 at most.",
        },
    ),
    "ValidatingWebhookConfiguration": (
        "Webhooks that accept or refuse objects as they are written.",
        {
            "webhooks": "The webhooks, called at the same time; their names are unique.",
        },
    ),
    "Validation": (
        "One rule of a policy, and what is said when it is broken.",
        {
            "expression": "CEL expression over object, oldObject, request, params and others; true accepts, false refuses.",
            "message": "What is said when the rule is broken, on one line; made from the expression when unset.",
            "reason": "Reason and status code of the refusal: Invalid (the default), Forbidden, Unauthorized or RequestEntityTooLarge.",
            "messageExpression": "CEL expression that makes the message; message is used where it fails.",
        },
    ),
    "Variable": (
        "A named expression that other expressions of the policy can use.",
        {
            "name": "Name of the variable, a CEL identifier unique in the policy.",
            "expression": "CEL expression for its value; it sees the variables before it.",
        },
    ),
}
