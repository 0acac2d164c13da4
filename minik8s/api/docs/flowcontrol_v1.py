"""What the types of `minik8s.api.flowcontrol_v1` and their fields are for."""

from __future__ import annotations

DOCS: dict[str, tuple[str, dict[str, str]]] = {
    "ExemptPriorityLevelConfiguration": (
        "How much room a level has that is never limited.",
        {
            "nominalConcurrencyShares": "Share of the server's seats set aside for it, which others may borrow; 0 by default.",
            "lendablePercent": "Percent of its seats that others may borrow, from 0 to 100; 0 by default.",
        },
    ),
    "FlowDistinguisherMethod": (
        "How the requests of a schema are told apart.",
        {
            "type": "ByUser makes a flow of each user, ByNamespace of each namespace.",
        },
    ),
    "PriorityLevelConfigurationReference": (
        "Names the priority level of a schema's requests.",
        {
            "name": "Name of the PriorityLevelConfiguration; required.",
        },
    ),
    "FlowSchemaSpec": (
        "Which requests belong to a schema, and how they are treated.",
        {
            "priorityLevelConfiguration": "The priority level for these requests; if it does not exist the schema is ignored.",
            "matchingPrecedence": "Order in which schemas are tried, lowest first, from 1 to 10000; 1000 by default.",
            "distinguisherMethod": "How the requests are divided into flows that share fairly; all are one flow when unset.",
            "rules": "Which requests belong to the schema; one that matches is enough, and none matches nothing.",
        },
    ),
    "FlowSchemaStatus": (
        "What the server last saw of a schema's references.",
        {
            "conditions": "What was last observed, such as Dangling.",
        },
    ),
    "FlowSchema": (
        "Sorts requests to the API server into a priority level and into flows.",
        {
            "spec": "Which requests belong to it, and how they are treated.",
            "status": "What was last seen of it; written by the system.",
        },
    ),
    "FlowSchemaCondition": (
        "One aspect of a schema's state, with when and why it last changed.",
        {
            "type": "Name of the aspect; Dangling means that the priority level is missing.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "GroupSubject": (
        "A group of users whose requests are meant.",
        {
            "name": "Name of the group, or * for everybody in any group.",
        },
    ),
    "LimitResponse": (
        "What happens to requests that find no free seat.",
        {
            "type": "Queue lets them wait, Reject refuses them at once with 429.",
            "queuing": "How the requests wait; only with type Queue.",
        },
    ),
    "LimitedPriorityLevelConfiguration": (
        "How many requests of a level run at once, and what the others do.",
        {
            "nominalConcurrencyShares": "Share of the server's seats, relative to other levels; 30 by default.",
            "limitResponse": "What happens to requests that find no free seat.",
            "lendablePercent": "Percent of its seats that other levels may borrow, from 0 to 100; 0 by default.",
            "borrowingLimitPercent": "How much it may borrow, in percent of its own seats; unset means without limit.",
        },
    ),
    "NonResourcePolicyRule": (
        "Requests for paths that are no resources; both parts must fit.",
        {
            "verbs": "Methods in lower case; * means all of them.",
            "nonResourceURLs": "Paths such as /healthz or /healthz/*; * means all of them.",
        },
    ),
    "PolicyRulesWithSubjects": (
        "Requests of certain senders for certain things.",
        {
            "subjects": "Senders that are meant, at least one; matching one of them is enough.",
            "resourceRules": "Requests for resources that are meant; one of all the rules must match.",
            "nonResourceRules": "Requests for other paths that are meant; one of all the rules must match.",
        },
    ),
    "PriorityLevelConfigurationSpec": (
        "How much of the server requests of a level may use.",
        {
            "type": "Exempt for no limit at all, Limited for a share of the server.",
            "limited": "Share and waiting of a limited level; only and always with type Limited.",
            "exempt": "Share of an exempt level that others may borrow; only with type Exempt.",
        },
    ),
    "PriorityLevelConfigurationStatus": (
        "What the server last saw of a priority level.",
        {
            "conditions": "What was last observed, one of each type.",
        },
    ),
    "PriorityLevelConfiguration": (
        "A priority level: a share of the API server for some of its requests.",
        {
            "spec": "How much of the server its requests may use.",
            "status": "What was last seen of it; written by the system.",
        },
    ),
    "PriorityLevelConfigurationCondition": (
        "One aspect of a priority level's state, with when and why it last changed.",
        {
            "type": "Name of the aspect; none is set at present.",
            "status": "Whether the condition holds: True, False or Unknown.",
            "lastTransitionTime": "When status last went from one value to another.",
            "reason": "CamelCase word saying why the condition last changed.",
            "message": "Details of the last change, written for people.",
        },
    ),
    "QueuingConfiguration": (
        "How requests of a level wait for a free seat.",
        {
            "queues": "Number of queues; more keep flows better apart, 1 not at all. 64 by default.",
            "handSize": "Queues that a flow may use, of which it takes the shortest; 8 by default, not above queues.",
            "queueLengthLimit": "Requests that may wait in a queue before others are refused; 50 by default.",
        },
    ),
    "ResourcePolicyRule": (
        "Requests for resources; everything in it must fit.",
        {
            "verbs": "What is done, such as get or list; * means everything.",
            "apiGroups": "API groups of the resources; * means all of them.",
            "resources": "Resources in the plural, with subresources such as nodes/status; * means all of them.",
            "clusterScope": "Whether requests outside of any namespace are meant too. Default false.",
            "namespaces": "Namespaces that are meant; * means all of them. Empty only with clusterScope.",
        },
    ),
    "ServiceAccountSubject": (
        "A service account whose requests are meant.",
        {
            "namespace": "Namespace that the service account lives in.",
            "name": "Name of the service account; * means all in the namespace.",
        },
    ),
    "Subject": (
        "A sender of requests; the field that kind names is set.",
        {
            "kind": "Kind of sender: User, Group or ServiceAccount.",
            "user": "The user that is meant; only for kind User.",
            "group": "The group that is meant, for kind Group.",
            "serviceAccount": "The service account that is meant, for kind ServiceAccount.",
        },
    ),
    "UserSubject": (
        "A user whose requests are meant, by name.",
        {
            "name": "Name of the user; * means every user there is.",
        },
    ),
}
