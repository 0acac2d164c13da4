"""What the types of `minik8s.api.authorization_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "FieldSelectorAttributes": (
        "The field selector of a request that is to be judged; either of the two forms is set.",
        {
            "rawSelector": "The selector as it came in a URL; authorizers should prefer requirements.",
            "requirements": "The selector in parsed form; all conditions must hold.",
        },
    ),
    "LabelSelectorAttributes": (
        "The label selector of a request that is to be judged; either of the two forms is set.",
        {
            "rawSelector": "The selector as it came in a URL; authorizers should prefer requirements.",
            "requirements": "The selector in parsed form; all conditions must hold.",
        },
    ),
    "SubjectAccessReviewSpec": (
        "Who wants to do what; exactly one of the two kinds of attributes is set.",
        {
            "resourceAttributes": "The request for a resource that is to be judged.",
            "nonResourceAttributes": "The request for another path that is to be judged.",
            "user": "Name of the user; may be empty only if groups are given.",
            "groups": "Names of the groups that the user belongs to.",
            "extra": "Further facts about the user, each with a list of values.",
            "uid": "Unique identifier of the user, if known.",
        },
    ),
    "SubjectAccessReviewStatus": (
        "Whether the request that was asked about is allowed.",
        {
            "allowed": "Whether the request is allowed; required, and false for no opinion as well.",
            "reason": "Why it is allowed or not, written for people.",
            "evaluationError": "What went wrong while judging; the answer may be right nevertheless.",
            "denied": "Whether the request is refused whatever other authorizers say; otherwise false.",
        },
    ),
    "LocalSubjectAccessReview": (
        "Asks whether somebody may do something in one namespace; never stored.",
        {
            "spec": "Who wants to do what; its namespace must be that of the request.",
            "status": "The answer to the question, filled in by the server.",
        },
    ),
    "NonResourceAttributes": (
        "A request for a path that is no resource.",
        {
            "path": "Path of the request, such as /healthz or /metrics.",
            "verb": "The HTTP method in lower case, such as get.",
        },
    ),
    "NonResourceRule": (
        "Verbs that are allowed on paths that are no resources.",
        {
            "verbs": "Methods in lower case; * means all of them.",
            "nonResourceURLs": "Paths, of which the last step may be *; * alone means all of them.",
        },
    ),
    "ResourceAttributes": (
        "A request for a resource, as authorizers see it.",
        {
            "namespace": "Namespace of the request; empty for all namespaces, and for resources without one.",
            "verb": "What is to be done, such as get, list or create; * means everything.",
            "group": "API group of the resource; * means all of them.",
            "version": "API version of the resource; * means all of them.",
            "resource": "The resource in the plural, such as pods; * means all of them.",
            "subresource": "The subresource, such as log; empty for none.",
            "name": "Name of a single object; empty means all of them.",
            "fieldSelector": "Field selector that narrows the request, for verbs on collections.",
            "labelSelector": "Label selector that narrows the request, for verbs on collections.",
        },
    ),
    "ResourceRule": (
        "Verbs that are allowed on resources; the order of rules means nothing.",
        {
            "verbs": "What may be done, such as get or list; * means everything.",
            "apiGroups": "API groups of the resources; * means all of them.",
            "resources": "Resources in the plural; * means all, */scale that subresource of all.",
            "resourceNames": "Names of single objects that it is limited to; all of them when empty.",
        },
    ),
    "SelfSubjectAccessReviewSpec": (
        "What the sender wants to do; exactly one of the two is set.",
        {
            "resourceAttributes": "The request for a resource that is to be judged.",
            "nonResourceAttributes": "The request for another path that is to be judged.",
        },
    ),
    "SelfSubjectAccessReview": (
        "Asks whether the sender may do something; everybody may ask, and nothing is stored.",
        {
            "spec": "What the sender wants to do; the user is the sender.",
            "status": "The answer to the question, filled in by the server.",
        },
    ),
    "SelfSubjectRulesReviewSpec": (
        "Where the sender's permissions are asked for.",
        {
            "namespace": "Namespace for which the rules are wanted; required.",
        },
    ),
    "SubjectRulesReviewStatus": (
        "What somebody may do in a namespace; may be incomplete.",
        {
            "resourceRules": "What may be done with resources, in no special order.",
            "nonResourceRules": "What may be done with other paths, in no special order.",
            "incomplete": "Whether rules are missing, mostly because an authorizer cannot list its own.",
            "evaluationError": "What went wrong while gathering; the rules that are there still hold.",
        },
    ),
    "SelfSubjectRulesReview": (
        "Asks what the sender may do in a namespace, for user interfaces; never stored.",
        {
            "spec": "The namespace that the question is about.",
            "status": "The answer to the question, filled in by the server.",
        },
    ),
    "SubjectAccessReview": (
        "Asks whether somebody may do something; never stored.",
        {
            "spec": "Who wants to do what, with a resource or another path.",
            "status": "The answer to the question, filled in by the server.",
        },
    ),
}
